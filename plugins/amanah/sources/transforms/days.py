"""Days as ministries write them: two orders, two calendars, and days of which only the year or month is known.

The Hijri calendar is that of Umm al-Qura as ``hijridate`` tabulates it, 1343 to 1500 AH (1924-08-01 to 2077-11-16).
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hijridate import Gregorian, Hijri

FIRST_HIJRI, LAST_HIJRI = 1343, 1500
_GREGORIAN_YEARS = range(1900, 2100)

_YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})(?P<between>[-/.])(?P<month>[0-9]{1,2})(?P=between)(?P<day>[0-9]{1,2})")
_DAY_FIRST = re.compile(r"(?P<day>[0-9]{1,2})(?P<between>[-/.])(?P<month>[0-9]{1,2})(?P=between)(?P<year>[0-9]{4})")
_NO_DAY_YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})([-/.](?P<month>[0-9]{1,2}))?")
_NO_DAY_MONTH_FIRST = re.compile(r"((?P<month>[0-9]{1,2})[-/.])?(?P<year>[0-9]{4})")


class Calendar(StrEnum):
    """In which calendar a day was written; the codes of the list ``calendar``."""

    GREGORIAN = "gregorian"
    UMM_AL_QURA = "umm_al_qura"


class Precision(StrEnum):
    """How much of it is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True)
class Written:
    """What a text says about a day; ``gregorian`` is the first day of its month or year when no more is known."""

    calendar: Calendar
    precision: Precision
    gregorian: date


@dataclass(frozen=True)
class Form:
    """A way of writing days: ``calendar`` None means that the year tells which; a year first is understood as such."""

    day_first: bool
    calendar: Calendar | None

    def read(self, text: str, *, partly: bool = False) -> Written:
        """Read ``text``; ``partly`` takes one whose month or day is 00 or left out.

        Raises ``ValueError``, also for a day that does not exist.
        """
        found = _YEAR_FIRST.fullmatch(text) or (_DAY_FIRST.fullmatch(text) if self.day_first else None)
        if found is None and partly:
            found = _NO_DAY_YEAR_FIRST.fullmatch(text)
            found = found or (_NO_DAY_MONTH_FIRST.fullmatch(text) if self.day_first else None)
        if found is None:
            raise ValueError("not a date")
        year, month, day = (int(found.groupdict().get(part) or 0) for part in ("year", "month", "day"))
        precision = Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
        if precision is not Precision.DAY and not partly:
            raise ValueError("not a whole date")
        if day and not month:
            raise ValueError("not a date: a day without its month")
        calendar = self._calendar(year)
        return Written(calendar, precision, _gregorian(calendar, year, month or 1, day or 1))

    def write(self, day: date) -> str:
        """Write ``day``; in Gregorian where both calendars are read. Raises ``ValueError`` beyond the Hijri tables."""
        year, month, number = day.year, day.month, day.day
        if self.calendar is Calendar.UMM_AL_QURA:
            try:
                year, month, number = Gregorian(year, month, number).to_hijri().datetuple()
            except OverflowError:
                raise ValueError("beyond the tables of the Hijri calendar") from None
        return f"{number:02}/{month:02}/{year:04}" if self.day_first else f"{year:04}-{month:02}-{number:02}"

    def _calendar(self, year: int) -> Calendar:
        hijri = FIRST_HIJRI <= year <= LAST_HIJRI
        if self.calendar is None and not hijri and year not in _GREGORIAN_YEARS:
            raise ValueError("not a year of either calendar")
        if self.calendar is Calendar.UMM_AL_QURA and not hijri:
            raise ValueError("not a year of the Hijri tables")
        return self.calendar or (Calendar.UMM_AL_QURA if hijri else Calendar.GREGORIAN)


def _gregorian(calendar: Calendar, year: int, month: int, day: int) -> date:
    if calendar is Calendar.GREGORIAN:
        return date(year, month, day)
    try:
        found = Hijri(year, month, day).to_gregorian()
    except (ValueError, OverflowError):
        raise ValueError("not a day of the Hijri calendar") from None
    return date(found.year, found.month, found.day)
