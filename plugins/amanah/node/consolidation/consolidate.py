"""From the rows of one batch to the records they change: find what they touch, group it, merge it, keep what is new.

One transaction of the caller's; only what hangs together with a changed row is looked at.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection

from amanah.node.consolidation import kept_list, references
from amanah.node.consolidation.adoption import to_adopt
from amanah.node.consolidation.agreeing import Record
from amanah.node.consolidation.components import Rows
from amanah.node.consolidation.contribution import Contribution, fold
from amanah.node.consolidation.grouping import group
from amanah.node.consolidation.kept_rows import from_row, keys_of, to_row
from amanah.node.consolidation.listed import of_contested
from amanah.node.consolidation.naming import Naming
from amanah.node.consolidation.terms import StreamTerms
from amanah.store import amendments, contributions, records, witnesses
from amanah.store.fingerprint import fingerprint
from amanah.store.records import Revision
from schemas.agreement import Agreement
from schemas.streams import Stream

AT_ONCE = 20_000  # rows
Item = TypeVar("Item")


@dataclass(frozen=True)
class Consolidated:
    """What became of a batch: records changed, rows of it that are part of no record, entries put on the list."""

    changed: int
    unattached: int
    listed: int

    def __add__(self, other: "Consolidated") -> "Consolidated":
        """Both together."""
        return Consolidated(
            self.changed + other.changed, self.unattached + other.unattached, self.listed + other.listed
        )


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """``items`` in lists of at most ``size``."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some


@dataclass(frozen=True)
class Consolidation:
    """The consolidation of one stream of party ``us``."""

    us: str
    agreement: Agreement
    stream: Stream
    terms: StreamTerms

    def take(self, connection: Connection, rows: Iterable[Contribution], *, period: str, batch: str) -> Consolidated:
        """Take the rows of one system and bring the records they touch up to date as of ``period``.

        Some at a time: as the order of rows does not matter, memory need not hold them all.
        """
        done = (self._take(connection, some, period, batch) for some in batched(rows, AT_ONCE))
        return sum(done, start=Consolidated(0, 0, 0))

    def _take(self, connection: Connection, rows: Rows, period: str, batch: str) -> Consolidated:
        source = rows[0].source
        held = contributions.of_source(connection, self.stream.name, source, [row.source_ref for row in rows])
        before = {ref: from_row(row) for ref, row in held.items()}
        after = [fold(before.get(row.source_ref), row, self.terms.system(source).clears) for row in rows]
        moved = self._moved(connection, before, after)
        if moved:
            contributions.touch(connection, [each.id for each in moved])
            contributions.spread(connection, self.stream.name, only_next=True)
        contributions.put(
            connection, [to_row(self.stream, each) for each in after if each != before.get(each.source_ref)]
        )
        changed, listed = self._bring_up_to_date(connection, period, batch) if moved else (0, 0)
        held = contributions.of_source(connection, self.stream.name, source, [row.source_ref for row in rows])
        return Consolidated(changed, sum(row.record_ref is None for row in held.values()), listed)

    def _moved(
        self, connection: Connection, before: Mapping[str, Contribution], after: Sequence[Contribution]
    ) -> list[Contribution]:
        """The rows of which a record may become another.

        What is said again of a later day changes a record only where another row of the same system is beside it.
        """
        said = {each.source_ref for each in after if not (old := before.get(each.source_ref)) or old.said != each.said}
        again = [
            each.source_ref
            for each in after
            if each.source_ref not in said and not each.says_the_same_as(before[each.source_ref])
        ]
        beside = contributions.beside_others(connection, self.stream.name, after[0].source, again) if again else set()
        return [each for each in after if each.source_ref in said | beside]

    def again(self, connection: Connection, *, period: str) -> Consolidated:
        """Make every record anew, as the terms are now; records from before there were terms are taken up.

        What a system said that is a witness now is no part of a record any more, and is kept as its testimony.
        """
        adopted = to_adopt(connection, self.stream, self.terms, us=self.us)
        contributions.put(connection, [to_row(self.stream, each) for each in adopted])
        name = self.stream.name
        done = Consolidated(0, 0, 0)
        for some in batched(contributions.ids(connection, name), AT_ONCE):
            contributions.touch(connection, some)
            changed, listed = self._bring_up_to_date(connection, period, f"consolidate {period}")
            done += Consolidated(changed, 0, listed)
        for witness in self.terms.witnesses:
            witnesses.take_over(connection, name, witness)
        return done + Consolidated(0, contributions.count_unattached(connection, name), 0)

    def _bring_up_to_date(self, connection: Connection, period: str, batch: str) -> tuple[int, int]:
        """Make the records of the touched rows anew; return how many changed and how much is newly listed."""
        name = self.stream.name
        rows = [from_row(row) for row in contributions.touched(connection, name)]
        contributions.set_keys(connection, name, keys_of(rows, self.terms))
        if contributions.spread(connection, name):
            rows = [from_row(row) for row in contributions.touched(connection, name)]
        refs = {row.source_ref for row in rows} | {row.record_ref for row in rows if row.record_ref is not None}
        parts = [row for row in rows if row.source not in self.terms.witnesses]
        found, contested = group(parts, self.terms, self.stream)
        sent = contributions.first_sent(connection, name, refs)
        made, listed = Naming(self.us, self.stream, self.terms, sent).records(found)
        part_of = {row.id: record.record_ref for record in made for row in record.rows}
        assigned = {row.id: part_of.get(row.id) for row in rows if row.record_ref != part_of.get(row.id)}
        contributions.assign(connection, name, assigned)
        changed = self._keep(connection, made, refs, period)
        references.point_again(connection, self.agreement, name, refs, us=self.us, known_in=period)
        listed += of_contested(contested, self.terms)
        return changed, kept_list.keep(connection, listed, refs, period, batch)

    def _keep(self, connection: Connection, made: Sequence[Record], refs: Collection[str], period: str) -> int:
        """Add a revision of each record that is not what it was, and withdraw those that are part of another now."""
        known = records.latest(connection, self.stream.name, holder=self.us, refs=sorted(refs))
        valid = [(record, dict(record.values)) for record in made if record.values is not None]
        values = references.pointed(connection, self.agreement, self.stream, [each for _, each in valid], us=self.us)
        values = amendments.applied(connection, self.stream, values)
        revisions: dict[tuple[str, str], list[Revision]] = defaultdict(list)
        for (record, _), content in zip(valid, values, strict=True):
            before = known.get(record.record_ref)
            now = fingerprint(content, self.stream.fields)
            if before is None or before.withdrawn or now != before.fingerprint:
                origin = ", ".join(sorted({row.source for row in record.rows}, key=self.terms.rank))
                month = max(period, *(row.known_in for row in record.rows))
                revisions[month, origin].append(
                    Revision(
                        record.record_ref,
                        (before.revision if before else 0) + 1,
                        content,
                        now,
                        origins=record.origins,
                    )
                )
        stays = {record.record_ref for record in made}
        until = {row.record_ref: max(period, row.known_in) for record in made for row in record.rows}
        for ref, before in known.items():
            if not before.withdrawn and ref not in stays:
                looks = fingerprint({"record_ref": ref}, self.stream.fields)
                revisions[until.get(ref, period), "consolidation"].append(
                    Revision(ref, before.revision + 1, {"record_ref": ref}, looks, withdrawn=True)
                )
        for (month, origin), each in revisions.items():
            records.add_ours(connection, self.stream.name, each, us=self.us, known_in=month, origin=origin)
        return sum(map(len, revisions.values()))
