"""Quarters: the calendar of the evaluation, Gregorian, written ``2026-Q3``."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

_QUARTER = re.compile(r"([0-9]{4})-Q([1-4])")


@dataclass(frozen=True, order=True)
class Quarter:
    """One quarter; quarters compare by time."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``2026-Q3``. Raises ``ValueError`` when ``text`` is not a quarter."""
        found = _QUARTER.fullmatch(text)
        if found is None:
            raise ValueError(f"not a quarter: expected e.g. 2026-Q3, got {text[:20]!r}")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        """The quarter in which ``day`` lies."""
        return cls(day.year, (day.month + 2) // 3)

    def __str__(self) -> str:
        return f"{self.year:04d}-Q{self.number}"

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.year, self.number * 3 - 2, 1)

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self.after.first_day - timedelta(days=1)

    @property
    def periods(self) -> tuple[str, ...]:
        """Its three months, such as ``2026-07``."""
        first = self.number * 3 - 2
        return tuple(f"{self.year:04d}-{month:02d}" for month in (first, first + 1, first + 2))

    @property
    def before(self) -> "Quarter":
        """The quarter before this one."""
        return Quarter.of(self.first_day - timedelta(days=1))

    @property
    def year_before(self) -> "Quarter":
        """The same quarter of the year before."""
        return Quarter(self.year - 1, self.number)

    @property
    def after(self) -> "Quarter":
        """The quarter after this one."""
        return Quarter.of(self.first_day + timedelta(days=100))
