"""The ledger at a glance: its head, its room, who could rewrite it. Whether it holds, ``amanah ledger verify`` says."""

from collections.abc import Iterator

from sqlalchemy import Connection

from amanah.exchange import ledger
from amanah.exchange.ledger import room
from amanah.node.doctor.finding import Finding, State
from amanah.store.roles import power_over_ledger


def look_at(connection: Connection, *, allowed: int) -> Iterator[Finding]:
    """``allowed`` is the room in bytes that ``node.yaml`` gives it."""
    head = ledger.head(connection)
    said = f"its head is {head}" if head is not None else "no entry yet"
    yield Finding("ledger", State.OK, said)
    found = room.measure(connection, allowed=allowed)
    warning = found.warning
    if warning is None:
        used = f"{found.bytes / 1e6:,.0f} of {allowed / 1e6:,.0f} MB used"
        yield Finding("ledger room", State.OK, used)
    else:
        yield Finding("ledger room", State.WARNING, warning, "docs/evidence.md, Room")
    power = power_over_ledger(connection)
    if power.could_rewrite:
        do = "give node.yaml a database_owner: docs/production.md, section 9"
        yield Finding("ledger role", State.WARNING, f"role {power.role} could rewrite the ledger", do)
    else:
        yield Finding("ledger role", State.OK, f"role {power.role} can add to the ledger, not change it")
