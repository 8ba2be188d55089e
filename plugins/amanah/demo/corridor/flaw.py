"""What a flaw is, and the usual ways to put one into a record: what a hurried clerk or a half-converted system does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from amanah.demo.corridor.placements import Record

UNLISTED = "unknown"  # on no code list
UNSEEN = "\u202e"  # turns the direction of what follows; nobody sees it
HIJRI_YEARS = 579  # by which a Hijri year is lower than the Gregorian one, roughly

Changes = Callable[[Record], Mapping[str, object]]


@dataclass(frozen=True)
class Flaw:
    """A way to be invalid: the model refuses the record at ``field`` with ``code`` (pydantic's error type).

    ``needs`` are fields that must be available for it to show; ``changes`` are the values that do it.
    """

    field: str
    code: str
    changes: Changes
    needs: tuple[str, ...] = ()


def out_of_order(code: str, earlier: str, later: str, *, both: bool = False, unknown: tuple[str, ...] = ()) -> Flaw:
    """The later date put on the day before the earlier one; ``both``: only where a later one is there.

    Dates that it would contradict as well are left ``unknown``, as in a system that does not ask for them.
    """
    needs = (earlier, later) if both else (earlier,)
    return Flaw(later, code, lambda record: {later: moved(record[earlier], -1), **dict.fromkeys(unknown)}, needs)


def absent(code: str, field: str, needed_by: str) -> Flaw:
    """A value that another one is worth nothing without, left out."""
    return Flaw(field, code, lambda _: {field: None}, (needed_by,))


def value(field: str, code: str, wrong: object, *, needs: tuple[str, ...] = ()) -> Flaw:
    """A value that no record may have."""
    return Flaw(field, code, lambda _: {field: wrong}, needs)


def unlisted(field: str) -> Flaw:
    """A code that is on no list."""
    return value(field, "unknown_code", UNLISTED)


def unlisted_item(field: str) -> Flaw:
    """The same in a list of codes, as its only item."""
    return Flaw(f"{field}.0", "unknown_code", lambda _: {field: [UNLISTED]})


def unseen(field: str) -> Flaw:
    """A character that nobody sees, in a text that is there."""
    return Flaw(field, "forbidden_character", lambda record: {field: f"{UNSEEN}{record[field]}"}, (field,))


def hijri_year(field: str) -> Flaw:
    """A Hijri year written as if it were Gregorian."""

    def changes(record: Record) -> Mapping[str, object]:
        day = moved(record[field], 0)
        return {field: day.replace(year=day.year - HIJRI_YEARS, day=1)}

    return Flaw(field, "greater_than_equal", changes, (field,))


def moved(day: object, by: int) -> date:
    """``day`` moved by so many days. Raises ``TypeError`` for what is no date."""
    if not isinstance(day, date):
        raise TypeError("expected a date")
    return day + timedelta(days=by)
