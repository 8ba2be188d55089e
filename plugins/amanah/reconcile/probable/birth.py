"""Birth dates: in which way two of them are nearly one.

What clerks and calendars do to a date, each told from the others: day and month swapped; a day or two off, where a
table of the Hijri calendar was not that of Umm al-Qura, or a time zone came in; a month of the Hijri calendar off, or
its day and month swapped, before it was converted; a digit wrong; only the month or the year known, written as its
first day. A Hijri year written as if it were Gregorian is no date of the contract (it begins in 1900).
"""

from datetime import date, timedelta
from enum import StrEnum

import pyarrow as pa
from hijridate import ummalqura

_CLOSE_DAYS = 2


class Birth(StrEnum):
    """How the birth dates agree."""

    SAME = "same"
    TURNED = "turned"  # day and month swapped
    CLOSE = "close"  # up to two days
    HIJRI_TURNED = "hijri_turned"  # day and month of the Hijri calendar swapped
    HIJRI_MONTH = "hijri_month"  # the same day of the next or the last month of the Hijri calendar
    DEFAULT = "default"  # the same year, one of them the first of January
    HIJRI_DEFAULT = "hijri_default"  # the same Hijri year, one of them its first day
    MONTH = "month"  # the same month, one of them its first day
    DIGIT = "digit"  # one digit differs
    TWO = "two"  # two of year, month and day
    YEAR = "year"
    OTHER = "other"
    NONE = "none"


PARTS = (
    "year(birth) AS birth_year, month(birth) AS birth_month, day(birth) AS birth_day,\n"
    "  right(lpad(strftime(birth, '%Y%m%d'), 8, '0'), 8) AS birth_digits,\n"
    "  hijri_month, (birth - starts) + 1 AS hijri_day"
)
"""SQL for what `HOW` reads, over a table with ``birth`` joined to `hijri_months` where the latest month has begun."""

_FIRST_OF_JANUARY = "(x.birth_month = 1 AND x.birth_day = 1 OR y.birth_month = 1 AND y.birth_day = 1)"
_FIRST_OF_MUHARRAM = "(x.hijri_month % 12 = 0 AND x.hijri_day = 1 OR y.hijri_month % 12 = 0 AND y.hijri_day = 1)"

HOW = f"""CASE WHEN x.birth IS NULL OR y.birth IS NULL THEN '{Birth.NONE}' WHEN x.birth = y.birth THEN '{Birth.SAME}'
    WHEN x.birth_year = y.birth_year AND x.birth_month = y.birth_day AND x.birth_day = y.birth_month
        THEN '{Birth.TURNED}'
    WHEN abs(x.birth - y.birth) <= {_CLOSE_DAYS} THEN '{Birth.CLOSE}'
    WHEN x.hijri_month // 12 = y.hijri_month // 12 AND x.hijri_month % 12 + 1 = y.hijri_day
        AND y.hijri_month % 12 + 1 = x.hijri_day THEN '{Birth.HIJRI_TURNED}'
    WHEN abs(x.hijri_month - y.hijri_month) = 1 AND x.hijri_day = y.hijri_day THEN '{Birth.HIJRI_MONTH}'
    WHEN x.birth_year = y.birth_year AND {_FIRST_OF_JANUARY} THEN '{Birth.DEFAULT}'
    WHEN x.hijri_month // 12 = y.hijri_month // 12 AND {_FIRST_OF_MUHARRAM} THEN '{Birth.HIJRI_DEFAULT}'
    WHEN x.birth_year = y.birth_year AND x.birth_month = y.birth_month AND (x.birth_day = 1 OR y.birth_day = 1)
        THEN '{Birth.MONTH}'
    WHEN (x.birth_year = y.birth_year)::INT + (x.birth_month = y.birth_month)::INT
        + (x.birth_day = y.birth_day)::INT = 2
        THEN CASE WHEN hamming(x.birth_digits, y.birth_digits) = 1 THEN '{Birth.DIGIT}' ELSE '{Birth.TWO}' END
    WHEN x.birth_year = y.birth_year THEN '{Birth.YEAR}' ELSE '{Birth.OTHER}' END"""
"""SQL for the level of two birth dates, over ``x`` and ``y`` with `PARTS`."""


def hijri_months() -> pa.Table:
    """The months of the Umm al-Qura calendar: ``starts`` (date) and ``hijri_month``, 12 times the year and 0 to 11.

    Source: the table of the King Abdulaziz City for Science and Technology as the library ``hijridate`` holds it, from
    1343 to 1500 (1924 to 2077).
    """
    first_year = ummalqura.HIJRI_RANGE[0][0]
    first_day = date(*ummalqura.GREGORIAN_RANGE[0])
    days = [start - ummalqura.MONTH_STARTS[0] for start in ummalqura.MONTH_STARTS]
    return pa.table(
        {
            "starts": pa.array([first_day + timedelta(days=after) for after in days], pa.date32()),
            "hijri_month": pa.array([first_year * 12 + n for n in range(len(days))], pa.int32()),
        }
    )
