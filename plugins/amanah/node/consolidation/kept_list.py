"""The list for a person as it is kept: new entries are added, those that no longer hold are closed."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection

from amanah.node.consolidation.listed import Code, Listed
from amanah.store import quarantine


def keep(connection: Connection, listed: Sequence[Listed], refs: Collection[str], period: str, batch: str) -> int:
    """Put what is new on the list, and close what no longer holds; return how much is new."""
    wanted = {each.id: each for each in listed}
    held = {tuple(row)[1:]: row.id for row in quarantine.waiting_findings(connection, refs, list(Code))}
    over = [number for key, number in held.items() if key not in wanted]
    quarantine.settle(connection, over, quarantine.State.SUPERSEDED, by=batch, why="the finding no longer holds")
    fresh = [each for key, each in wanted.items() if key not in held]
    quarantine.add(
        connection,
        [
            {
                "source": each.source,
                "period": period,
                "position": "consolidation",
                "record_ref": each.record_ref,
                "field": each.field,
                "code": each.code.value,
                "message": each.message,
                "raw": each.raw,
            }
            for each in fresh
        ],
    )
    return len(fresh)
