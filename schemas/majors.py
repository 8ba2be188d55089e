"""The majors of a stream: the current one, in which a node keeps its records, and the one before it.

A change that breaks what a partner has built makes a new major. The one before stays spoken for as long as an agreement
names a party that needs it (``streams.*.previous_for``); what is older is not.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from schemas.record import NOT_APPLICABLE
from schemas.streams import Stream


@dataclass(frozen=True)
class Change:
    """How a value is written in the other major: ``older`` from the current one, ``newer`` to it; never given None."""

    older: Callable[[Any], Any]
    newer: Callable[[Any], Any]


def codes(*, older: Mapping[str, str], newer: Mapping[str, str]) -> Change:
    """Codes that are called otherwise; one that is not named is the same in both, or refused by the model."""
    return Change(lambda code: older.get(code, code), lambda code: newer.get(code, code))


@dataclass(frozen=True)
class Form:
    """How the records of a stream look in one major.

    ``names`` is the current field -> what it is called there; a field that is not named does not exist there.
    ``changed`` is the current field -> how its values differ.
    """

    stream: Stream
    names: Mapping[str, str]
    changed: Mapping[str, Change] = field(default_factory=dict)

    @cached_property
    def is_current(self) -> bool:
        """Whether nothing has to be translated."""
        return not self.changed and all(name == there for name, there in self.names.items())

    def fields(self, fields: Iterable[str]) -> tuple[str, ...]:
        """What the current ``fields`` are called there, in that major's order."""
        there = {self.names[name] for name in fields if name in self.names}
        return tuple(name for name in self.stream.fields if name in there)

    def written(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """A record of the current major, or a part of one, in this major."""
        found = {self.names[name]: self._older(name, value) for name, value in values.items() if name in self.names}
        if isinstance(names := found.get(NOT_APPLICABLE), list):
            found[NOT_APPLICABLE] = [self.names[name] for name in names if name in self.names] or None
        return found

    def read(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """A record of this major, or a part of one, in the current one."""
        current = {there: name for name, there in self.names.items()}
        found = {
            current[there]: self._newer(current[there], value) for there, value in values.items() if there in current
        }
        if isinstance(names := found.get(NOT_APPLICABLE), list):
            found[NOT_APPLICABLE] = [current[there] for there in names if there in current] or None
        return found

    def _older(self, name: str, value: Any) -> Any:
        return self.changed[name].older(value) if name in self.changed and value is not None else value

    def _newer(self, name: str, value: Any) -> Any:
        return self.changed[name].newer(value) if name in self.changed and value is not None else value


def current(stream: Stream) -> Form:
    """The current major of ``stream``."""
    return Form(stream, {name: name for name in stream.fields})


# Stream -> the major before the current one. Both streams are in their first.
PREVIOUS: dict[str, Form] = {}
