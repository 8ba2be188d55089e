"""The thresholds of one severity, and which kind of field each of them may name."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from schemas import codelists
from schemas.streams import Stream

Share = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[int, Field(ge=0)]


def _in_order(given: tuple[float, float]) -> tuple[float, float]:
    if given[0] > given[1]:
        raise ValueError(f"expected [lowest, highest], got [{given[0]:g}, {given[1]:g}]: nothing lies between them")
    return given


Range = Annotated[tuple[float, float], AfterValidator(_in_order)]


class Part(BaseModel):
    """A part of the thresholds: what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Volume(Part):
    """How many records a batch may have, as a multiple of the median of the batches before."""

    at_least: float = Field(ge=0, le=1)
    at_most: float = Field(ge=1)
    always_allowed: int = Field(default=0, ge=0, description="so many records more or fewer say nothing")


class Demands(Part):
    """Thresholds of one severity. Shares are between 0 and 1; ranges are inclusive."""

    rows_at_least: int | None = Field(default=None, ge=0)
    refused_share_at_most: Share | None = None
    refused_always_allowed: int = Field(default=0, ge=0, description="so few say nothing about a small batch")
    volume: Volume | None = None
    newest_within_days: Mapping[str, Days] = Field(
        default={}, description="how long before the month's end the newest date may lie"
    )
    not_after_month: Mapping[str, Share] = Field(default={}, description="share of dates not after the month's end")
    present: Mapping[str, Share] = Field(default={}, description="share of records that have the field")
    unique: Mapping[str, Share] = Field(default={}, description="share of values that stand in one record only")
    unique_together: tuple[tuple[str, ...], ...] = ()
    known: Mapping[str, Share] = Field(default={}, description="share of references to a record that the node holds")
    not_among: Mapping[str, str] = Field(
        default={}, description="a field and the list it must not be repeated in, such as earlier passports"
    )
    within: Mapping[str, Range] = {}
    in_list: Mapping[str, str] = {}
    median_between: Mapping[str, Mapping[str, Range]] = Field(default={}, description="amount -> currency -> range")
    drift: Mapping[str, Share] = Field(default={}, description="share of records with another code than before")
    presence_drift: Mapping[str, Share] = Field(default={}, description="the same, for having the field at all")
    median_shift: Mapping[str, Share] = Field(default={}, description="how far the median of an amount may move")

    def faults(self, stream: Stream) -> Iterator[tuple[tuple[str, str], str]]:
        """Each demand on a field that ``stream`` does not have or that the demand does not fit: where, and what."""
        for demand, (fits, expected) in _FITTING.items():
            for field in self.fields_of(demand):
                if field not in stream.fields:
                    yield (demand, field), f"{stream.name}/{stream.version} has no field {field!r}"
                elif not fits(stream, field):
                    yield (demand, field), f"expected the name of {expected}"
        for field, name in self.in_list.items():
            if not (codelists.FOLDER / f"{name}.yaml").is_file():
                yield ("in_list", field), f"no code list {name!r}"

    def fields_of(self, demand: str) -> tuple[str, ...]:
        """The fields that ``demand`` names."""
        named = getattr(self, demand)
        if demand == "unique_together":
            return tuple(field for fields in named for field in fields)
        return (*named, *named.values()) if demand == "not_among" else tuple(named)


def currency_of(amount: str) -> str:
    """The field that holds the currency of ``amount``: ``wage_amount`` has ``wage_currency``."""
    return f"{amount.removesuffix('_amount')}_currency"


def _is_code(stream: Stream, field: str) -> bool:
    """Whether values of ``field`` may be counted by value: codes, never what points at a person."""
    shared = stream.code_list(field) is not None or stream.classification(field).may_be_shown
    return stream.python_type(field) is str and shared


def _is_amount(stream: Stream, field: str) -> bool:
    return stream.python_type(field) is Decimal and currency_of(field) in stream.fields


_Fits = Callable[[Stream, str], bool]
_DATE: tuple[_Fits, str] = (lambda stream, field: stream.python_type(field) is date, "a date")
_SINGLE: tuple[_Fits, str] = (lambda stream, field: get_origin(stream.python_type(field)) is not list, "a single value")
_CODE: tuple[_Fits, str] = (_is_code, "a code")
_AMOUNT: tuple[_Fits, str] = (_is_amount, "an amount with a currency field beside it")
_FITTING: Mapping[str, tuple[_Fits, str]] = {
    "newest_within_days": _DATE,
    "not_after_month": _DATE,
    "present": (lambda _stream, _field: True, "a field"),
    "unique": _SINGLE,
    "unique_together": _SINGLE,
    "known": (lambda _stream, field: field.endswith(("_ref", "_refs")), "a reference"),
    "not_among": (lambda stream, field: stream.python_type(field) in (str, list[str]), "text"),
    "within": (lambda stream, field: stream.python_type(field) in (Decimal, int), "a number"),
    "in_list": (lambda stream, field: stream.python_type(field) is str, "text"),
    "median_between": _AMOUNT,
    "drift": _CODE,
    "presence_drift": (lambda _stream, _field: True, "a field"),
    "median_shift": _AMOUNT,
}
