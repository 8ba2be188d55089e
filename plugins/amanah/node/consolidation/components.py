"""Rows that hang together through keys, with the keys that cannot be trusted left out."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from amanah.node.consolidation.contribution import Contribution
from amanah.node.consolidation.guards import any_two_speak_against, by_person
from amanah.node.consolidation.terms import Key, StreamTerms
from schemas.streams import Stream

REFS: Key = ("record_ref", "earlier_record_refs")

Rows = list[Contribution]
At = tuple[str, str | None]  # key, value
Trusted = Mapping[At, list[Rows]]  # the rows that a value joins, in as many groups as there are people who have it
Against = Callable[[Rows], bool]  # whether any two rows speak of different people


@dataclass(frozen=True)
class Contested:
    """A key that would join ``parts``, which speak of different people; without ``value`` through a chain."""

    key: str
    value: str | None = field(repr=False)
    parts: tuple[Rows, ...]


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


def people(rows: Rows, terms: StreamTerms, stream: Stream) -> tuple[list[Rows], Trusted, list[Contested]]:
    """``rows`` by person, what each value of a key joins, and the keys that were contested on the way.

    A value shared by rows that clearly speak of different people joins each of these people's rows and nobody else.
    Where only a chain of keys leads from one person to another, the weakest kind of key in it gives way, then the next.
    """
    trusted, contested = _trusted(rows, terms, stream)
    keys = join_keys(terms)
    against = partial(any_two_speak_against, guards=terms.guards, stream=stream)
    found: list[Rows] = []
    for group in _joined(rows, trusted.values()):
        found += _without_chains(group, trusted, keys, against, contested)
    return found, trusted, contested


def records(person: Rows, terms: StreamTerms, trusted: Trusted) -> list[Rows]:
    """The rows of one person by the keys of a record alone."""
    return _joined(person, _among(person, trusted, [REFS, *terms.same_record]))


def shared(rows: Iterable[Contribution], keys: Sequence[Key]) -> dict[At, Rows]:
    """(key, value) -> the rows that have it."""
    found: dict[At, Rows] = defaultdict(list)
    for row in rows:
        for key in keys:
            for value in dict.fromkeys(row.values(key)):
                found[key_name(key), value].append(row)
    return found


def _trusted(rows: Rows, terms: StreamTerms, stream: Stream) -> tuple[dict[At, list[Rows]], list[Contested]]:
    trusted: dict[At, list[Rows]] = {}
    contested = []
    for at, holders in shared(rows, join_keys(terms)).items():
        trusted[at] = by_person(holders, terms.guards, stream) if len(holders) > 1 else [holders]
        if len(trusted[at]) > 1:
            contested.append(Contested(at[0], at[1], tuple(trusted[at])))
    return trusted, contested


def _among(rows: Rows, trusted: Trusted, keys: Sequence[Key]) -> list[list[Rows]]:
    """What each value of ``keys`` joins among ``rows``."""
    here = {row.id for row in rows}
    return [[[row for row in part if row.id in here] for part in trusted[at]] for at in shared(rows, keys)]


def _joined(rows: Rows, joining: Iterable[Iterable[Rows]]) -> list[Rows]:
    together = Together()
    for parts in joining:
        for part in parts:
            together.join(part)
    return together.split(rows)


def _without_chains(
    group: Rows, trusted: Trusted, keys: Sequence[Key], against: Against, contested: list[Contested]
) -> list[Rows]:
    """``group`` by person: by the stronger keys, then joined by the weakest kind where that leads to nobody else."""
    if len(group) == 1 or not against(group):
        return [group]
    stronger = _joined(group, _among(group, trusted, keys[:-1]))
    found = [each for part in stronger for each in _without_chains(part, trusted, keys[:-1], against, contested)]
    part_of = {row.id: at for at, part in enumerate(found) for row in part}
    bridges = [part for parts in _among(group, trusted, keys[-1:]) for part in parts]
    bridges = [bridge for bridge in bridges if len({part_of[row.id] for row in bridge}) > 1]
    safe = [
        bridge
        for bridge in bridges
        if not against([row for at in {part_of[row.id] for row in bridge} for row in found[at]])
    ]
    joined = _joined(group, [[*found, *safe]])
    mended = [part for whole in joined for part in ([whole] if not against(whole) else _inside(found, whole))]
    if bridges and len(mended) > 1:
        contested.append(Contested(key_name(keys[-1]), None, tuple(mended)))
    return mended


def _inside(found: Sequence[Rows], whole: Rows) -> list[Rows]:
    ids = {row.id for row in whole}
    return [part for part in found if part[0].id in ids]
