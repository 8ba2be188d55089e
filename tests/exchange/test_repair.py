"""Repair without a person: what was lost is asked for, what diverged is made equal, wrong beliefs are corrected."""

from contextlib import suppress
from datetime import timedelta

import pytest
from builders import a_placement
from corridor import (
    MONTH,
    NEXT_MONTH,
    alarms,
    answer,
    entries,
    hold,
    holds,
    ledger_is_whole,
    message,
    states,
)
from sqlalchemy import delete, select, update

from amanah.exchange.codes import Code
from amanah.exchange.transport import OtherContent
from amanah.store import tables
from schemas.envelope import Counts

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = (f"IDN-SAU-placement-{number:06d}" for number in (1, 2, 3))


def forget(node, table, *where):
    """The node loses rows, as a backup that is restored does."""
    with node.database.engine.begin() as connection:
        connection.execute(delete(table).where(*where))


def time_passes(node, *, hours=49):
    """The deadlines of ``node`` come ``hours`` nearer, and what it asked for was asked that much earlier."""
    back = timedelta(hours=hours)
    with node.database.engine.begin() as connection:
        due = tables.message.c.answer_due_at
        connection.execute(update(tables.message).values(answer_due_at=due - back))
        connection.execute(update(tables.gap).values(asked_at=tables.gap.c.asked_at - back))


class TestLost:
    def test_an_answer_that_got_lost_is_asked_for_once_it_is_overdue(self, corridor):
        corridor.send(a_placement())
        corridor.sau.collect()
        corridor.sau.admit()
        corridor.sau.deliver()
        for path in corridor.point.room("SAU", "status").iterdir():
            path.unlink()
        corridor.exchange()
        assert states(corridor.idn)[FIRST] == "stored"

        time_passes(corridor.idn)
        corridor.exchange()
        corridor.exchange()

        assert states(corridor.idn)[FIRST] == "accepted"
        assert [entry.event for entry in entries(corridor.sau)].count("answered") == 1

    def test_a_message_that_vanished_before_it_was_fetched_is_put_again_once_its_answer_is_overdue(self, corridor):
        corridor.send(a_placement())
        [path] = corridor.point.room("IDN", "placement").iterdir()
        sealed = path.read_bytes()
        path.unlink()

        time_passes(corridor.idn)
        corridor.exchange()

        assert path.read_bytes() == sealed
        assert states(corridor.idn)[FIRST] == "accepted"

    def test_a_silent_partner_is_asked_once_within_the_time_it_has(self, corridor):
        corridor.send(a_placement())
        time_passes(corridor.idn)

        for _ in range(3):
            corridor.idn.deliver()

        requests = [name for name in states(corridor.idn) if "-status-" in name]
        assert requests == ["IDN-SAU-status-000001"]

    def test_a_gap_is_asked_for_again_only_after_a_while(self, corridor):
        corridor.send(a_placement())
        corridor.send(a_placement(stage="completed"), month=NEXT_MONTH)
        (corridor.point.room("IDN", "placement") / f"{FIRST}.tar.pgp").unlink()
        (corridor.idn.endpoint.outbox(f"{FIRST}.tar.pgp")).rename(corridor.idn.settings.store / "kept")

        corridor.exchange()
        corridor.exchange()
        asked = [name for name in states(corridor.sau) if name.startswith("SAU-IDN-status-")]
        assert asked == ["SAU-IDN-status-000001"]
        assert alarms(corridor.idn) == ["asked for messages that are no longer kept; publish a snapshot of the stream"]

        (corridor.idn.settings.store / "kept").rename(corridor.idn.endpoint.outbox(f"{FIRST}.tar.pgp"))
        time_passes(corridor.sau)
        for _ in range(3):
            corridor.exchange()
        assert {states(corridor.idn)[number] for number in (FIRST, SECOND)} == {"accepted"}
        with corridor.sau.database.engine.connect() as connection:
            assert connection.execute(select(tables.gap)).all() == []

    def test_several_lost_messages_are_asked_for_in_one_request(self, corridor):
        for number, month in enumerate(("2026-07", "2026-08", "2026-09", "2026-10"), start=1):
            corridor.send(a_placement(f"IDN-P-{number}"), month=month)
        room = corridor.point.room("IDN", "placement")
        for number in (2, 3):
            (room / f"IDN-SAU-placement-{number:06d}.tar.pgp").unlink()

        for _ in range(3):
            corridor.exchange()

        assert set(holds(corridor.sau, "IDN")) == {f"IDN-P-{number}" for number in (1, 2, 3, 4)}
        [asked] = [entry.detail for entry in entries(corridor.idn) if entry.event == "asked"]
        assert asked == {"stream": "placement", "messages": 2}

    def test_answers_lost_both_ways_are_asked_for_although_each_request_waits_behind_one(self, corridor):
        """What asks for a lost answer travels in the stream in which the partner, too, misses one."""
        both = (corridor.idn, corridor.sau)
        for month in (MONTH, NEXT_MONTH):
            for node in both:
                node.publish("placement", month)
                node.deliver(corridor.wires[node.us])
            for node in both:
                node.collect(corridor.wires[node.us])
            for node in both:
                node.admit()
                node.deliver(corridor.wires[node.us])
            if month == MONTH:
                for party in ("IDN", "SAU"):
                    [answer_] = corridor.point.room(party, "status").iterdir()
                    answer_.unlink()

        for _ in range(4):
            corridor.exchange()
            for node in both:
                time_passes(node)

        for node, partner in (both, both[::-1]):
            assert {states(node)[f"{node.us}-{partner.us}-placement-00000{number}"] for number in (1, 2)} == {
                "accepted"
            }
            assert [entry.event for entry in entries(node)].count("answered") == 2


class TestOtherContentAtTheExchangePoint:
    def test_does_not_keep_the_other_packages_from_going(self, corridor):
        corridor.send(a_placement("IDN-P-1"))
        [path] = corridor.point.room("IDN", "placement").iterdir()
        path.write_bytes(b"damaged where it lay")
        time_passes(corridor.idn)

        hold(corridor.sau, a_placement("SAU-P-1"), month=MONTH)
        corridor.sau.publish("placement", MONTH)
        corridor.sau.deliver()
        corridor.idn.collect()
        corridor.idn.admit()
        with pytest.raises(OtherContent, match=FIRST):
            corridor.idn.deliver()

        corridor.sau.collect()
        corridor.sau.admit()
        assert states(corridor.sau)["SAU-IDN-placement-000001"] == "accepted"

    def test_on_both_sides_is_mended_without_a_person(self, corridor):
        """Each refuses what was damaged; neither refusal waits for the other's package."""
        corridor.send(a_placement("IDN-P-1"))
        hold(corridor.sau, a_placement("SAU-P-1"), month=MONTH)
        corridor.sau.publish("placement", MONTH)
        corridor.sau.deliver()
        for party in ("IDN", "SAU"):
            [path] = corridor.point.room(party, "placement").iterdir()
            path.write_bytes(b"damaged where it lay")

        for _ in range(4):
            for node in (corridor.idn, corridor.sau):
                time_passes(node)
                with suppress(OtherContent):
                    node.deliver()
            for node in (corridor.idn, corridor.sau):
                node.collect()
                node.admit()

        assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1"}
        assert holds(corridor.idn, "SAU").keys() == {"SAU-P-1"}

    def test_in_place_of_an_answer_has_it_given_in_a_new_message(self, corridor):
        corridor.send(a_placement("IDN-P-1"))
        corridor.sau.collect()
        corridor.sau.admit()
        corridor.sau.deliver()
        [path] = corridor.point.room("SAU", "status").iterdir()
        path.write_bytes(b"damaged where it lay")
        corridor.exchange()
        assert states(corridor.idn)[FIRST] == "stored"

        time_passes(corridor.idn)
        for _ in range(3):
            corridor.exchange()

        assert states(corridor.idn)[FIRST] == "accepted"
        assert answer(corridor.idn, FIRST) == answer(corridor.sau, FIRST)
        assert message(corridor.idn, FIRST).answered_by == "SAU-IDN-status-000002"
        assert message(corridor.sau, FIRST).receipt == message(corridor.idn, FIRST).receipt
        assert message(corridor.sau, "SAU-IDN-status-000002").period == MONTH
        assert [entry.event for entry in entries(corridor.sau)].count("answered") == 1


class TestSnapshot:
    def test_makes_the_partners_copy_equal_whatever_it_lost(self, corridor):
        corridor.send(*[a_placement(f"IDN-P-{number}") for number in (1, 2, 3)])
        corridor.exchange()
        table = tables.RECORDS["placement"]
        forget(corridor.sau, table, table.c.holder == "IDN", table.c.record_ref == "IDN-P-2")

        corridor.idn.publish_snapshot("placement", MONTH)
        corridor.exchange()

        assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1", "IDN-P-2", "IDN-P-3"}
        assert answer(corridor.idn, SECOND).record_errors == ()

    def test_withdraws_what_it_does_not_name(self, corridor):
        corridor.send(a_placement("IDN-P-1"), a_placement("IDN-P-2"))
        corridor.exchange()
        hold(corridor.idn, a_placement("IDN-P-2"), withdrawn=True)

        corridor.idn.publish_snapshot("placement", MONTH)
        corridor.exchange()

        assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1"}
        assert answer(corridor.idn, SECOND).applied == Counts(new=1, withdraw=1)

    def test_changes_nothing_where_both_are_equal(self, corridor):
        corridor.send(a_placement("IDN-P-1"))
        corridor.exchange()
        before = holds(corridor.sau, "IDN")

        corridor.idn.publish_snapshot("placement", MONTH)
        corridor.exchange()

        assert holds(corridor.sau, "IDN") == before

    def test_corrections_go_on_after_it(self, corridor):
        corridor.send(a_placement("IDN-P-1"), a_placement("IDN-P-2"))
        corridor.exchange()
        hold(corridor.idn, a_placement("IDN-P-2"), withdrawn=True)
        corridor.idn.publish_snapshot("placement", MONTH)
        corridor.exchange()

        corridor.send(a_placement("IDN-P-1", stage="completed"), a_placement("IDN-P-2"), month=NEXT_MONTH)
        corridor.exchange()

        assert answer(corridor.idn, THIRD).record_errors == ()
        assert answer(corridor.idn, THIRD).applied == Counts(new=1, correct=1)

    def test_asked_for_twice_is_one_message_until_it_is_answered(self, corridor):
        corridor.send(a_placement("IDN-P-1"))
        corridor.exchange()

        first = corridor.idn.publish_snapshot("placement", MONTH)
        assert corridor.idn.publish_snapshot("placement", MONTH) == first
        corridor.exchange()
        assert corridor.idn.publish_snapshot("placement", MONTH).message_id == THIRD

    def test_a_record_in_it_that_is_refused_is_a_record_error_and_the_rest_is_applied(self, corridor):
        hold(corridor.idn, a_placement("IDN-P-1", sex="W"), a_placement("IDN-P-2"))
        corridor.idn.publish_snapshot("placement", MONTH)
        corridor.exchange()

        assert [error.code for error in answer(corridor.idn, FIRST).record_errors] == [Code.RECORD_INVALID]
        assert holds(corridor.sau, "IDN").keys() == {"IDN-P-2"}

    def test_does_not_make_a_month_complete(self, corridor):
        for stream in ("placement", "complaint"):
            corridor.idn.publish_snapshot(stream, MONTH)
            corridor.sau.publish(stream, MONTH)
        corridor.exchange()

        assert corridor.idn.months_to_reconcile() == corridor.sau.months_to_reconcile() == []


class TestBelievedWrongly:
    """One side was restored from a backup: what it believes of the other is old."""

    def test_a_record_that_the_partner_holds_already_is_corrected_next_time(self, corridor):
        corridor.send(a_placement("IDN-P-1"))
        corridor.exchange()
        forget(corridor.idn, tables.sent_record)
        corridor.send(a_placement("IDN-P-1", stage="completed"), month=NEXT_MONTH)
        corridor.exchange()
        assert [error.code for error in answer(corridor.idn, SECOND).record_errors] == [Code.ALREADY_KNOWN]

        corridor.send(month="2026-09")
        corridor.exchange()

        assert answer(corridor.idn, THIRD).applied == Counts(correct=1)
        assert holds(corridor.sau, "IDN")["IDN-P-1"]["stage"] == "completed"

    def test_a_record_that_the_partner_does_not_hold_is_new_next_time(self, corridor):
        corridor.send(a_placement("IDN-P-1"))
        corridor.exchange()
        forget(corridor.sau, tables.RECORDS["placement"])
        corridor.send(a_placement("IDN-P-1", stage="completed"), month=NEXT_MONTH)
        corridor.exchange()
        assert [error.code for error in answer(corridor.idn, SECOND).record_errors] == [Code.UNKNOWN_RECORD]

        corridor.send(month="2026-09")
        corridor.exchange()

        assert answer(corridor.idn, THIRD).applied == Counts(new=1)

    def test_a_count_of_revisions_that_fell_behind_is_raised(self, corridor):
        corridor.send(a_placement("IDN-P-1"))
        corridor.exchange()
        table = tables.RECORDS["placement"]
        with corridor.sau.database.engine.begin() as connection:
            connection.execute(update(table).values(revision=7))
        corridor.send(a_placement("IDN-P-1", stage="completed"), month=NEXT_MONTH)
        corridor.exchange()
        [error] = answer(corridor.idn, SECOND).record_errors
        assert (error.code, error.held_revision) == (Code.STALE_REVISION, 7)

        corridor.send(month="2026-09")
        corridor.exchange()

        assert answer(corridor.idn, THIRD).applied == Counts(correct=1)
        assert holds(corridor.sau, "IDN")["IDN-P-1"]["stage"] == "completed"
        assert ledger_is_whole(corridor.idn)


class TestWhatIsUnsent:
    def test_nothing_is_left_unsent_once_it_is_in_a_message(self, corridor):
        corridor.send(a_placement("IDN-P-1"))
        hold(corridor.idn, a_placement("IDN-P-2"), month=NEXT_MONTH)

        assert unsent(corridor.idn) == {("IDN-P-2", 1)}

    def test_what_a_rejected_message_carried_is_unsent_again(self, corridor):
        corridor.send(a_placement("IDN-P-1"))
        [path] = corridor.point.room("IDN", "placement").iterdir()
        path.write_bytes(b"damaged")
        corridor.sau.collect()
        corridor.sau.admit()
        corridor.sau.deliver()
        corridor.idn.collect()
        corridor.idn.admit()

        assert message(corridor.idn, FIRST).state == "rejected"
        assert unsent(corridor.idn) == {("IDN-P-1", 1)}

    def test_a_publication_looks_at_what_is_unsent_only(self, corridor):
        corridor.send(*[a_placement(f"IDN-P-{number}") for number in range(50)])
        hold(corridor.idn, a_placement("IDN-P-7", stage="completed"), month=NEXT_MONTH)

        assert unsent(corridor.idn) == {("IDN-P-7", 2)}
        assert corridor.idn.publish("placement", NEXT_MONTH).records == 1


def unsent(node) -> set[tuple[str, int]]:
    with node.database.engine.connect() as connection:
        return {(row.record_ref, row.revision) for row in connection.execute(select(tables.unsent))}
