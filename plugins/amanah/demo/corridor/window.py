"""The months a corridor covers."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Window:
    """Consecutive ``months`` such as ``"2026-01"``. Make it with :meth:`of`, which checks them."""

    months: tuple[str, ...]

    @classmethod
    def of(cls, months: Sequence[str]) -> "Window":
        """The window of ``months``. Raises ``ValueError`` when they are none, unreadable or not consecutive."""
        if not months:
            raise ValueError("months: expected at least one, such as 2026-01")
        ordinals = [_ordinal(month) for month in months]
        if ordinals != list(range(ordinals[0], ordinals[0] + len(ordinals))):
            raise ValueError(f"months: expected consecutive months in order, got {', '.join(months)}")
        return cls(tuple(months))

    @cached_property
    def start(self) -> date:
        """The first day of the first month."""
        return date.fromisoformat(f"{self.months[0]}-01")

    @cached_property
    def end(self) -> date:
        """The last day of the last month."""
        return self.last_day(self.months[-1])

    def last_day(self, month: str) -> date:
        """The last day of ``month``."""
        first = date.fromisoformat(f"{month}-01")
        return first.replace(day=monthrange(first.year, first.month)[1])

    def index(self, month: str) -> int:
        """The place of ``month`` in the window, from 0. Raises ``ValueError`` when it lies outside."""
        if month not in self.months:
            raise ValueError(f"month {month!r}: this corridor covers {self.months[0]} to {self.months[-1]}")
        return self.months.index(month)


def _ordinal(month: str) -> int:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise ValueError(f"month {month!r}: expected year and month such as 2026-01") from error
    return first.year * MONTHS_A_YEAR + first.month
