"""The terms of one stream: which fields may travel, how documents are checked, how records are reconciled."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter
from pydantic_core import PydanticCustomError, SchemaError

from schemas.clause import Clause, Country, Direction, OnceEach, Ratio, Whole
from schemas.document_no import whole
from schemas.fields import Purpose


class Grant(Clause):
    """One field that may travel, which way and why."""

    directions: Annotated[tuple[Direction, ...], Field(min_length=1), OnceEach] = Field(
        description="sender>receiver, one or both ways"
    )
    purpose: Purpose = Field(description="what the receiver may use it for")


def _portable(pattern: str) -> str:
    """Only what every engine reads alike and in linear time: no look-around, no references back."""
    if not (pattern.startswith("^") and pattern.endswith("$")):
        raise PydanticCustomError("pattern", "must describe the whole number: begin it with ^ and end it with $")
    try:
        for read in (pattern, whole(pattern)):  # as it stands, and as it is used
            TypeAdapter(Annotated[str, Field(pattern=read)])
    except SchemaError:
        raise PydanticCustomError("pattern", "no pattern, or one with look-around or references back") from None
    return pattern


class DocumentCheck(Clause):
    """How the numbers in one field must look. A list is checked item by item."""

    pattern: Annotated[str, AfterValidator(_portable)] = Field(description="regular expression of the whole number")
    check: Literal["luhn", "none"] = Field(default="none", description="check digit: luhn (ISO/IEC 7812-1) or none")
    severity: Literal["error", "warning"] = Field(
        description="error: the record is refused; warning: it is taken, with a caution"
    )


class Tolerance(Clause):
    """When two values of a field still agree. Exactly one way of comparing."""

    rule: Literal["exact", "days", "working_days", "amount", "name", "code", "organisation", "stage"] = Field(
        description="how the two values are compared"
    )
    within: Decimal = Field(default=Decimal(0), ge=0, description="how far days or amounts may lie apart")
    periods: Mapping[str, Ratio] = Field(
        default={},
        description="period -> how many of it make a month, such as 52/12; a `day` counts so where a record does not "
        "say its days of rest. Without the entry periods are not looked at; for rule `amount` only",
    )
    aliases: tuple[Annotated[tuple[str, ...], Field(min_length=2)], ...] = Field(
        default=(), description="groups of names that mean the same organisation; for rule `organisation` only"
    )
    severity: Literal["low", "medium", "high"] = Field(default="medium", description="severity of a discrepancy")


class Role(StrEnum):
    """What a field says of the one that a record is about."""

    IDENTIFIER = "identifier"
    PERSON_NAME = "person_name"
    BIRTH_DATE = "birth_date"
    DATE = "date"
    CODE = "code"
    MONEY = "money"
    PLACE = "place"
    ORGANISATION = "organisation"


class OfPerson(Clause):
    """Keys that stay with a person from one placement to the next, and what tells the placements apart."""

    keys: Annotated[tuple[str, ...], Field(min_length=1), OnceEach] = Field(
        description="those of the keys that are a person's and not a placement's, such as the passport"
    )
    began: str = Field(description="date field: when the placement began")
    within_days: Whole = Field(ge=0, description="placements of one person that began further apart are two")


class PaperDates(Clause):
    """The dates between which the paper behind a key is valid. A date that is not available bounds nothing."""

    since: str | None = Field(default=None, description="date field: first day on which the paper is valid")
    until: str | None = Field(default=None, description="date field: last day on which it is")
    earlier_until: str | None = Field(
        default=None, description="list field: last days of the key's earlier values, in their order"
    )


class Validity(Clause):
    """When the papers behind keys are valid, and the time that a placement takes."""

    papers: Mapping[str, PaperDates] = Field(min_length=1, description="key -> the dates of its paper")
    began: Annotated[tuple[str, ...], Field(min_length=1), OnceEach] = Field(
        description="date fields, the earliest known of which is when the placement began"
    )
    ended: Annotated[tuple[str, ...], Field(min_length=1), OnceEach] = Field(
        description="date fields, the latest known of which is when it ends"
    )
    within_days: Whole = Field(
        ge=0, description="how long before its beginning and after its end a paper may still have served for it"
    )


class Linkage(Clause):
    """How records of one stream are linked and compared."""

    keys: Annotated[tuple[str, ...], Field(min_length=1), OnceEach] = Field(
        description="fields whose equality links two records, the strongest first"
    )
    earlier: Mapping[str, str] = Field(default={}, description="key -> list field holding its earlier values")
    of_person: OfPerson | None = Field(
        default=None, description="which keys are a person's, who may have been placed more than once"
    )
    validity: Validity | None = Field(
        default=None,
        description="when the papers behind keys are valid: one that was valid at no time of the other record's "
        "placement links nobody by itself",
    )
    probable: Mapping[str, Role] = Field(
        default={},
        description="field -> what it says of who the record is about; what no key links is then linked by all of it "
        "together, where that is likely enough",
    )
    parent: str | None = Field(default=None, description="field that refers to a record of the parent stream")
    parent_stream: str | None = Field(default=None, description="stream of the records that ``parent`` refers to")
    near: Mapping[str, Annotated[Whole, Field(ge=0)]] = Field(
        default={}, description="date field -> days two linked records may lie apart"
    )
    compare: Mapping[str, Tolerance] = Field(description="field -> when two values of it still agree")


class StreamTerms(Clause):
    """What the two sides agreed about one stream."""

    version: Whole = Field(ge=1, alias="schema", description="major version of the record's schema")
    previous_for: Annotated[tuple[Country, ...], OnceEach] = Field(
        default=(),
        description="parties that still speak the major before; messages are then written in it, and taken in both",
    )
    fields: Mapping[str, Grant] = Field(description="field -> grant; a field that is not named cannot leave")
    documents: Mapping[str, DocumentCheck] = Field(default={}, description="document field -> how its numbers look")
    linkage: Linkage = Field(description="how records are linked and compared")
    after_refusal: Literal["go_on", "hold"] = Field(
        default="go_on",
        description="what the receiver does with later messages once it refused one as a whole: go on with them, or "
        "hold them until a person there lets them pass",
    )
    late_after_months: Whole = Field(default=2, ge=1, description="missing longer than this counts as lost, not late")
