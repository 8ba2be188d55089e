"""Loading valid rows as records: as each system gives them, several systems' rows as one, or a witness' rows apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from amanah.node.consolidation.consolidate import Consolidation as StreamConsolidation
from amanah.node.consolidation.contribution import from_record, plain
from amanah.node.consolidation.references import pointed
from amanah.node.consolidation.terms import Consolidation
from amanah.store import amendments, contributions, findings, records, witnesses
from amanah.store.fingerprint import fingerprint
from amanah.store.locks import hold
from amanah.store.records import Revision
from amanah.store.witnesses import Said
from schemas.agreement import Agreement
from schemas.streams import Stream

Rows = Sequence[dict[str, object]]
Moments = Mapping[str, datetime]


@dataclass(frozen=True)
class Loaded:
    """Records changed; rows that are part of no record; entries put on the list for a person."""

    changed: int
    unattached: int = 0
    listed: int = 0


class Loader(Protocol):
    """How the valid rows of one system become records."""

    def news(self, connection: Connection, rows: Rows) -> set[str]:
        """The references of those ``rows`` that say something the node does not know yet."""

    def load(self, connection: Connection, rows: Rows, moments: Moments, *, period: str, batch: str) -> Loaded:
        """Load ``rows``, last changed at ``moments`` by reference, as known in ``period`` or the first open month."""


@dataclass(frozen=True)
class AsGiven:
    """Each row is a record, under the system's own reference."""

    us: str
    agreement: Agreement
    stream: Stream
    source: str
    consolidation: Consolidation

    def news(self, connection: Connection, rows: Rows) -> set[str]:
        """Rows whose record is not known, or looks otherwise."""
        return {revision.record_ref for revision in self._revisions(connection, rows)}

    def load(self, connection: Connection, rows: Rows, moments: Moments, *, period: str, batch: str) -> Loaded:  # noqa: ARG002
        """Add a revision for each row that says something new."""
        if self._points:
            hold(connection, "consolidate")
        revisions = self._revisions(connection, rows)
        known_in = findings.first_open_period(connection, period)
        records.add_ours(connection, self.stream.name, revisions, us=self.us, known_in=known_in, origin=self.source)
        return Loaded(len(revisions))

    @property
    def _points(self) -> bool:
        """Whether the rows refer to records that several systems make together."""
        return self.agreement.streams[self.stream.name].linkage.parent_stream in self.consolidation

    def _revisions(self, connection: Connection, rows: Rows) -> list[Revision]:
        if self._points:
            rows = pointed(connection, self.agreement, self.stream, rows, us=self.us)
        rows = amendments.applied(connection, self.stream, rows)
        refs = [str(row["record_ref"]) for row in rows]
        known = records.latest(connection, self.stream.name, holder=self.us, refs=refs)
        revisions = []
        for row, ref in zip(rows, refs, strict=True):
            looks = fingerprint(row, self.stream.fields)
            before = known.get(ref)
            if before is None or looks != before.fingerprint:
                revisions.append(Revision(ref, (before.revision if before else 0) + 1, row, looks))
        return revisions


@dataclass(frozen=True)
class Consolidating:
    """Each row is what one system says; the records are made of all of them."""

    source: str
    into: StreamConsolidation

    def news(self, connection: Connection, rows: Rows) -> set[str]:
        """Rows that the system has not sent like this before."""
        refs = [str(row["record_ref"]) for row in rows]
        held = contributions.of_source(connection, self.into.stream.name, self.source, refs)
        looks = {ref: row.fingerprint for ref, row in held.items()}
        fields = self.into.stream.fields
        return {ref for ref, row in zip(refs, rows, strict=True) if fingerprint(row, fields) != looks.get(ref)}

    def load(self, connection: Connection, rows: Rows, moments: Moments, *, period: str, batch: str) -> Loaded:
        """Keep what the system says now and bring the records it touches up to date."""
        hold(connection, "consolidate")
        known_in = findings.first_open_period(connection, period)
        said = (
            from_record(
                self.source,
                row,
                updated_at=moments[str(row["record_ref"])],
                known_in=known_in,
                fingerprint=fingerprint(row, self.into.stream.fields),
            )
            for row in rows
        )
        done = self.into.take(connection, said, period=known_in, batch=batch)
        return Loaded(done.changed, done.unattached, done.listed)


@dataclass(frozen=True)
class Testifying:
    """Each row is a record of a witness: apart from ours, and never to be sent."""

    witness: str
    stream: Stream

    def news(self, connection: Connection, rows: Rows) -> set[str]:
        """Rows that say something else than the witness has said of the same reference."""
        return {each.record_ref for each in self._revisions(connection, rows)}

    def load(self, connection: Connection, rows: Rows, moments: Moments, *, period: str, batch: str) -> Loaded:  # noqa: ARG002
        """Add a revision for each row that says something new."""
        said = self._revisions(connection, rows)
        known_in = findings.first_open_period(connection, period)
        witnesses.add(connection, self.stream.name, self.witness, said, at=moments, known_in=known_in)
        return Loaded(len(said))

    def _revisions(self, connection: Connection, rows: Rows) -> list[Said]:
        refs = [str(row["record_ref"]) for row in rows]
        known = witnesses.latest(connection, self.stream.name, self.witness, refs)
        revisions = []
        for row, ref in zip(rows, refs, strict=True):
            looks = fingerprint(row, self.stream.fields)
            before = known.get(ref)
            if before is None or looks != before.fingerprint:
                revisions.append(Said(ref, (before.revision if before else 0) + 1, looks, plain(row)))
        return revisions


def loader(us: str, agreement: Agreement, stream: Stream, source: str, consolidation: Consolidation) -> Loader:
    """The way in which the rows of ``source`` become records of party ``us``."""
    terms = consolidation.get(stream.name)
    if terms is not None and source in terms.witnesses:
        return Testifying(source, stream)
    if terms is None:
        return AsGiven(us, agreement, stream, source, consolidation)
    return Consolidating(source, StreamConsolidation(us, agreement, stream, terms))
