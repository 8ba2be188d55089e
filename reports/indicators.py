"""The indicator catalogue: what each figure means, signed by both sides, read from ``catalogue/indicators.yaml``."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from reports.figure import Form

CATALOGUE = Path(__file__).parent / "catalogue" / "indicators.yaml"
QUERIES = Path(__file__).parent / "queries"

Words = Mapping[str, str]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Indicator(_Entry):
    """One indicator. Texts are by language; ``query`` is the stem of its file under ``queries/``."""

    id: str
    section: str
    form: Form
    query: str
    stream: Literal["placement", "complaint"] | None = Field(
        default=None, description="whose absence makes it not available"
    )
    name: Words
    definition: Words
    numerator: Words
    denominator: Words | None = None
    unit: str
    direction: Literal["higher_is_better", "lower_is_better", "context"]
    source: str
    basis: str = Field(description="where the indicator comes from")
    valid_from: date
    version: int = Field(ge=1)
    columns: tuple[str, ...] = Field(default=(), description="columns of a breakdown when they are not the sides")
    charted: tuple[str, ...] = Field(default=(), description="columns the chart shows when it is not all of them")
    codelist: str | None = Field(default=None, description="code list that names the rows")
    order: tuple[str, ...] | Literal["size", "codelist"] = "size"

    @model_validator(mode="after")
    def _a_ratio_has_a_denominator(self) -> Self:
        if (self.form in ("share", "rate")) != (self.denominator is not None):
            raise ValueError("a share or rate names its denominator, nothing else does")
        return self

    @property
    def sql(self) -> str:
        """Its query, one readable SELECT over ``queries/_views.sql``."""
        return (QUERIES / f"{self.query}.sql").read_text(encoding="utf-8")


class Catalogue(_Entry):
    """All indicators of one version, in the order of the page."""

    version: int = Field(ge=1)
    valid_from: date
    indicators: tuple[Indicator, ...]

    def of(self, section: str) -> tuple[Indicator, ...]:
        """The indicators of ``section``."""
        return tuple(indicator for indicator in self.indicators if indicator.section == section)


@cache
def load() -> Catalogue:
    """The catalogue in force."""
    return Catalogue.model_validate(yaml.safe_load(CATALOGUE.read_text(encoding="utf-8")))
