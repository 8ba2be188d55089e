"""A row as the system itself gives it: columns and text, before any mapping.

Every kind of source turns its values into text here, so that a mapping means the same for all of them.
"""

import re
from collections import abc
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from amanah.sources.errors import SourceError
from amanah.sources.mapping import Mapping

_DMY_TIME = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})( .+)?")
_GROUP = 3  # digits of a group of thousands


@dataclass(frozen=True, slots=True)
class Damaged:
    """A value that the system no longer has as it was: ``why``, without the value, and what it shows instead."""

    why: str
    shown: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NativeRow:
    """One row: ``position`` says where an official finds it, ``updated_at`` is UTC, ``columns`` hold text or None.

    A column in ``damage`` holds no value that could be trusted, for the reason given there.
    """

    position: str
    updated_at: datetime
    columns: dict[str, str | None] = field(repr=False)
    damage: abc.Mapping[str, str] = field(default_factory=dict)


def audit(mapping: Mapping, present: Collection[str], where: str) -> None:
    """Raise ``SourceError`` unless ``present`` has every column the mapping reads, and none it does not know of."""
    missing = [column for column in mapping.columns if column not in present]
    known = {*mapping.columns, *mapping.ignored}
    unknown = [column for column in present if column not in known]
    if not missing and not unknown:
        return
    faults = []
    if missing:
        faults.append(f"missing column(s) {', '.join(missing)}; expected are {', '.join(mapping.columns)}")
    if unknown and known.isdisjoint(present):  # perhaps a record in place of the names: not to be repeated
        faults.append(f"what is there are {len(unknown)} other name(s)")
    elif unknown:
        faults.append(f"column(s) {', '.join(unknown)} are not mapped; map them or list them under 'ignored'")
    raise SourceError(f"{where}: {'; '.join(faults)}")


def as_text(value: object, column: str, where: str) -> str | None:
    """A database value as text: ISO 8601 for dates, plain digits for numbers, ``true``/``false``."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | time):  # a datetime is a date too
        return value.isoformat()
    if isinstance(value, Decimal):
        return no_group(format(value, "f"))
    if isinstance(value, float):
        return no_group(str(value))
    if isinstance(value, int | UUID):
        return str(value)
    raise SourceError(f"{where}, column {column}: a value of type {type(value).__name__} cannot be read as text")


def no_group(number: str) -> str:
    """The digits of a number with a point, such that no transform takes three decimals for a group of thousands.

    150.125 becomes 150.1250: ``decimal_comma``, declared for a system that writes 1.500,00, then refuses it.
    """
    return number + "0" if len(number.partition(".")[2]) == _GROUP else number


def utc(moment: datetime, zone: ZoneInfo) -> datetime:
    """``moment`` in UTC; one without an offset is local time of ``zone``."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def instant(text: str | None, mapping: Mapping, where: str) -> datetime:
    """Read the text of the ``updated_at`` column, local time of the mapping's zone when without offset.

    Raises ``SourceError``: a row that cannot be placed in time would be lost between two windows.
    """
    given = (text or "").strip()
    found = _DMY_TIME.fullmatch(given) if mapping.time_form == "dmy" else None
    if found is not None:
        given = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}{found[4] or ''}"
    try:
        return utc(datetime.fromisoformat(given), mapping.zone)
    except (ValueError, OverflowError):
        example = "2026-07-01T09:30:00+03:00" if mapping.time_form == "iso" else "01/07/2026 09:30"
        raise SourceError(f"{where}, column {mapping.updated_at}: expected a time such as {example}") from None
