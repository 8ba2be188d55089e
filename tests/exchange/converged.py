"""What must hold between two nodes once nothing is under way any more, and running them until nothing is."""

from collections.abc import Sequence
from contextlib import suppress

from corridor import entries, ledger_is_whole
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from test_repair import time_passes, unsent

from amanah.exchange.transport import OtherContent
from amanah.node.node import Node
from amanah.store import tables
from schemas.envelope import STATUS_STREAM

LATER = "2026-10"
SEALED = {"outbox", "inbox", "node.yaml"}  # what may be left in a node's store


def rows(node: Node, direction: str) -> dict[str, object]:
    """The messages of ``node`` in ``direction``, in their sequence, by id."""
    with node.database.engine.connect() as connection:
        query = select(tables.message).where(tables.message.c.direction == direction)
        return {row.message_id: row for row in connection.execute(query.order_by(tables.message.c.sequence))}


def quiet(node: Node) -> bool:
    """Nothing of ours waits for an answer, nothing of theirs for us, and what was refused is said again already."""
    waiting = {
        row.message_id
        for row in [*rows(node, "out").values(), *rows(node, "in").values()]
        if row.state in {"built", "sent", "received", "held"} or (row.state == "stored" and row.stream != STATUS_STREAM)
    }
    return not waiting and not unsent(node)


def run_until_quiet(corridor, most: int = 8) -> int:
    """Let both deliver, collect and admit while days pass, until nothing is under way; return the rounds it took."""
    nodes = (corridor.idn, corridor.sau)
    for number in range(1, most + 1):
        for node in nodes:
            with suppress(OtherContent):
                node.deliver(corridor.wires[node.us])
        for node in nodes:
            node.collect(corridor.wires[node.us])
            node.admit()
        if all(quiet(node) for node in nodes):
            return number
        for node in nodes:
            time_passes(node)
            if unsent(node) and number == 3:  # a month ends
                node.publish("placement", LATER)
    raise AssertionError(f"still something under way after {most} rounds")


def believed(node: Node) -> set[str]:
    """The records that ``node`` believes its partner to hold."""
    table = tables.sent_record
    with node.database.engine.connect() as connection:
        said = connection.execute(select(table).where(~table.c.rejected).order_by(table.c.sequence)).all()
    last = {row.record_ref: row.action for row in said}
    return {ref for ref, action in last.items() if action != "withdraw"}


def check_messages(ours: Node, theirs: Node) -> None:
    """Everything that ``ours`` sent came, in order, and was answered once, with the same answer on both sides."""
    sent, came = rows(ours, "out"), rows(theirs, "in")
    for stream in ours.endpoint.streams:
        for side in (sent, came):
            numbers = [row.sequence for row in side.values() if row.stream == stream]
            assert numbers == list(range(1, len(numbers) + 1))
    for row in sent.values():
        if row.stream != STATUS_STREAM:
            assert row.state in {"accepted", "rejected"}, row.message_id
            assert came[row.message_id].state == "answered"
            assert came[row.message_id].answer == row.answer
            assert not row.put_again
        else:
            assert row.state == "stored"
    assert {row.state for row in came.values()} <= {"answered", "settled"}
    of_records = sorted(name for name, row in sent.items() if row.stream != STATUS_STREAM)
    assert sorted(entry.message_id for entry in entries(theirs) if entry.event == "answered") == of_records
    done = sorted(entry.message_id for entry in entries(ours) if entry.event in {"accepted", "rejected"})
    assert done == of_records


def check_store(node: Node) -> None:
    """The store holds sealed packages only; what was opened or built is gone."""
    left = [path.relative_to(node.settings.store) for path in node.settings.store.rglob("*") if path.is_file()]
    assert {path.parts[0] for path in left} <= SEALED


def check_all(corridor) -> None:
    """Both hold the same of both sides' records, every message was answered once, the ledgers are whole."""
    for ours, theirs in ((corridor.idn, corridor.sau), (corridor.sau, corridor.idn)):
        check_messages(ours, theirs)
        for stream in ours.agreement.streams:
            fields = ours.agreement.granted(stream, sender=ours.us)
            here, there = (_shown(node, ours.us, stream, fields) for node in (ours, theirs))
            assert here == there
        assert not unsent(ours)
        assert ledger_is_whole(ours)
        check_store(ours)


def _shown(node: Node, holder: str, stream: str, fields: Sequence[str]) -> dict[str, dict[str, object]]:
    """What ``node`` holds of ``holder``'s records in the ``fields``, by reference."""
    table = tables.RECORDS[stream]
    newest = select(table).ext(distinct_on(table.c.record_ref)).where(table.c.holder == holder)
    with node.database.engine.connect() as connection:
        found = connection.execute(newest.order_by(table.c.record_ref, table.c.revision.desc())).mappings().all()
    return {row["record_ref"]: {field: row[field] for field in fields} for row in found if not row["withdrawn"]}
