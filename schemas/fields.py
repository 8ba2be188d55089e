"""How a record field is described: what it holds, how sensitive it is, what it may be used for, whether it may leave.

The description is data: JSON Schema, the data dictionary, the SQL tables and the Arrow schema derive from it.
"""

from enum import StrEnum
from typing import Any

from pydantic import Field


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


def described(
    text: str,
    *,
    classification: Classification,
    purposes: tuple[Purpose, ...],
    unit: str | None = None,
    leaves: bool = True,
    **constraints: Any,
) -> Any:
    """Return a pydantic field that is absent by default ("not available") and carries its description.

    ``unit`` names what a number counts; ``leaves`` is False for what stays with its holder whatever an agreement says;
    ``constraints`` are pydantic's own (``pattern``, ``max_length``, ``ge`` ...).
    """
    extra = _extra(classification, purposes)
    if unit is not None:
        extra["unit"] = unit
    if not leaves:
        extra["leaves"] = False
    return Field(default=None, description=text, json_schema_extra=extra, **constraints)


def required(
    text: str, *, classification: Classification, purposes: tuple[Purpose, ...], unit: str | None = None, **more: Any
) -> Any:
    """Return a pydantic field that every record must carry."""
    extra = _extra(classification, purposes)
    if unit is not None:
        extra["unit"] = unit
    return Field(description=text, json_schema_extra=extra, **more)


def _extra(classification: Classification, purposes: tuple[Purpose, ...]) -> dict[str, Any]:
    return {"classification": classification.value, "purposes": [purpose.value for purpose in purposes]}
