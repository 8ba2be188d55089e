"""How a record field is described: what it holds, how sensitive it is, and what it may be used for.

The description is data: JSON Schema, the data dictionary, the SQL tables and the Arrow schema derive from it.
"""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError


class Classification(StrEnum):
    """How much harm a value does when it reaches the wrong person."""

    IDENTIFIER = "identifier"  # points at one person or document
    PERSONAL = "personal"  # describes a person
    SENSITIVE = "sensitive"  # health, violence, legal trouble (UU PDP art. 4; PDPL sensitive data)
    OPERATIONAL = "operational"  # describes the process or an organisation

    @property
    def may_be_shown(self) -> bool:
        """Whether a value of this class may stand in a message that leaves the protected store."""
        return self is Classification.OPERATIONAL


class Purpose(StrEnum):
    """What a field may be used for; the agreement grants purposes, never "everything"."""

    LINKAGE = "linkage"
    PROTECTION = "protection"
    EVALUATION = "evaluation"


class Record(BaseModel):
    """What the records of all streams have in common: known fields only, and text that a database can hold."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_nul_character(cls, value: object) -> object:
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and "\0" in text for text in texts):
            raise PydanticCustomError("nul_character", "holds a NUL character")
        return value


def described(
    text: str,
    *,
    classification: Classification,
    purpose: Purpose,
    unit: str | None = None,
    codes: tuple[str, ...] | None = None,
    **constraints: Any,
) -> Any:
    """Return a pydantic field that is absent by default ("not available") and carries its description.

    ``unit`` names what a number counts; ``codes`` lists the permitted values for the published JSON Schema;
    ``constraints`` are pydantic's own (``pattern``, ``max_length``, ``ge`` ...).
    """
    extra: dict[str, Any] = {"classification": classification.value, "purpose": purpose.value}
    if unit is not None:
        extra["unit"] = unit
    if codes is not None:
        extra["enum"] = [*codes, None]
    return Field(default=None, description=text, json_schema_extra=extra, **constraints)


def required(text: str, *, classification: Classification, purpose: Purpose, **constraints: Any) -> Any:
    """Return a pydantic field that every record must carry."""
    extra: dict[str, Any] = {"classification": classification.value, "purpose": purpose.value}
    return Field(description=text, json_schema_extra=extra, **constraints)
