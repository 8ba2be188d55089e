"""A row as the system itself gives it: columns and text, before any mapping.

Every kind of source turns its values into text here, so that a mapping means the same for all of them.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from amanah.sources.errors import SourceError
from amanah.sources.mapping import Mapping


@dataclass(frozen=True, slots=True)
class NativeRow:
    """One row: ``position`` says where an official finds it, ``updated_at`` is UTC, ``columns`` hold text or None."""

    position: str
    updated_at: datetime
    columns: dict[str, str | None] = field(repr=False)


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
    if unknown:
        faults.append(f"column(s) {', '.join(unknown)} are not mapped; map them or list them under 'ignored'")
    raise SourceError(f"{where}: {'; '.join(faults)}")


def as_text(value: object, column: str, where: str) -> str | None:
    """A database value as text: ISO 8601 for dates, plain digits for numbers, ``true``/``false``."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):  # a datetime is a date too
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int | float):
        return str(value)
    raise SourceError(f"{where}, column {column}: a value of type {type(value).__name__} cannot be read as text")


def utc(moment: datetime, zone: ZoneInfo) -> datetime:
    """``moment`` in UTC; one without an offset is local time of ``zone``."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def instant(text: str | None, mapping: Mapping, where: str) -> datetime:
    """Read the text of the ``updated_at`` column: ISO 8601, local time of the mapping's zone when without offset.

    Raises ``SourceError``: a row that cannot be placed in time would be lost between two windows.
    """
    try:
        return utc(datetime.fromisoformat((text or "").strip()), mapping.zone)
    except ValueError:
        raise SourceError(
            f"{where}, column {mapping.updated_at}: expected a time such as 2026-07-01T09:30:00+03:00"
        ) from None
