"""Months and quarters as the pipelines name them: ``2026-07`` and ``2026-Q3``."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_QUARTER = re.compile(r"([0-9]{4})-?Q([1-4])")
_PERIOD = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def checked_period(text: str) -> str:
    """Return ``text`` when it is a month such as ``2026-07``. Raises ``ValueError`` otherwise."""
    if not _PERIOD.fullmatch(text):
        raise ValueError(f"not a period: expected a month such as 2026-07, got {text[:20]!r}")
    return text


def checked_quarter(text: str) -> str:
    """Return the quarter as ``2026-Q3``; ``2026Q3`` is taken too. Raises ``ValueError`` otherwise."""
    found = _QUARTER.fullmatch(text)
    if found is None:
        raise ValueError(f"not a quarter: expected e.g. 2026-Q3, got {text[:20]!r}")
    return f"{found[1]}-Q{found[2]}"


def months_of(quarter: str) -> tuple[str, str, str]:
    """The three periods of ``quarter``."""
    year, number = checked_quarter(quarter).split("-Q")
    first = 3 * int(number) - 2
    return (f"{year}-{first:02d}", f"{year}-{first + 1:02d}", f"{year}-{first + 2:02d}")


def quarter_of(period: str) -> str:
    """The quarter that the month ``period`` is in."""
    year, month = map(int, period.split("-"))
    return f"{year}-Q{(month + 2) // 3}"


def first_day_after(period: str) -> date:
    """The first day after the month ``period``."""
    year, month = map(int, period.split("-"))
    return date(year + month // 12, month % 12 + 1, 1)


def day_of(text: str) -> date:
    """The day ``2026-08-03`` itself, or the first day after a month ``2026-07``. Raises ``ValueError``."""
    return first_day_after(text) if _PERIOD.fullmatch(text) else date.fromisoformat(text)


def end_of(period: str, time_zone: str) -> datetime:
    """The moment ``period`` ends where the party lives, in UTC; the window before it is half-open."""
    day = first_day_after(period)
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(time_zone)).astimezone(UTC)
