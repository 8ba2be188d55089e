"""Rows that hang together through keys, with the keys that cannot be trusted left out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from amanah.node.consolidation.contribution import Contribution
from amanah.node.consolidation.guards import any_two_speak_against
from amanah.node.consolidation.terms import Key, StreamTerms
from schemas.streams import Stream

REFS: Key = ("record_ref", "earlier_record_refs")

Rows = list[Contribution]
At = tuple[str, str | None]  # key, value


@dataclass(frozen=True)
class Contested:
    """A key that would join ``rows``, which clearly speak of different people; without ``value`` through a chain."""

    key: str
    value: str | None = field(repr=False)
    rows: tuple[Contribution, ...]


class Together:
    """Who belongs to whom, made by joining two at a time (union-find)."""

    def __init__(self) -> None:
        self._parent: dict[tuple[str, str], tuple[str, str]] = {}

    def find(self, row: tuple[str, str]) -> tuple[str, str]:
        """The one row that stands for all that ``row`` has been joined with."""
        root = row
        while (above := self._parent.get(root, root)) != root:
            root = above
        while row != root:
            row, self._parent[row] = self._parent.get(row, row), root
        return root

    def join(self, rows: Sequence[Contribution]) -> None:
        """Join all ``rows``."""
        for row in rows[1:]:
            one, other = sorted([self.find(rows[0].id), self.find(row.id)])
            self._parent[other] = one

    def split(self, rows: Iterable[Contribution]) -> list[Rows]:
        """``rows`` by those that belong together."""
        found: dict[tuple[str, str], Rows] = defaultdict(list)
        for row in rows:
            found[self.find(row.id)].append(row)
        return list(found.values())


def key_name(key: Key) -> str:
    """What a key is called: its first field."""
    return key[0]


def join_keys(terms: StreamTerms) -> list[Key]:
    """Every key that joins, the strongest first: the reference, the keys of a record, the keys of a person."""
    return [REFS, *terms.same_record, *terms.same_person]


def people(rows: Rows, terms: StreamTerms, stream: Stream) -> tuple[list[Rows], list[Contested]]:
    """``rows`` by person, and the keys that were contested on the way.

    A value shared by rows that clearly speak of different people joins nobody. Where only a chain of keys leads from
    one person to another, the weakest kind of key in it gives way, then the next.
    """
    values, contested = _trusted(rows, terms, stream)
    found: list[Rows] = []
    keys, trusted = join_keys(terms), set(values)
    for group in _joined(rows, values, keys):
        found += _without_chains(group, trusted, keys, terms, stream, contested)
    return found, contested


def records(person: Rows, terms: StreamTerms, contested: Sequence[Contested]) -> list[Rows]:
    """The rows of one person by the keys of a record alone."""
    kinds = [REFS, *terms.same_record]
    off = {(each.key, each.value) for each in contested}
    return _joined(person, {at: group for at, group in shared(person, kinds).items() if at not in off}, kinds)


def shared(rows: Iterable[Contribution], keys: Sequence[Key]) -> dict[At, Rows]:
    """(key, value) -> the rows that have it."""
    found: dict[At, Rows] = defaultdict(list)
    for row in rows:
        for key in keys:
            for value in dict.fromkeys(row.values(key)):
                found[key_name(key), value].append(row)
    return found


def _trusted(rows: Rows, terms: StreamTerms, stream: Stream) -> tuple[dict[At, Rows], list[Contested]]:
    trusted: dict[At, Rows] = {}
    contested = []
    for at, holders in shared(rows, join_keys(terms)).items():
        if len(holders) > 1 and any_two_speak_against(holders, terms.guards, stream):
            contested.append(Contested(at[0], at[1], tuple(holders)))
        else:
            trusted[at] = holders
    return trusted, contested


def _without_chains(
    group: Rows, trusted: set[At], keys: Sequence[Key], terms: StreamTerms, stream: Stream, contested: list[Contested]
) -> list[Rows]:
    if len(group) == 1 or not any_two_speak_against(group, terms.guards, stream):
        return [group]
    fewer = keys[:-1]
    parts = _joined(group, {at: rows for at, rows in shared(group, fewer).items() if at in trusted}, fewer)
    if len(parts) > 1:
        contested.append(Contested(key_name(keys[-1]), None, tuple(group)))
    return [each for part in parts for each in _without_chains(part, trusted, fewer, terms, stream, contested)]


def _joined(rows: Rows, values: Mapping[At, Rows], keys: Sequence[Key]) -> list[Rows]:
    together, kinds = Together(), {key_name(key) for key in keys}
    for (kind, _), holders in values.items():
        if kind in kinds:
            together.join(holders)
    return together.split(rows)
