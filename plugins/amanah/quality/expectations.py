"""What is expected of a whole batch, as data: thresholds in YAML beside the agreement, one set per stream."""

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field


class Demands(BaseModel):
    """Thresholds of one severity. Shares are between 0 and 1; ranges are inclusive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows_at_least: int | None = Field(default=None, ge=0)
    refused_share_at_most: float | None = Field(default=None, ge=0, le=1)
    refused_always_allowed: int = Field(default=0, ge=0, description="so few say nothing about a small batch")
    present: Mapping[str, float] = {}
    unique: tuple[str, ...] = ()
    within: Mapping[str, tuple[float, float]] = {}
    in_list: Mapping[str, str] = {}
    mean_between: Mapping[str, tuple[float, float]] = {}


class Expectations(BaseModel):
    """What one stream's batches must (``error``) and should (``warning``) look like."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    error: Demands = Demands()
    warning: Demands = Demands()


def load(agreement_file: Path) -> dict[str, Expectations]:
    """Load ``<agreement>.expectations.yaml`` beside the agreement. Raises ``ValidationError`` naming each fault."""
    path = agreement_file.with_suffix(".expectations.yaml")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {stream: Expectations.model_validate(demands) for stream, demands in content.items()}
