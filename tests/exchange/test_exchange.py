"""The exchange between two nodes: what one side says arrives once, is answered once, and is repaired when it fails."""

from pathlib import Path

import pytest
from builders import a_complaint, a_placement, with_canaries
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
    row_counts,
    states,
)

from amanah.exchange.building import build_answer
from amanah.exchange.codes import Code
from amanah.exchange.collection import MOST_FAILURES
from amanah.exchange.outbound import MOST_REPLACEMENTS
from amanah.exchange.transport import TransportError
from amanah.node.node import Node
from amanah.node.settings import KeySettings
from amanah.store import tables
from schemas.envelope import Counts, Verdict

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = (f"IDN-SAU-placement-{number:06d}" for number in (1, 2, 3))


def test_what_one_side_holds_the_other_comes_to_hold(corridor):
    held = {ref: a_placement(ref) for ref in ("IDN-P-1", "IDN-P-2")}
    corridor.send(*held.values())

    corridor.exchange()

    got = holds(corridor.sau, "IDN", month=MONTH)
    assert {ref: {field: row[field] for field in held[ref]} for ref, row in got.items()} == held
    assert answer(corridor.idn, FIRST) == answer(corridor.sau, FIRST)
    assert answer(corridor.idn, FIRST).applied == Counts(new=2)
    assert states(corridor.idn) == {FIRST: "accepted", "SAU-IDN-status-000001": "settled"}
    assert states(corridor.sau) == {FIRST: "answered", "SAU-IDN-status-000001": "stored"}


def test_what_a_month_did_not_know_yet_stays_unknown_in_it(corridor):
    corridor.send(a_placement("IDN-P-1"))
    corridor.send(a_placement("IDN-P-2"), month=NEXT_MONTH)
    corridor.exchange()

    assert holds(corridor.sau, "IDN", month=MONTH).keys() == {"IDN-P-1"}
    assert holds(corridor.sau, "IDN", month=NEXT_MONTH).keys() == {"IDN-P-1", "IDN-P-2"}


def test_a_field_that_may_not_leave_stays(corridor):
    corridor.send(a_placement("IDN-P-1", name_arabic="سيتي"))
    corridor.exchange()

    assert holds(corridor.idn, "IDN")["IDN-P-1"]["name_arabic"] == "سيتي"
    assert holds(corridor.sau, "IDN")["IDN-P-1"]["name_arabic"] is None


def test_nothing_that_travels_or_waits_can_be_read(corridor):
    corridor.send(with_canaries())

    for folder in (corridor.point.files, corridor.idn.settings.store):
        content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        assert content
        assert b"KANARI" not in content


def test_publishing_twice_gives_the_same_message(corridor):
    hold(corridor.idn, a_placement())
    first = corridor.idn.publish("placement", MONTH)
    hold(corridor.idn, a_placement("IDN-P-2"))

    assert corridor.idn.publish("placement", MONTH) == first
    assert states(corridor.idn) == {FIRST: "built"}


def test_nothing_to_say_is_said(corridor):
    corridor.send()
    corridor.exchange()

    assert message(corridor.sau, FIRST).kind == "nil"
    assert message(corridor.idn, FIRST).state == "accepted"
    assert corridor.sau.months_to_reconcile() == []


def test_a_month_is_ready_when_both_sides_have_each_others_streams(corridor):
    corridor.send(a_placement())
    corridor.send(a_complaint(), stream="complaint")
    corridor.exchange()
    assert corridor.sau.months_to_reconcile() == corridor.idn.months_to_reconcile() == []

    for stream in ("placement", "complaint"):
        corridor.sau.publish(stream, MONTH)
    corridor.exchange()
    assert corridor.sau.months_to_reconcile() == corridor.idn.months_to_reconcile() == [MONTH]


def test_only_what_changed_is_sent_again(corridor):
    corridor.send(a_placement("IDN-P-1"), a_placement("IDN-P-2"))
    corridor.exchange()
    corridor.send(a_placement("IDN-P-1", stage="completed"), a_placement("IDN-P-3"), month=NEXT_MONTH)
    corridor.exchange()

    assert answer(corridor.idn, SECOND).applied == Counts(new=1, correct=1)
    assert holds(corridor.sau, "IDN")["IDN-P-1"]["stage"] == "completed"


def test_a_change_that_the_partner_may_not_see_is_no_change_for_it(corridor):
    corridor.send(a_placement())
    corridor.send(a_placement(name_arabic="سيتي"), month=NEXT_MONTH)
    corridor.exchange()

    assert message(corridor.sau, SECOND).kind == "nil"


def test_a_withdrawn_record_is_withdrawn_there_and_may_return(corridor):
    corridor.send(a_placement())
    hold(corridor.idn, a_placement(), month=NEXT_MONTH, withdrawn=True)
    corridor.idn.publish("placement", NEXT_MONTH)
    corridor.exchange()
    assert answer(corridor.idn, SECOND).applied == Counts(withdraw=1)
    assert holds(corridor.sau, "IDN") == {}

    corridor.send(a_placement(), month="2026-09")
    corridor.exchange()
    assert answer(corridor.idn, THIRD).applied == Counts(new=1)
    assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1"}


def test_a_record_withdrawn_before_it_was_ever_sent_is_never_spoken_of(corridor):
    hold(corridor.idn, a_placement())
    hold(corridor.idn, a_placement(), withdrawn=True)
    corridor.send()

    assert message(corridor.idn, FIRST).kind == "nil"


def test_a_rejected_record_never_existed_there_and_is_sent_again_as_new(corridor):
    corridor.send(a_placement("IDN-P-1", sex="W"), a_placement("IDN-P-2"))
    corridor.exchange()
    assert answer(corridor.idn, FIRST).record_errors[0].record_ref == "IDN-P-1"

    corridor.send(a_placement("IDN-P-1", sex="F"), month=NEXT_MONTH)
    corridor.exchange()

    assert answer(corridor.idn, SECOND).applied == Counts(new=1)
    assert answer(corridor.idn, SECOND).record_errors == ()


def signs_with(node: Node, secret_key: Path) -> Node:
    """``node``, but with another key of its own."""
    keys = KeySettings(ours=secret_key, partner=node.settings.keys.partner)
    return Node(node.settings.model_copy(update={"keys": keys}))


def test_a_message_rejected_as_a_whole_is_replaced_by_the_next_one(corridor, key_files):
    hold(corridor.idn, a_placement())
    mistaken = signs_with(corridor.idn, key_files["stranger"][0])
    mistaken.publish("placement", MONTH)
    mistaken.database.engine.dispose()
    corridor.exchange()
    assert message(corridor.idn, FIRST).state == "rejected"
    assert answer(corridor.idn, FIRST).file_errors[0].code == Code.CANNOT_OPEN

    corridor.send()
    corridor.exchange()

    assert answer(corridor.idn, SECOND).applied == Counts(new=1)
    assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1"}
    assert corridor.idn.publish("placement", MONTH).message_id == SECOND


def test_a_message_damaged_on_its_way_is_an_alarm_and_is_replaced(corridor):
    corridor.send(a_placement())
    [path] = corridor.point.room("IDN", "placement").iterdir()
    path.write_bytes(path.read_bytes()[:-100])
    corridor.exchange()
    assert message(corridor.idn, FIRST).state == "rejected"
    assert alarms(corridor.idn) == ["answer to other bytes than we sent"]

    corridor.exchange()

    assert states(corridor.idn)[SECOND] == "accepted"
    assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1"}


def test_what_arrives_damaged_every_time_is_left_to_a_person(corridor):
    corridor.send(a_placement())
    for _ in range(8):
        corridor.idn.deliver()
        for path in corridor.point.room("IDN", "placement").iterdir():
            path.write_bytes(b"damaged")
        for node in (corridor.sau, corridor.idn):
            node.collect()
            node.admit()
            node.deliver()

    placements = [name for name in states(corridor.idn) if "-placement-" in name]
    assert len(placements) == MOST_REPLACEMENTS + 1
    assert {states(corridor.idn)[name] for name in placements} == {"rejected"}


def test_a_side_that_works_from_another_text_of_the_agreement_is_heard_saying_so(corridor, tmp_path):
    text = corridor.idn.settings.agreement.read_text(encoding="utf-8")
    (tmp_path / "idn-sau.yaml").write_text(f"{text}# a later text\n", encoding="utf-8")
    later = Node(corridor.sau.settings.model_copy(update={"agreement": tmp_path / "idn-sau.yaml"}))
    corridor.send(a_placement())
    later.collect()
    later.admit()
    later.database.engine.dispose()
    corridor.exchange()
    assert answer(corridor.idn, FIRST).file_errors[0].code == Code.OTHER_AGREEMENT

    corridor.send()
    corridor.exchange()

    assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1"}


def test_a_message_that_got_lost_is_asked_for_and_what_came_after_it_waits(corridor):
    corridor.send(a_placement())
    corridor.send(a_placement(stage="completed"), month=NEXT_MONTH)
    corridor.send(a_placement(stage="returned"), month="2026-09")
    room = corridor.point.room("IDN", "placement")
    (room / f"{SECOND}.tar.pgp").unlink()

    corridor.sau.collect()
    corridor.sau.admit()
    assert states(corridor.sau)[FIRST] == "answered"
    assert states(corridor.sau)[THIRD] == "held"
    assert [entry.detail for entry in entries(corridor.sau) if entry.event == "held"] == [{"expected_sequence": 2}]
    assert holds(corridor.sau, "IDN")["IDN-P-1"]["stage"] == "arrived"

    corridor.exchange()
    corridor.exchange()
    assert {states(corridor.idn)[number] for number in (FIRST, SECOND, THIRD)} == {"accepted"}
    assert holds(corridor.sau, "IDN")["IDN-P-1"]["stage"] == "returned"


def test_a_second_delivery_changes_nothing(corridor):
    corridor.send(a_placement())
    corridor.exchange()
    before = [row_counts(node) for node in (corridor.idn, corridor.sau)]
    [path] = corridor.point.room("IDN", "placement").iterdir()
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)

    corridor.exchange()

    assert [row_counts(node) for node in (corridor.idn, corridor.sau)] == before


def second_answer(corridor, **changed):
    """Saudi Arabia answers the first message once more."""
    again = answer(corridor.sau, FIRST).model_copy(update=changed)
    with corridor.sau.database.engine.begin() as connection:
        build_answer(connection, corridor.sau.endpoint, again, MONTH)
    corridor.exchange()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"verdict": Verdict.REJECTED}, "a second, contradicting answer"),
        ({"applied": Counts(new=5)}, "a second, contradicting answer"),
        ({"package_sha256": "0" * 64}, "answer to other bytes than we sent"),
        ({"answers": "IDN-SAU-placement-000099"}, "answers a message we never sent"),
        ({"answers": "SAU-IDN-status-000001"}, "answers a message we never sent"),
    ],
)
def test_the_first_answer_stands_and_a_contradiction_is_an_alarm(corridor, changed, reason):
    corridor.send(a_placement())
    corridor.exchange()
    before = message(corridor.idn, FIRST)

    second_answer(corridor, **changed)

    assert alarms(corridor.idn) == ([reason] if reason else [])
    assert message(corridor.idn, FIRST) == before
    assert ledger_is_whole(corridor.idn)


def test_a_message_has_a_deadline_for_its_answer_and_a_status_message_none(corridor):
    corridor.send(a_placement())
    corridor.exchange()

    row = message(corridor.idn, FIRST)
    assert (row.answer_due_at - row.created_at).total_seconds() == pytest.approx(48 * 3600, abs=600)
    assert message(corridor.sau, "SAU-IDN-status-000001").answer_due_at is None


def test_every_step_stands_in_the_ledger_in_its_order(corridor):
    corridor.send(a_placement())
    corridor.exchange()

    steps = [(entry.message_id, entry.event) for entry in entries(corridor.idn)]
    assert [event for number, event in steps if number == FIRST] == ["built", "sent", "stored", "accepted"]
    assert [event for number, event in steps if number != FIRST] == ["received", "settled"]
    assert [entry.event for entry in entries(corridor.sau) if entry.message_id == FIRST] == ["received", "answered"]


def test_both_directions_have_sequences_of_their_own(corridor):
    corridor.send(a_placement("IDN-P-1"))
    hold(corridor.sau, a_placement("SAU-P-1"))
    corridor.sau.publish("placement", MONTH)
    corridor.exchange()

    assert states(corridor.idn).keys() == {
        *(FIRST, "SAU-IDN-placement-000001"),
        *("SAU-IDN-status-000001", "IDN-SAU-status-000001"),
    }
    assert holds(corridor.idn, "SAU").keys() == {"SAU-P-1"}
    with corridor.idn.database.engine.connect() as connection:
        kept = connection.execute(tables.RECORDS["placement"].select()).all()
    assert {row.origin for row in kept} == {"test", "SAU-IDN-placement-000001"}


class Failing:
    """A wire on which some files cannot be fetched."""

    def __init__(self, wire, *names: str) -> None:
        self._wire, self._failing, self.tried = wire, names, 0

    def marks(self, folder):
        return self._wire.marks(folder)

    def get(self, folder, name, target):
        self.tried += 1
        if any(part in name for part in self._failing):
            raise TransportError(f"fetch {name}: permission denied")
        self._wire.get(folder, name, target)


def test_a_file_that_cannot_be_fetched_does_not_keep_the_others_from_coming(corridor):
    corridor.send(a_placement("IDN-P-1"))
    corridor.send(a_complaint("IDN-C-1"), stream="complaint")
    wire = Failing(corridor.wires["SAU"], "placement")

    assert corridor.sau.collect(wire).message_ids == ("IDN-SAU-complaint-000001",)
    with pytest.raises(TransportError, match="permission denied"):  # now it is all there is
        corridor.sau.collect(wire)

    corridor.exchange()
    assert states(corridor.idn)[FIRST] == "accepted"


def test_a_link_that_is_lost_is_not_tried_for_every_file(corridor):
    for month in ("2026-07", "2026-08", "2026-09", "2026-10", "2026-11"):
        corridor.send(a_placement(f"IDN-P-{month}"), month=month)
    wire = Failing(corridor.wires["SAU"], "IDN-SAU")

    with pytest.raises(TransportError):
        corridor.sau.collect(wire)

    assert wire.tried == MOST_FAILURES
