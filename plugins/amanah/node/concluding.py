"""Concluding a month: what was found and what witnesses said is recorded, cases follow, the month is certified.

All in one transaction of the caller's, so that a month is concluded or untouched.
"""

from typing import Any

from sqlalchemy import Connection

from amanah.cases.worklist import Changes, update_cases
from amanah.exchange.certificate import certify
from amanah.exchange.endpoint import Endpoint
from amanah.node import carrying_on
from amanah.node.findings import Findings
from amanah.node.witness.hearing import Heard
from amanah.store import findings


def conclude(connection: Connection, endpoint: Endpoint, found: Findings, heard: Heard, *, period: str) -> Changes:
    """Record ``period``, and return what became of the cases.

    Raises ``Overtaken`` when another run has been kept since this one began.
    """
    agreement = endpoint.agreement
    findings.record(
        connection,
        period,
        links=found.links,
        discrepancies=found.discrepancies,
        summary={**found.summary, **({"witnesses": heard.summary} if heard.summary else {})},
        again=carrying_on.looked_at(found),
    )
    findings.record_heard(connection, period, said=heard.said, in_neither=heard.in_neither)
    carrying_on.keep(connection, agreement, found, period=period)
    changes = update_cases(connection, agreement, us=endpoint.us, period=period)
    certify.give(connection, endpoint, period, links=found.linked, discrepancies=_by_class(found.discrepancies))
    return changes


def _by_class(discrepancies: Any) -> dict[str, dict[str, int]]:
    """Stream -> class -> how many."""
    counted: dict[str, dict[str, int]] = {}
    for row in discrepancies.group_by(["stream", "class"]).aggregate([([], "count_all")]).to_pylist():
        counted.setdefault(row["stream"], {})[row["class"]] = row["count_all"]
    return counted
