"""What is spoilt or lost after it came is fetched again; other content under a taken id is told and not taken."""

import os

import pytest
from builders import a_placement
from corridor import MONTH, NEXT_MONTH, alarms, answer, entries, holds, ledger_is_whole, message, states
from test_repair import time_passes

from amanah.exchange import replaced
from amanah.exchange.again import MOST_TIMES
from amanah.exchange.codes import Code
from amanah.exchange.ledger.check import check

pytestmark = pytest.mark.slow

FIRST, ANSWER = "IDN-SAU-placement-000001", "SAU-IDN-status-000001"


@pytest.fixture
def answered(corridor):
    """Indonesia's first message was answered; the answer lies in Indonesia's inbox, unread."""
    corridor.send(a_placement("IDN-P-1"))
    corridor.sau.collect(corridor.wires["SAU"])
    corridor.sau.admit()
    corridor.sau.deliver(corridor.wires["SAU"])
    corridor.idn.collect(corridor.wires["IDN"])
    return corridor


def spoil(path):
    sealed = bytearray(path.read_bytes())
    sealed[len(sealed) // 2] ^= 1
    path.write_bytes(sealed)


def inbox(node, message_id):
    return node.endpoint.inbox(f"{message_id}.tar.pgp")


def ledger_holds(node):
    return check(node.endpoint, room_bytes=10**9).faults == ()


class TestAnAnswer:
    def test_that_is_spoilt_after_it_was_fetched_is_fetched_again(self, answered):
        spoil(inbox(answered.idn, ANSWER))
        answered.idn.admit()
        assert states(answered.idn)[FIRST] == "stored"

        answered.exchange()

        assert states(answered.idn)[FIRST] == "accepted"
        assert answer(answered.idn, FIRST) == answer(answered.sau, FIRST)
        assert alarms(answered.idn) == alarms(answered.sau) == []
        assert ledger_holds(answered.idn)

    def test_that_was_spoilt_before_its_hash_was_taken_is_fetched_again_too(self, answered):
        """Here: between the last byte and the note in the database."""
        [lies] = answered.point.room("SAU", "status").iterdir()
        sound = lies.read_bytes()
        spoil(lies)
        answered.sau.endpoint.outbox(f"{ANSWER}.tar.pgp").write_bytes(sound)
        inbox(answered.idn, ANSWER).unlink()
        answered.idn.collect(answered.wires["IDN"])
        lies.write_bytes(sound)

        answered.idn.admit()
        answered.exchange()

        assert states(answered.idn)[FIRST] == "accepted"
        assert alarms(answered.idn) == []
        assert ledger_holds(answered.idn)

    def test_that_is_lost_here_is_fetched_again_and_what_comes_after_it_waits(self, answered):
        answered.send(a_placement("IDN-P-2"), month=NEXT_MONTH)
        answered.sau.collect(answered.wires["SAU"])
        answered.sau.admit()
        answered.sau.deliver(answered.wires["SAU"])
        answered.idn.collect(answered.wires["IDN"])
        spoil(inbox(answered.idn, ANSWER))
        answered.idn.admit()
        assert states(answered.idn)["SAU-IDN-status-000002"] == "held"

        answered.exchange()

        assert [states(answered.idn)[f"IDN-SAU-placement-00000{number}"] for number in (1, 2)] == ["accepted"] * 2
        assert not any(name.startswith("IDN-SAU-status") for name in states(answered.idn))  # nobody had to be asked

    def test_that_the_exchange_point_has_lost_as_well_is_asked_for(self, answered):
        inbox(answered.idn, ANSWER).unlink()
        [lies] = answered.point.room("SAU", "status").iterdir()
        lies.unlink()

        for _ in range(2):
            answered.exchange()

        assert states(answered.idn)[FIRST] == "accepted"
        assert states(answered.idn)["IDN-SAU-status-000001"] == "stored"

    def test_that_is_spoilt_each_time_is_an_alarm_in_the_end_and_given_anew_when_it_is_overdue(self, answered):
        for _ in range(MOST_TIMES + 1):
            spoil(inbox(answered.idn, ANSWER))
            answered.idn.admit()
            answered.idn.collect(answered.wires["IDN"])
        assert states(answered.idn)[ANSWER] == "settled"
        assert len(alarms(answered.idn)) == 1

        [lies] = answered.point.room("SAU", "status").iterdir()
        spoil(lies)
        time_passes(answered.idn)
        for _ in range(3):
            answered.exchange()
        assert states(answered.idn)[FIRST] == "accepted"


class TestAMessageOfRecords:
    def test_that_is_spoilt_after_it_was_fetched_is_not_the_senders_fault(self, corridor):
        corridor.send(a_placement("IDN-P-1"))
        corridor.sau.collect(corridor.wires["SAU"])
        spoil(inbox(corridor.sau, FIRST))
        corridor.sau.admit()
        assert states(corridor.sau)[FIRST] == "received"

        corridor.exchange()

        assert states(corridor.idn)[FIRST] == "accepted"
        assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1"}
        events = [entry.event for entry in entries(corridor.sau) if entry.message_id == FIRST]
        assert events == ["received", "let go", "fetched again", "answered"]
        assert ledger_holds(corridor.sau)

    def test_that_came_spoilt_is_refused_at_once(self, corridor):
        """Its sender builds it anew; to fetch the same once more would change nothing."""
        corridor.send(a_placement("IDN-P-1"))
        spoil(corridor.point.room("IDN", "placement") / f"{FIRST}.tar.pgp")
        corridor.sau.collect(corridor.wires["SAU"])
        corridor.sau.admit()

        assert [error.code for error in answer(corridor.sau, FIRST).file_errors] == [Code.CANNOT_OPEN]

    def test_that_vanished_from_the_inbox_does_not_stop_the_others(self, corridor):
        corridor.send(a_placement("IDN-P-1"))
        corridor.sau.collect(corridor.wires["SAU"])
        inbox(corridor.sau, FIRST).unlink()
        corridor.idn.publish("complaint", MONTH)
        corridor.idn.deliver(corridor.wires["IDN"])

        corridor.exchange()

        assert {states(corridor.idn)[name] for name in (FIRST, "IDN-SAU-complaint-000001")} == {"accepted"}


class TestOtherContentUnderATakenId:
    """Over SFTP a listing tells size and time of a file; the hash is known only of what was fetched."""

    @pytest.mark.parametrize("length", ["another", "the same"])
    @pytest.mark.parametrize("taken", ["admitted", "only fetched"])
    def test_is_told_once_and_the_first_stands(self, corridor, length, taken):
        corridor.send(a_placement("IDN-P-1"))
        corridor.sau.collect(corridor.wires["SAU"])
        if taken == "admitted":
            corridor.exchange()
        lies = corridor.point.room("IDN", "placement") / f"{FIRST}.tar.pgp"
        other = lies.read_bytes()[::-1] + (b"more" if length == "another" else b"")
        written = lies.stat().st_mtime
        lies.write_bytes(other)
        os.utime(lies, (written + 60, written + 60))

        for _ in range(3):
            corridor.exchange()

        assert alarms(corridor.sau) == [replaced.REASON]
        assert states(corridor.idn)[FIRST] == "accepted"
        assert [entry.event for entry in entries(corridor.sau)].count("answered") == 1
        assert ledger_is_whole(corridor.sau)
        assert ledger_holds(corridor.sau)
        assert not list(corridor.sau.settings.store.glob(".*"))

    def test_the_same_content_put_again_is_nothing_to_tell(self, corridor):
        corridor.send(a_placement("IDN-P-1"))
        corridor.exchange()
        lies = corridor.point.room("IDN", "placement") / f"{FIRST}.tar.pgp"
        os.utime(lies, (1, 1))

        corridor.exchange()

        assert alarms(corridor.sau) == []
        assert message(corridor.sau, FIRST).mark.endswith(" 1")
