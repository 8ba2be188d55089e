"""Figures as they are counted: exact, before disclosure control. Nothing here is published.

The only way out is ``disclosure.protect``, and the restricted annex for the members of the task force.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from reports.figure import Column, Form


@dataclass(frozen=True)
class Tally:
    """How many records were counted, and the sum of their cell keys: the same records have the same key everywhere."""

    count: int
    key: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.count + other.count, self.key + other.key)


NONE = Tally(0)


@dataclass(frozen=True)
class Measured:
    """A value that is not a count, such as a median; ``None``: there is none.

    ``of`` are the groups of records that it would tell of: it may be told when each of them may be.
    """

    value: int | Decimal | None
    of: tuple[Tally, ...]


Exact = Tally | Measured | tuple[str, ...] | None
"""A count, a measured value, the states of a calendar's month; ``None``: not available."""


@dataclass(frozen=True)
class Counted:
    """One indicator's exact values. ``rows`` by code, each with one value per column.

    In a share or a rate the columns are numerator and denominator; the ratio is made from what is published of them.
    ``total`` is the sum of the rows where they have one.
    """

    id: str
    form: Form
    columns: tuple[Column, ...]
    rows: Mapping[str, tuple[Exact, ...]]
    total: tuple[Exact, ...] | None = None
    by_size: bool = False
