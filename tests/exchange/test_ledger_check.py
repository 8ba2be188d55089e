"""Verifying the ledger: the chain, the messages and the kept packages, with what is wrong, where, and what to do."""

import dataclasses

import pytest
from builders import a_placement
from sqlalchemy import text

from amanah.exchange import ledger
from amanah.exchange.ledger import Head
from amanah.exchange.ledger import check as ledger_check
from amanah.store.database import Database

pytestmark = pytest.mark.slow

FIRST, ANSWER = "IDN-SAU-placement-000001", "SAU-IDN-status-000001"
ROOM = 1 << 30


@pytest.fixture
def node(corridor):
    """Indonesia's node after one exchange."""
    corridor.send(a_placement())
    corridor.exchange()
    return corridor.idn


@pytest.fixture
def as_owner(node, postgres):
    """Do something to the node's database that its own role may not."""

    def run(*statements):
        owner = Database(postgres.url(str(node.database.url.database)))
        with owner.engine.begin() as connection:
            connection.execute(text("ALTER TABLE ledger DISABLE TRIGGER ALL"))
            for statement in statements:
                connection.execute(text(statement))
            connection.execute(text("ALTER TABLE ledger ENABLE TRIGGER ALL"))
        owner.engine.dispose()

    return run


def found(node, **how):
    checked = ledger_check.check(node.endpoint, room_bytes=ROOM, **how)
    return [(fault.where, fault.what) for fault in checked.faults]


def test_an_exchange_leaves_a_ledger_that_holds(node):
    checked = ledger_check.check(node.endpoint, room_bytes=ROOM)

    assert checked.holds
    assert (checked.entries, checked.messages, checked.packages) == (6, 2, 2)
    assert not checked.power.could_rewrite
    with node.database.engine.connect() as connection:
        assert checked.head == ledger.head(connection)


@pytest.mark.parametrize(
    ("statement", "where", "what"),
    [
        ("UPDATE ledger SET event = 'x' WHERE event = 'accepted'", 5, "its content is not what was sealed"),
        ("DELETE FROM ledger WHERE position = 2", 2, "missing; the next entry is 3"),
        ("DELETE FROM ledger WHERE position = 1", 1, "missing; the next entry is 2"),
    ],
)
def test_a_changed_chain_is_found_where_it_was_changed(node, as_owner, statement, where, what):
    as_owner(statement)

    assert (f"entry {where}", what) in found(node)


@pytest.mark.parametrize(
    ("change", "message_id", "what"),
    [
        ("state = 'rejected'", FIRST, "the table says rejected, the ledger accepted"),
        ("package_sha256 = repeat('0', 64)", FIRST, "its package_sha256 is not the one in the ledger"),
        ("manifest_sha256 = repeat('0', 64)", FIRST, "its manifest_sha256 is not the one in the ledger"),
        ("manifest_sha256 = repeat('0', 64)", ANSWER, "its manifest_sha256 is not the one in the ledger"),
        ("manifest = '{}'", FIRST, "its manifest is not the one that its hash is of"),
        ("receipt = NULL", FIRST, "its receipt_sha256 is not the one in the ledger"),
    ],
)
def test_a_message_that_is_not_what_the_ledger_says_is_found(node, as_owner, change, message_id, what):
    as_owner(f"UPDATE message SET {change} WHERE message_id = '{message_id}'")

    assert (message_id, what) in found(node)


def test_a_message_that_only_one_of_the_two_knows_is_found(node, as_owner):
    as_owner(f"UPDATE message SET message_id = 'IDN-SAU-placement-000002' WHERE message_id = '{FIRST}'")

    assert (f"entry 1, {FIRST}", "the table of messages does not have it") in found(node)
    assert ("IDN-SAU-placement-000002", "the ledger does not say how it began") in found(node)


def test_a_damaged_or_lost_package_is_found(node):
    kept, answer = node.endpoint.outbox(f"{FIRST}.tar.pgp"), node.endpoint.inbox(f"{ANSWER}.tar.pgp")
    kept.write_bytes(kept.read_bytes() + b" ")
    answer.unlink()

    assert found(node) == [
        (ANSWER, "its package is gone from inbox/"),
        (FIRST, "its package in outbox/ is not the one that was exchanged"),
    ]
    assert found(node, packages=False) == []


def test_a_package_past_its_retention_may_be_gone(node, as_owner):
    node.endpoint.outbox(f"{FIRST}.tar.pgp").unlink()
    days = node.agreement.retention.packages + 1
    as_owner(f"UPDATE message SET answered_at = answered_at - interval '{days} days' WHERE message_id = '{FIRST}'")

    checked = ledger_check.check(node.endpoint, room_bytes=ROOM)

    assert (checked.holds, checked.packages_past_retention) == (True, 1)


@pytest.fixture
def noted(node):
    """The head as it was after the exchange."""
    with node.database.engine.connect() as connection:
        return ledger.head(connection)


def test_a_noted_head_is_found_again_however_long_the_ledger_grows(corridor, node, noted):
    corridor.send(a_placement("IDN-P-2"), month="2026-08")
    corridor.exchange()

    assert found(node, known=noted) == []


def test_a_chain_that_was_written_anew_is_found_only_by_a_noted_head(node, as_owner, noted):
    """Who owns the database can make a chain without a fault, but not one with the head that somebody noted."""
    with node.database.engine.connect() as connection:
        chain = list(ledger.entries(connection))
    changes, previous = [], ledger.BEFORE_THE_FIRST
    for old in chain:
        new = dataclasses.replace(old, at=old.at.replace(year=2025), previous_hash=previous)
        says = f"at = '{new.at.isoformat()}', previous_hash = '{previous}', hash = '{new.seal}'"
        changes.append(f"UPDATE ledger SET {says} WHERE position = {new.position}")
        previous = new.seal
    as_owner(*changes)

    assert found(node) == []
    assert found(node, known=noted) == [("entry 6", "is not the one that was noted: the chain was written anew")]


def test_a_ledger_that_lost_its_end_is_found_by_a_noted_head(node, as_owner, noted):
    as_owner("DELETE FROM ledger WHERE position = 6", f"DELETE FROM message WHERE message_id = '{ANSWER}'")

    assert ("entry 5", "the ledger ends here, but entry 6 was noted") in found(node, known=noted)


def test_every_fault_is_counted_and_the_first_hundred_told(node, as_owner):
    as_owner(
        "INSERT INTO ledger SELECT n, now(), 'x', 'x', '{}', lpad(n::text, 64, '0'), lpad(n::text, 64, 'f') "
        "FROM generate_series(7, 206) AS n"
    )

    checked = ledger_check.check(node.endpoint, room_bytes=ROOM)

    assert len(checked.faults) == ledger_check.MOST_FAULTS
    assert checked.faults_found > 200
    assert checked.faults[0].do


def test_the_check_keeps_out_of_the_exchanges_way(corridor, node):
    """Everything goes on while somebody verifies: the check sees one moment, and takes no lock."""
    went_on = []

    def exchange_meanwhile(_count):
        if not went_on:
            went_on.append(corridor.send(a_placement("IDN-P-2"), month="2026-08"))

    checked = ledger_check.check(node.endpoint, room_bytes=ROOM, told=exchange_meanwhile)

    assert (checked.holds, checked.entries) == (True, 6)
    assert ledger_check.check(node.endpoint, room_bytes=ROOM).entries == 9


@pytest.mark.parametrize("text_", ["", "abc:3", f"{'a' * 64}:0", f"{'a' * 64}", f"{'A' * 64}:3"])
def test_what_is_no_head_is_refused(text_):
    with pytest.raises(ValueError, match="expected HASH:POSITION"):
        Head.parse(text_)


def test_nothing_has_happened_yet(a_node):
    checked = ledger_check.check(a_node("IDN").endpoint, room_bytes=ROOM)

    assert (checked.holds, checked.entries, checked.head) == (True, 0, None)
