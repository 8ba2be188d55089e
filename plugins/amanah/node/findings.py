"""Reconciling a node's two sides as of a period: one computation for the monthly work and for the frozen quarter.

Of everything, or of what changed since the month before: both find the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from amanah.cases import decisions
from amanah.node import changes, learning, sides
from amanah.reconcile import Known, Outcome, Sides, protection, reconcile
from amanah.reconcile.standing import SIDES, Position, advanced, nowhere, reopen
from amanah.store import positions
from amanah.store.database import Database
from schemas.agreement import Agreement

PLACEMENT, COMPLAINT = "placement", "complaint"
FROM_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Run:
    """A run on one stream.

    Attributes:
        since: the run that it went on from; None when it was on everything.
        heard: messages whose records it has seen.
        fell: pairs that stood before it and were looked at again.
        left_out: what stood still, and in ``others`` what was looked at.
        outcome: what it found.
        after: where it left off.
    """

    since: str | None
    heard: frozenset[str]
    fell: pa.Table
    left_out: Position
    outcome: Outcome
    after: Position


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes:
        links: of all streams, with the column ``stream``; without those that stood still.
        discrepancies: all there are, with the column ``stream``.
        linked: stream -> how many pairs are linked, those included that stood still.
        summary: counts of each stream.
        runs: stream -> the run that the next one may go on from.
    """

    links: pa.Table
    discrepancies: pa.Table
    linked: Mapping[str, int]
    summary: Mapping[str, Any]
    runs: Mapping[str, Run]


def find(
    database: Database,
    agreement: Agreement,
    *,
    us: str,
    period: str,
    going_on: Mapping[str, str] = FROM_NOTHING,
    anew: bool = False,
) -> Findings:
    """Reconcile every agreed stream as both sides are known at the end of ``period``.

    Our side is what the partner was sent and did not refuse, so that both sides compare the same records. A stream
    that hangs on another (a complaint on its placement) is reconciled after it.

    Args:
        database: the node's.
        agreement: what both sides agreed.
        us: our party.
        period: the month.
        going_on: streams of which only what changed is looked at, with the run that left the kept position.
        anew: whether to learn again what was learned from this month before.

    Raises:
        Overtaken: the kept position of such a stream is another run's now.
    """
    node = _Node(database, agreement, us, period)
    held: dict[str, _Held] = {}
    runs: dict[str, Run] = {}
    outcomes: dict[str, Outcome] = {}
    for name in sorted(agreement.streams, key=lambda stream: agreement.streams[stream].linkage.parent_stream or ""):
        parent = agreement.streams[name].linkage.parent_stream
        if parent is None:
            held[name], runs[name] = node.run(name, since=going_on.get(name), anew=anew)
            outcomes[name] = runs[name].outcome
        else:
            held[name] = node.current(name)
            held[parent] = node.with_parents(parent, held[parent], runs[parent], of=name, children=held[name])
            known = Known(node.parted(name))
            outcomes[name] = node.reconcile(name, held[name], parents=held[parent].links, known=known)
    dangers = protection(held[PLACEMENT].sides(), held[COMPLAINT].sides(), agreement=agreement, us=us)
    left_out = {name: run.left_out.standing.num_rows for name, run in runs.items()}
    return Findings(
        links=pa.concat_tables(_of_stream(found.links, name) for name, found in outcomes.items()),
        discrepancies=pa.concat_tables(
            [
                *(_of_stream(found.discrepancies, name) for name, found in outcomes.items()),
                _of_stream(dangers, PLACEMENT),
            ]
        ),
        linked={name: found.links.num_rows + left_out.get(name, 0) for name, found in outcomes.items()},
        summary={
            **{name: {**found.summary, "left_out": left_out.get(name, 0)} for name, found in outcomes.items()},
            "protection": {"discrepancies": dangers.num_rows},
        },
        runs=runs,
    )


class _Held(NamedTuple):
    """Records of both sides, and links between them (ours_ref, theirs_ref)."""

    ours: pa.Table
    theirs: pa.Table
    links: pa.Table | None = None

    def sides(self) -> Sides:
        return Sides(*self)


class _Node(NamedTuple):
    """What is reconciled, and as of when."""

    database: Database
    agreement: Agreement
    us: str
    period: str

    def current(self, stream: str, refs: Mapping[str, pa.Array] | None = None) -> _Held:
        """The current records of both sides; those that ``refs`` names, if given."""
        found = sides.current(self.database, self.agreement, stream, us=self.us, as_of=self.period, refs=refs)
        return _Held(*(found[side] for side in SIDES))

    def run(self, stream: str, *, since: str | None, anew: bool) -> tuple[_Held, Run]:
        """Reconcile what changed, or everything, of a stream that stands for itself."""
        with self.database.engine.connect() as connection:  # before reading: what comes meanwhile is read twice
            heard = changes.heard(connection, stream, self.period)
        parameters = learning.parameters(
            self.database, self.agreement, us=self.us, stream=stream, period=self.period, anew=anew
        )
        if since is not None:
            left = positions.load(self.database, stream, run=since)
            changed = changes.since(left, self.database, self.agreement, stream, us=self.us, period=self.period)
            before = Position(left.standing, left.others)
            left_out = reopen(before, changed, stream=stream, agreement=self.agreement, us=self.us)
            held = self.current(stream, left_out.others)
        else:
            before = left_out = nowhere()
            held = self.current(stream)
        outcome = self.reconcile(stream, held, known=Known(self.parted(stream), parameters=parameters))
        refs = (table["record_ref"].combine_chunks() for table in (held.ours, held.theirs))
        after = advanced(left_out, outcome.standing, *refs)
        fell = _without(before.standing, left_out.standing)
        return held._replace(links=outcome.links), Run(since, heard, fell, left_out, outcome, after)

    def parted(self, stream: str) -> pa.Table:
        """The pairs that an official of either side found not to be of one person."""
        with self.database.engine.connect() as connection:
            return decisions.in_force(connection, stream, self.period)

    def reconcile(self, stream: str, held: _Held, *, parents: pa.Table | None = None, known: Known) -> Outcome:
        """Reconcile the records that are held of one stream."""
        return reconcile(
            held.ours,
            held.theirs,
            stream=stream,
            agreement=self.agreement,
            us=self.us,
            period=self.period,
            parents=parents,
            known=known,
        )

    def with_parents(self, parent: str, held: _Held, run: Run, *, of: str, children: _Held) -> _Held:
        """What is held of ``parent``, and what of it stood still and is the parent ``of`` one of ``children``."""
        field = self.agreement.streams[of].linkage.parent
        standing = run.left_out.standing
        meant = pc.or_(
            *(
                pc.is_in(standing[f"{side}_ref"], table[field].combine_chunks())
                for side, table in zip(SIDES, (children.ours, children.theirs), strict=True)
            )
        )
        pairs = standing.filter(meant).select([f"{side}_ref" for side in SIDES])
        more = self.current(parent, {side: pairs[f"{side}_ref"].combine_chunks() for side in SIDES})
        return _Held(
            pa.concat_tables([held.ours, more.ours]),
            pa.concat_tables([held.theirs, more.theirs]),
            pa.concat_tables([run.outcome.links.select(pairs.column_names), pairs]),
        )


def _without(standing: pa.Table, still: pa.Table) -> pa.Table:
    return standing.filter(pc.invert(pc.is_in(standing["ours_ref"], still["ours_ref"].combine_chunks())))


def _of_stream(table: pa.Table, stream: str) -> pa.Table:
    return table.append_column("stream", pa.array([stream] * table.num_rows, pa.string()))
