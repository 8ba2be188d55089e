"""What is late, holds or raised an alarm: named with what to do, told to the engineer, let go on by a person."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import a_placement
from corridor import MONTH, NEXT_MONTH, PARTIES, SILENT, Corridor, entries, holds, ledger_is_whole, message, states
from sqlalchemy import update

from amanah.exchange import watch
from amanah.exchange.holding import NothingHeld
from amanah.exchange.sftp import connect
from amanah.exchange.watch import What
from amanah.store import tables
from schemas.agreement import FOLDER

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = (f"IDN-SAU-placement-{number:06d}" for number in (1, 2, 3))
ENGINEER = "pipeline@kp2mi.example"


@pytest.fixture
def holding_corridor(a_node, exchange_point, tmp_path) -> Iterator[Corridor]:
    """Two nodes whose agreement says that placements hold after a refusal."""
    file = tmp_path / "agreement" / "idn-sau.yaml"
    file.parent.mkdir()
    file.write_text(SILENT.replace("    schema: 1\n", "    schema: 1\n    after_refusal: hold\n", 1))
    shutil.copy(FOLDER / "idn-sau.expectations.yaml", file.parent)
    with ExitStack() as wires:
        nodes = {party: a_node(party, agreement=file, sftp=exchange_point.settings(party)) for party in PARTIES}
        opened = {party: wires.enter_context(connect(exchange_point.settings(party))) for party in PARTIES}
        yield Corridor(nodes["IDN"], nodes["SAU"], exchange_point, MONTH, opened)
    for node in nodes.values():
        node.database.engine.dispose()


def damage(path: Path) -> None:
    sealed = bytearray(path.read_bytes())
    sealed[len(sealed) // 2] ^= 1
    path.write_bytes(sealed)


def later(node, **by):
    """What concerns ``node`` some time from now, as (what, message or month)."""
    with node.database.engine.connect() as connection:
        found = watch.concerns(connection, node.endpoint, now=datetime.now(UTC) + timedelta(**by))
    return {(each.what, each.message_id or f"{each.stream} {each.period}") for each in found}


class TestAStreamThatHolds:
    def test_later_messages_wait_until_a_person_lets_them_pass(self, holding_corridor):
        corridor = holding_corridor
        corridor.send(a_placement("IDN-P-1"))
        damage(corridor.point.room("IDN", "placement") / f"{FIRST}.tar.pgp")
        corridor.send(a_placement("IDN-P-2"), month=NEXT_MONTH)

        for _ in range(3):
            corridor.exchange()

        assert states(corridor.idn)[FIRST] == "rejected"
        assert {states(corridor.sau)[name] for name in (SECOND, THIRD)} == {"held"}
        assert holds(corridor.sau, "IDN") == {}
        assert later(corridor.sau, hours=1) == {(What.HOLDS, FIRST)}

        assert corridor.sau.let_pass("placement", by="an engineer", why="damaged on its way") == FIRST
        corridor.exchange()

        assert set(holds(corridor.sau, "IDN")) == {"IDN-P-1", "IDN-P-2"}
        refused = message(corridor.sau, FIRST)
        assert (refused.passed_by, refused.passed_why) == ("an engineer", "damaged on its way")
        assert [entry.message_id for entry in entries(corridor.sau) if entry.event == "passed"] == [FIRST]
        assert "damaged on its way" not in str([entry.detail for entry in entries(corridor.sau)])
        assert ledger_is_whole(corridor.sau)

    def test_other_streams_and_answers_go_on(self, holding_corridor):
        corridor = holding_corridor
        corridor.send(a_placement("IDN-P-1"))
        damage(corridor.point.room("IDN", "placement") / f"{FIRST}.tar.pgp")
        corridor.exchange()

        corridor.idn.publish("complaint", MONTH)
        corridor.sau.publish("placement", MONTH)
        corridor.exchange()

        assert states(corridor.idn)["IDN-SAU-complaint-000001"] == "accepted"
        assert states(corridor.sau)["SAU-IDN-placement-000001"] == "accepted"

    def test_only_a_stream_that_holds_can_be_let_pass(self, corridor):
        corridor.send(a_placement("IDN-P-1"))
        damage(corridor.point.room("IDN", "placement") / f"{FIRST}.tar.pgp")
        corridor.exchange()

        with pytest.raises(NothingHeld, match="placement does not hold"):
            corridor.sau.let_pass("placement", by="an engineer", why="looked at")


class TestDeadlines:
    """Hours as in the agreement: 24 to deliver, 48 to answer, 7 days after a month's end for its messages."""

    def test_a_message_that_is_not_delivered(self, corridor):
        corridor.idn.publish("placement", MONTH)
        assert later(corridor.idn, hours=23) == set()
        assert later(corridor.idn, hours=25) == {(What.NOT_DELIVERED, FIRST)}

    def test_a_message_that_is_not_answered_however_often_it_was_put_again(self, corridor):
        corridor.send(a_placement())
        assert later(corridor.idn, hours=47) == set()
        assert later(corridor.idn, hours=49) == {(What.NOT_ANSWERED, FIRST)}

        with corridor.idn.database.engine.begin() as connection:
            put_again_just_now = {"answer_due_at": datetime.now(UTC) + timedelta(days=30)}
            connection.execute(update(tables.message).values(put_again_just_now))
        assert later(corridor.idn, hours=73) == {(What.NOT_ANSWERED, FIRST)}

    def test_an_answer_is_not_waited_for_an_answer(self, corridor):
        corridor.send(a_placement())
        corridor.exchange()
        assert states(corridor.sau)["SAU-IDN-status-000001"] == "stored"
        assert not any(what is What.NOT_ANSWERED for what, _ in later(corridor.sau, days=30))

    def test_a_message_that_is_here_and_not_admitted(self, corridor):
        corridor.send(a_placement())
        corridor.sau.collect()
        assert later(corridor.sau, hours=47) == set()
        assert later(corridor.sau, hours=49) == {(What.NOT_ADMITTED, FIRST)}

    def test_a_gap_that_stays_open(self, corridor):
        corridor.send(a_placement())
        corridor.send(a_placement("IDN-P-2"), month=NEXT_MONTH)
        for place in (corridor.point.room("IDN", "placement"), corridor.idn.endpoint.outbox("x").parent):
            (place / f"{FIRST}.tar.pgp").unlink()
        corridor.exchange()

        assert (What.GAP, SECOND) not in later(corridor.sau, hours=47)
        assert (What.GAP, SECOND) in later(corridor.sau, hours=49)

    def test_a_month_that_one_side_did_not_send(self, corridor):
        for node in (corridor.idn, corridor.sau):
            node.publish("placement", MONTH)
        corridor.idn.publish("complaint", MONTH)
        corridor.exchange()

        assert later(corridor.idn, days=6) == set()
        assert later(corridor.idn, days=8) == {(What.NOT_ARRIVED, f"complaint {MONTH}")}
        assert later(corridor.sau, days=8) == {(What.NOT_PUBLISHED, f"complaint {MONTH}")}

    def test_what_the_partner_refused_as_a_whole_until_it_is_replaced(self, corridor):
        corridor.send(a_placement())
        damage(corridor.point.room("IDN", "placement") / f"{FIRST}.tar.pgp")
        corridor.sau.collect()
        corridor.sau.admit()
        corridor.sau.deliver()
        corridor.idn.collect()
        corridor.idn.admit()
        assert (What.REFUSED, FIRST) in later(corridor.idn, minutes=1)

        corridor.exchange()
        assert (What.REFUSED, FIRST) not in later(corridor.idn, minutes=1)

    def test_an_alarm_for_a_week(self, corridor):
        corridor.send(a_placement())
        damage(corridor.point.room("IDN", "placement") / f"{FIRST}.tar.pgp")
        corridor.exchange()

        assert (What.ALARM, FIRST) in later(corridor.idn, days=6)
        assert (What.ALARM, FIRST) not in later(corridor.idn, days=8)


class TestTheEngineerIsTold:
    @pytest.fixture
    def told(self, corridor, post_office):
        """Let Indonesia's node tell its engineer, some time from now; returns the new mails."""
        corridor.idn.settings = corridor.idn.settings.model_copy(update={"mail": post_office.settings})

        def tell(**by):
            before = len(post_office.taken)
            with corridor.idn.database.engine.begin() as connection:
                back = timedelta(**by)
                for column in (tables.message.c.created_at, tables.message.c.answer_due_at, tables.notice.c.told_at):
                    connection.execute(update(column.table).values({column.name: column - back}))
            corridor.idn.tell_engineer()
            return post_office.taken[before:]

        return tell

    def test_nothing_is_mailed_when_all_is_well(self, corridor, told):
        corridor.send(a_placement())
        corridor.exchange()
        assert told() == []

    def test_once_when_it_begins_and_once_a_day_while_it_lasts(self, corridor, told):
        corridor.send(a_placement())

        [mail] = told(hours=49)
        assert mail["To"] == ENGINEER
        assert mail["Subject"] == "[idn-sau] exchange: 1 to look at, 1 new"
        for part in mail.iter_parts():
            assert FIRST in part.get_content()
            assert "not answered" in part.get_content()
        assert told() == []
        assert told(hours=23) == []
        assert len(told(hours=1)) == 1

    def test_anew_when_it_returns(self, corridor, told):
        corridor.send(a_placement())
        assert len(told(hours=49)) == 1

        corridor.exchange()
        assert told() == []
        corridor.send(a_placement("IDN-P-2"), month=NEXT_MONTH)
        [mail] = told(hours=49)
        assert SECOND in mail.get_body(("plain",)).get_content()

    def test_a_mail_that_did_not_leave_leaves_with_the_next(self, corridor, told, post_office):
        corridor.send(a_placement())
        post_office.refuse = ["451 later"]
        assert told(hours=49) == []
        with corridor.idn.database.engine.begin() as connection:
            connection.execute(update(tables.mail).values(next_try_at=None))  # its wait is over
        assert len(told()) == 1
