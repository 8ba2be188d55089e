"""Reconciling a node's two sides as of a period: one computation for the daily work and for the frozen quarter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from amanah.reconcile import Sides, protection, reconcile
from amanah.store import records
from amanah.store.database import Database
from schemas.agreement import Agreement


@dataclass(frozen=True)
class Findings:
    """Links and discrepancies of all streams, each with the column ``stream``; summaries hold counts only."""

    links: pa.Table
    discrepancies: pa.Table
    summary: Mapping[str, Any]


def find(database: Database, agreement: Agreement, *, us: str, period: str) -> Findings:
    """Reconcile every agreed stream as both sides are known at the end of ``period``.

    Our side is what the partner was sent and did not refuse, so that both sides compare the same records.

    A stream that hangs on another (a complaint on its placement) is reconciled after it.
    """
    sides: dict[str, Sides] = {}
    links, discrepancies, summary = [], [], {}
    for name in sorted(agreement.streams, key=lambda stream: agreement.streams[stream].linkage.parent_stream or ""):
        ours = records.current(database, name, holder=us, as_of=period, shared=True)
        theirs = records.current(database, name, holder=agreement.other(us), as_of=period)
        parent = agreement.streams[name].linkage.parent_stream
        parents = sides[parent].links if parent else None
        outcome = reconcile(ours, theirs, stream=name, agreement=agreement, us=us, period=period, parents=parents)
        sides[name] = Sides(ours, theirs, outcome.links)
        links.append(_of_stream(outcome.links, name))
        discrepancies.append(_of_stream(outcome.discrepancies, name))
        summary[name] = outcome.summary
    dangers = protection(sides["placement"], sides["complaint"], agreement=agreement, us=us)
    discrepancies.append(_of_stream(dangers, "placement"))
    summary["protection"] = {"discrepancies": dangers.num_rows}
    return Findings(pa.concat_tables(links), pa.concat_tables(discrepancies), summary)


def _of_stream(table: pa.Table, stream: str) -> pa.Table:
    return table.append_column("stream", pa.array([stream] * table.num_rows, pa.string()))
