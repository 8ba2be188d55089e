"""Checks of one record against its agreement, as data: run here one record at a time, or by whoever reads them in bulk.

Each has a ``kind`` that names what it does, the ``code`` and the ``field`` it reports, and speaks only when every value
that it needs is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from schemas.document_no import CHECK_DIGITS, items_of, matches

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Pattern:
    """Each number in ``field`` is wholly as ``pattern`` says."""

    kind: ClassVar[str] = "pattern"
    code: str
    field: str
    pattern: str

    @property
    def message(self) -> str:
        """What is odd."""
        return f"{self.field} does not look like such a number"

    def fails(self, values: Values) -> bool:
        """Whether a number is there and looks otherwise."""
        return not all(matches(number, self.pattern) for number in items_of(values.get(self.field)))


@dataclass(frozen=True)
class CheckDigit:
    """The check digit of each number in ``field`` agrees under ``scheme``, for those that look as ``pattern`` says."""

    kind: ClassVar[str] = "check_digit"
    code: str
    field: str
    scheme: str
    pattern: str

    @property
    def message(self) -> str:
        """What is wrong."""
        return f"the check digit of {self.field} does not agree; the number was mistyped"

    def fails(self, values: Values) -> bool:
        """Whether a number of the right look has another check digit."""
        holds = CHECK_DIGITS[self.scheme]
        return any(matches(n, self.pattern) and not holds(n) for n in items_of(values.get(self.field)))


@dataclass(frozen=True)
class AtLeast:
    """The amount ``field`` is not below ``limit``, where it is in ``currency`` and ``per`` is one of ``periods``."""

    kind: ClassVar[str] = "at_least"
    code: str
    field: str
    limit: Decimal
    currency_field: str
    currency: str
    per: str
    periods: frozenset[str | None]  # None: the period is not given, which stands for a month

    @property
    def message(self) -> str:
        """What is below what."""
        return f"{self.field} lies below the agreed {self.limit} {self.currency}"

    def fails(self, values: Values) -> bool:
        """Whether the amount is there, comparable, and too low."""
        amount = values.get(self.field)
        comparable = values.get(self.currency_field) == self.currency and values.get(self.per) in self.periods
        return amount is not None and comparable and bool(amount < self.limit)


@dataclass(frozen=True)
class AtMost:
    """The amount ``field`` is not above ``limit`` in ``currency``; a limit of zero holds in every currency."""

    kind: ClassVar[str] = "at_most"
    code: str
    field: str
    limit: Decimal
    currency_field: str
    currency: str

    @property
    def message(self) -> str:
        """What is above what."""
        return f"{self.field} lies above the agreed {self.limit} {self.currency}"

    def fails(self, values: Values) -> bool:
        """Whether the amount is there, comparable, and too high."""
        amount = values.get(self.field)
        comparable = not self.limit or values.get(self.currency_field) == self.currency
        return amount is not None and comparable and bool(amount > self.limit)


@dataclass(frozen=True)
class Listed:
    """The code in ``field`` is one of ``codes``."""

    kind: ClassVar[str] = "listed"
    code: str
    field: str
    codes: frozenset[str]

    @property
    def message(self) -> str:
        """What is not listed."""
        return f"{self.field} is not in the corridor's list"

    def fails(self, values: Values) -> bool:
        """Whether there is a code, and another one."""
        value = values.get(self.field)
        return value is not None and value not in self.codes


@dataclass(frozen=True)
class LastsUntil:
    """The date ``field`` does not lie before the date ``until``."""

    kind: ClassVar[str] = "lasts_until"
    code: str
    field: str
    until: str

    @property
    def message(self) -> str:
        """What ends too early."""
        return f"{self.field} lies before {self.until}"

    def fails(self, values: Values) -> bool:
        """Whether both dates are there and the first is the earlier."""
        day, until = values.get(self.field), values.get(self.until)
        return day is not None and until is not None and bool(day < until)


Check = Pattern | CheckDigit | AtLeast | AtMost | Listed | LastsUntil
