"""Carrying on: where the last reconciliation left off, and whether the next can go on from there."""

from collections.abc import Mapping

import pyarrow as pa
from sqlalchemy import Connection

from amanah.cases import decisions
from amanah.node.findings import Findings
from amanah.node.learning import LINKER, month_of_learning
from amanah.store import positions
from amanah.store.positions import Left, Terms
from schemas.agreement import Agreement


def possible(connection: Connection, agreement: Agreement, *, period: str, newest: str | None) -> Mapping[str, str]:
    """The streams of which it is enough to look at what changed since the ``newest`` month, with the run that did it.

    Not in the month that is learned from, which takes all there is; nor where an agreement, a release of ours or a
    month that was reconciled again came in between, or a person's decision begins or ends, which may touch any pair.
    """
    if newest is None or newest >= period:
        return {}
    terms = Terms(newest, agreement.sha256, LINKER)
    marks = {name: positions.newest(connection, name) for name in agreement.streams}
    return {
        name: mark.run
        for name, mark in marks.items()
        if mark is not None
        and mark.terms == terms
        and month_of_learning(connection, name, period) < period
        and not decisions.changed_in(connection, name, period)
    }


def looked_at(found: Findings) -> Mapping[str, pa.Array]:
    """Stream -> references of our records that were looked at, of runs on what changed."""
    return {name: run.left_out.others["ours"] for name, run in found.runs.items() if run.since}


def keep(connection: Connection, agreement: Agreement, found: Findings, *, period: str) -> None:
    """Keep where the runs left off, and what was learned from this month.

    Raises ``Overtaken`` when another run has been kept since one of them began.
    """
    terms = Terms(period, agreement.sha256, LINKER)
    for name, run in found.runs.items():
        if run.outcome.parameters is not None and month_of_learning(connection, name, period) == period:
            positions.keep_parameters(connection, name, terms, run.outcome.parameters.to_json())
        left = Left(terms, run.heard, run.after.standing, run.after.others)
        if run.since is None:
            positions.begin(connection, name, left)
        else:
            positions.go_on(connection, name, left, since=run.since, standing=run.outcome.standing, fallen=run.fell)
