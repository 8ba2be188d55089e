"""Finding a package or a record: by id, code, month, sender, moment or reference, each with its whole life."""

from datetime import timedelta

import pytest
from builders import a_complaint, a_placement
from corridor import MONTH, NEXT_MONTH, PARTIES, entries, hold
from sqlalchemy import event

from amanah.exchange.ledger import search as ledger_search
from amanah.exchange.ledger.search import RecordStep, Wanted

pytestmark = pytest.mark.slow

FIRST, SECOND, ANSWER = "IDN-SAU-placement-000001", "IDN-SAU-placement-000002", "SAU-IDN-status-000001"


@pytest.fixture
def exchanged(corridor):
    """Two months of placements from Indonesia, one record refused and sent again; a complaint from Saudi Arabia."""
    corridor.send(a_placement("IDN-P-1"), a_placement("IDN-P-2", sex="W"))
    corridor.exchange()
    corridor.send(a_placement("IDN-P-1", stage="completed"), a_placement("IDN-P-2", sex="F"), month=NEXT_MONTH)
    hold(corridor.sau, a_complaint("SAU-C-1"), stream="complaint", month=NEXT_MONTH)
    corridor.sau.publish("complaint", NEXT_MONTH)
    corridor.exchange()
    return corridor


def lives(node, limit=100, **wanted):
    with node.database.engine.connect() as connection:
        return list(ledger_search.find(connection, Wanted(**wanted), parties=PARTIES, limit=limit))


def ids(node, **wanted):
    return [life.message_id for life in lives(node, **wanted)]


def test_a_message_is_told_from_beginning_to_end(exchanged):
    (life,) = lives(exchanged.idn, message=FIRST)

    assert [step.event for step in life.steps] == ["built", "sent", "stored", "accepted"]
    assert (life.kind, life.period, life.records, life.state, life.answered_by) == (
        "records",
        MONTH,
        2,
        "accepted",
        ANSWER,
    )
    assert life.codes == {401: 1}


def test_an_answer_is_found_with_what_it_answers(exchanged):
    assert sorted(ids(exchanged.idn, message=ANSWER)) == [FIRST, ANSWER]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"code": 401}, {FIRST}),
        ({"code": 502}, set()),
        ({"period": MONTH}, {FIRST, ANSWER}),
        ({"sender": "IDN", "period": NEXT_MONTH}, {SECOND, "IDN-SAU-status-000001"}),
        ({"sender": "IDN", "code": 401}, {FIRST}),
        ({"sender": "SAU", "code": 401}, set()),
    ],
)
def test_messages_are_found_by_code_month_and_sender(exchanged, wanted, found):
    assert set(ids(exchanged.idn, **wanted)) == found


def test_a_window_of_time_does_not_hold_its_end(exchanged):
    at = next(entry.at for entry in entries(exchanged.idn) if entry.message_id == SECOND)

    assert FIRST in ids(exchanged.idn, until=at)
    assert SECOND not in ids(exchanged.idn, until=at)
    assert SECOND in ids(exchanged.idn, since=at, until=at + timedelta(microseconds=1))
    assert FIRST not in ids(exchanged.idn, since=at)


def test_a_record_is_told_at_its_sender(exchanged):
    found = [(life.message_id, life.record) for life in lives(exchanged.idn, record="IDN-P-1")]

    assert found == [
        (FIRST, RecordStep("IDN-P-1", "new", 1, None)),
        (SECOND, RecordStep("IDN-P-1", "correct", 2, None)),
    ]


def test_a_refused_record_is_told_on_both_sides(exchanged):
    sent = lives(exchanged.idn, record="IDN-P-2")
    came, again = lives(exchanged.sau, record="IDN-P-2")

    assert [(each.message_id, each.record.action) for each in sent] == [(FIRST, "new"), (SECOND, "new")]
    assert (again.message_id, again.record.revision, again.record.refused) == (SECOND, 2, None)
    assert sent[0].record.refused.startswith("401 the record does not keep to its schema")
    assert (came.message_id, came.record.action) == (FIRST, None)
    assert came.record.refused == sent[0].record.refused


def test_a_record_that_came_in_is_told_at_its_receiver(exchanged):
    (life,) = lives(exchanged.idn, record="SAU-C-1")

    assert (life.message_id, life.record.revision, life.record.refused) == ("SAU-IDN-complaint-000001", 1, None)


def test_nothing_fits_a_record_that_never_travelled(exchanged):
    assert ids(exchanged.idn, record="IDN-P-77") == []


def test_the_oldest_come_first_and_no_more_than_asked_for(exchanged):
    assert ids(exchanged.idn, sender="IDN", limit=2) == [FIRST, SECOND]


@pytest.mark.parametrize(
    "wanted", [{"message": FIRST}, {"code": 401}, {"record": "IDN-P-1"}, {"period": MONTH}], ids=lambda w: next(iter(w))
)
def test_a_search_reads_indexes_not_whole_tables(exchanged, wanted):
    """With whole-table reads made dear, the planner finds another way for every part of the question."""
    with exchanged.idn.database.engine.connect() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")

        @event.listens_for(connection, "before_cursor_execute", retval=True)
        def explained(_connection, _cursor, statement, parameters, _context, _many):
            return "EXPLAIN " + statement, parameters

        query = ledger_search.messages_that_fit(Wanted(**wanted), parties=PARTIES, limit=10)
        plan = "\n".join(str(row[0]) for row in connection.execute(query).cursor.fetchall())

    assert "Seq Scan" not in plan, plan
