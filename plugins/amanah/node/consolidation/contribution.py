"""What one system says of one of its rows: its newest row, with what its earlier rows said and this one does not.

A system's silence wipes nothing: an export that lacks a column, or a form left empty at a renewal, is "not available",
not "no longer so". A field that the system empties on purpose is named in its terms (``clears``). Values are as JSON
keeps them: texts, whole numbers, lists of texts.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

from schemas.record import NOT_APPLICABLE
from schemas.values import amount_text

Said = Mapping[str, Any]


@dataclass(frozen=True)
class Contribution:
    """The row ``source_ref`` of ``source``; ``since`` says of which moment a value is that an earlier row gave."""

    source: str
    source_ref: str
    updated_at: datetime
    known_in: str
    fingerprint: str
    said: Said = field(repr=False)
    since: Mapping[str, str] = field(default_factory=dict, repr=False)
    record_ref: str | None = None

    @property
    def id(self) -> tuple[str, str]:
        """Which row of which system."""
        return self.source, self.source_ref

    def said_at(self, name: str) -> datetime:
        """When the system said what it says of the field ``name``."""
        moment = self.since.get(name)
        return self.updated_at if moment is None else datetime.fromisoformat(moment)

    def says_the_same_as(self, other: "Contribution") -> bool:
        """Whether both say the same, of the same moments."""
        return self.said == other.said and all(self.said_at(name) == other.said_at(name) for name in self.said)

    def values(self, fields: Collection[str]) -> Iterator[str]:
        """Every value that stands in one of ``fields``, lists item by item."""
        for name in fields:
            value = self.said.get(name)
            if value is not None:
                yield from map(str, value if isinstance(value, list) else [value])


def from_record(
    source: str, record: Mapping[str, object], *, updated_at: datetime, known_in: str, fingerprint: str
) -> Contribution:
    """The contribution that a single valid row makes."""
    said = plain(record)
    moment = updated_at.astimezone(UTC)
    return Contribution(source, str(record["record_ref"]), moment, known_in, fingerprint, said)


def fold(earlier: Contribution | None, row: Contribution, clears: Collection[str]) -> Contribution:
    """Both rows of one system in one: for each field what was said last, in whichever order they arrived."""
    if earlier is None:
        return row
    newest = row if row.updated_at >= earlier.updated_at else earlier
    said: dict[str, Any] = {}
    since: dict[str, str] = {}
    for name in dict.fromkeys([*earlier.said, *row.said]):
        told = [(each.said_at(name), each.said.get(name)) for each in (earlier, row) if _speaks(each, name, clears)]
        moment, value = sorted(told, key=itemgetter(0))[-1]  # of the same moment: what came last
        if value is not None:
            said[name] = value
            since |= {name: moment.isoformat()} if moment != newest.updated_at else {}
    return replace(
        newest, said=said, since=since, known_in=max(earlier.known_in, row.known_in), record_ref=earlier.record_ref
    )


def _speaks(each: Contribution, name: str, clears: Collection[str]) -> bool:
    return name in each.said or name in clears or _does_not_apply(each, name)


def _does_not_apply(each: Contribution, name: str) -> bool:
    return name in (each.said.get(NOT_APPLICABLE) or ())


def plain(record: Mapping[str, object]) -> dict[str, Any]:
    """What ``record`` says, as JSON keeps it; what is absent is left out."""
    return {name: _plain(value) for name, value in record.items() if value is not None}


def _plain(value: object) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return amount_text(value) if isinstance(value, Decimal) else value
