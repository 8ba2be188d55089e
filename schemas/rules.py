"""Rules between the fields of one record, as data: the model runs them, and so can whoever reads the contract.

A rule speaks only when every value it needs is available. ``at`` is the field a failure is reported on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from schemas import mrz

Values = Mapping[str, Any]


class Rule(Protocol):
    """What every rule can do."""

    @property
    def code(self) -> str:
        """The code of a failure, unique in its stream."""

    @property
    def at(self) -> str:
        """The field at which a failure is reported."""

    @property
    def message(self) -> str:
        """What is wrong, in words and without values."""

    def broken(self, values: Values) -> bool:
        """Whether ``values`` break the rule."""


@dataclass(frozen=True)
class InOrder:
    """``earlier`` does not lie after ``later`` (``strictly``: lies before it)."""

    code: str
    earlier: str
    later: str
    strictly: bool = False

    @property
    def at(self) -> str:
        """The later date: it is the newer entry, and so the likelier slip."""
        return self.later

    @property
    def message(self) -> str:
        """Which date should follow which."""
        return f"{self.later} does not lie after {self.earlier}" if self.strictly else self._before

    @property
    def _before(self) -> str:
        return f"{self.later} lies before {self.earlier}"

    def broken(self, values: Values) -> bool:
        """Whether both dates are there and stand the wrong way round."""
        earlier, later = values[self.earlier], values[self.later]
        if earlier is None or later is None:
            return False
        return bool(earlier >= later if self.strictly else earlier > later)


@dataclass(frozen=True)
class Needs:
    """Where ``field`` is given, ``needs`` must be."""

    code: str
    field: str
    needs: str

    @property
    def at(self) -> str:
        """The field that is wanting."""
        return self.needs

    @property
    def message(self) -> str:
        """What is given without what."""
        return f"{self.field} is given without {self.needs}"

    def broken(self, values: Values) -> bool:
        """Whether the one is there without the other."""
        return values[self.field] is not None and values[self.needs] is None


@dataclass(frozen=True)
class SameLength:
    """The list ``field`` has one item for each of the list ``other``, in the same order."""

    code: str
    field: str
    other: str

    @property
    def at(self) -> str:
        """The dependent list."""
        return self.field

    @property
    def message(self) -> str:
        """Which lists do not match."""
        return f"{self.field} does not have one item for each of {self.other}"

    def broken(self, values: Values) -> bool:
        """Whether the dependent list is there and differs in length (an absent ``other`` has none)."""
        return values[self.field] is not None and len(values[self.field]) != len(values[self.other] or ())


@dataclass(frozen=True)
class AtMost:
    """The number ``field`` does not exceed the number ``limit``."""

    code: str
    field: str
    limit: str

    @property
    def at(self) -> str:
        """The number that is too large."""
        return self.field

    @property
    def message(self) -> str:
        """Which number exceeds which."""
        return f"{self.field} is larger than {self.limit}"

    def broken(self, values: Values) -> bool:
        """Whether both are there and the first is the larger."""
        value, limit = values[self.field], values[self.limit]
        return value is not None and limit is not None and bool(value > limit)


@dataclass(frozen=True)
class FirstOf:
    """A date known to the ``precision`` month or year only stands on the first day of it.

    Of a Hijri month or year the first day is any day of a Gregorian one: a converted date (``calendar``) is not judged.
    """

    code: str
    field: str
    precision: str
    calendar: str

    @property
    def at(self) -> str:
        """The date."""
        return self.field

    @property
    def message(self) -> str:
        """How a partly known date is written."""
        return f"{self.field} is not the first day of what {self.precision} says is known"

    def broken(self, values: Values) -> bool:
        """Whether the date claims more than its precision."""
        day, precision = values[self.field], values[self.precision]
        if day is None or precision not in ("month", "year") or values[self.calendar] == "umm_al_qura":
            return False
        return bool(day.day != 1 or (precision == "year" and day.month != 1))


@dataclass(frozen=True)
class MrzHolds:
    """The machine readable line ``field`` agrees with its own check digits."""

    code: str
    field: str

    @property
    def at(self) -> str:
        """The line."""
        return self.field

    @property
    def message(self) -> str:
        """That the line was misread."""
        return f"a check digit of {self.field} does not agree; the line was misread"

    def broken(self, values: Values) -> bool:
        """Whether the line is there and fails its check digits."""
        line = values[self.field]
        return line is not None and not mrz.holds(line)


@dataclass(frozen=True)
class MrzNames:
    """The machine readable line ``line`` is of the passport ``number``."""

    code: str
    line: str
    number: str

    @property
    def at(self) -> str:
        """The line."""
        return self.line

    @property
    def message(self) -> str:
        """That line and number belong to two passports."""
        return f"{self.line} names another passport than {self.number}"

    def broken(self, values: Values) -> bool:
        """Whether both are there and differ."""
        line, number = values[self.line], values[self.number]
        return line is not None and number is not None and mrz.document_no(line) != number


@dataclass(frozen=True)
class NotApplicable:
    """Each name in the list ``field`` is that of a field which may be absent, and is."""

    code: str
    field: str
    optional: frozenset[str]

    @property
    def at(self) -> str:
        """The list."""
        return self.field

    @property
    def message(self) -> str:
        """What may be named there."""
        return f"{self.field} names what is no optional field, or one that has a value"

    def broken(self, values: Values) -> bool:
        """Whether a name is unknown, or the field so named has a value."""
        return any(name not in self.optional or values[name] is not None for name in values[self.field] or ())
