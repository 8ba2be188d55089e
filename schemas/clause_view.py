"""A look at the clauses of an agreement that takes only what has the right form and passes over the rest.

Contradictions are sought in the text as it stands, so that a wrong form in one entry hides none in another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from schemas.located_yaml import Location


@dataclass(frozen=True)
class Clauses:
    """The clauses as plain data: mappings, lists, texts, numbers and dates."""

    data: Mapping[str, Any]

    def at(self, *where: str) -> Any:
        """What stands at ``where``; None when nothing does."""
        found: Any = self.data
        for step in where:
            found = found.get(step) if isinstance(found, Mapping) else None
        return found

    def entries(self, *where: str) -> Mapping[str, Any]:
        """The named entries of a mapping; empty when there is no mapping."""
        found = self.at(*where)
        return {k: v for k, v in found.items() if isinstance(k, str)} if isinstance(found, Mapping) else {}

    def texts(self, *where: str) -> Iterator[tuple[Location, str]]:
        """The texts of a list, each with its place."""
        found = self.at(*where)
        for place, item in enumerate(found if isinstance(found, list | tuple) else ()):
            if isinstance(item, str):
                yield (*where, place), item

    def text(self, *where: str) -> str | None:
        """The text at ``where``, if it is one."""
        found = self.at(*where)
        return found if isinstance(found, str) else None

    def day(self, *where: str) -> date | None:
        """The date at ``where``, if it is one."""
        return as_day(self.at(*where))

    @property
    def parties(self) -> tuple[str, ...]:
        """The codes of the parties, in order."""
        return tuple(self.entries("parties"))

    @property
    def ways(self) -> tuple[str, ...]:
        """Every direction between two parties, as ``sender>receiver``."""
        return tuple(f"{a}>{b}" for a in self.parties for b in self.parties if a != b)

    def directions(self, stream: str, field: str) -> frozenset[str]:
        """The ways that ``field`` of ``stream`` is granted."""
        return frozenset(way for _, way in self.texts("streams", stream, "fields", field, "directions"))


def as_day(value: object) -> date | None:
    """``value`` if it is a date; a date with a time of day is none, and cannot be compared with one."""
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def did_you_mean(word: str, known: tuple[str, ...]) -> str:
    """The end of a message: what was probably meant, or nothing."""
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""
