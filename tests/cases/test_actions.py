"""What a person may do with a case: allowed or refused with a reason, noted, and never over somebody else's work."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from amanah.cases import actions, history
from amanah.cases.actions import ChangedMeanwhile, NoSuchCase
from amanah.cases.deeds import Deed, NotAllowed
from amanah.cases.lifecycle import (
    RULES,
    UNFINISHED,
    Action,
    Happened,
    Resolution,
    State,
    WaitsFor,
    allowed,
)
from amanah.cases.related import related
from amanah.store.tables import case, pair_decision
from schemas import codelists
from schemas.agreement_terms import CaseTerms

pytestmark = pytest.mark.slow

NOW = datetime(2026, 8, 4, 9, tzinfo=UTC)
JEDDAH = "attache.jeddah@kp2mi.example"
COMPLETE = {
    Action.HAND_OVER: {"desk": JEDDAH},
    Action.WAIT: {"waits_for": WaitsFor.PARTNER},
    Action.RESOLVE: {"resolution": Resolution.THEIRS_WRONG},
    Action.RELATE: {"other": "D2"},
}


@pytest.fixture
def opened(month_ends, a_discrepancy):
    """Two cases of one worker and one of another, as the month leaves them."""
    month_ends(
        "2026-07",
        a_discrepancy("D1"),
        a_discrepancy("D2", field="wage_amount"),
        a_discrepancy("D3", ours_ref="IDN-P-9", theirs_ref=None, **{"class": "missing_there"}),
    )


@pytest.fixture
def telling(agreement):
    """An agreement whose sides tell each other of cases."""
    return agreement.model_copy(update={"cases": CaseTerms(told=True)})


@pytest.fixture
def act(database, telling, opened):
    def do(action, number="D1", by="siti", why="seen the contract", **said):
        deed = Deed(number, action, by, why=why, **{**COMPLETE.get(action, {}), **said})
        with database.engine.begin() as connection:
            return actions.act(connection, telling, deed, us="IDN", now=NOW)

    return do


@pytest.fixture
def the(database):
    def ask(number="D1"):
        with database.engine.connect() as connection:
            return actions.find(connection, number)

    return ask


@pytest.fixture
def told(database):
    def ask(number="D1"):
        with database.engine.connect() as connection:
            return [(each.by, each.action, each.before, each.after) for each in history.of(connection, number)]

    return ask


def test_a_case_from_found_to_resolved(act, the, told):
    assert act(Action.TAKE) == State.IN_PROGRESS
    assert act(Action.WAIT, waits_for=WaitsFor.DOCUMENT) == State.WAITING
    assert act(Action.TAKE, by="budi") == State.IN_PROGRESS
    assert act(Action.RESOLVE, by="budi") == State.RESOLVED
    assert act(Action.REOPEN, by="ani") == State.OPEN

    assert told() == [
        ("amanah", "found", None, "open"),
        ("siti", "take", "open", "in_progress"),
        ("siti", "wait", "in_progress", "waiting"),
        ("budi", "take", "waiting", "in_progress"),
        ("budi", "resolve", "in_progress", "resolved"),
        ("ani", "reopen", "resolved", "open"),
    ]
    assert (the().version, the().assignee, the().resolution, the().waits_for) == (6, "ani", None, None)


@pytest.mark.parametrize(
    ("action", "said", "why_not"),
    [
        (Action.REOPEN, {}, "case D1 is open: reopen is not possible; possible are take, hand_over"),
        (Action.RESOLVE, {"why": "  "}, "resolve must say why"),
        (Action.RESOLVE, {"resolution": None}, "resolve needs a resolution"),
        (Action.WAIT, {"waits_for": None}, "wait needs what it waits for"),
        (Action.HAND_OVER, {"desk": None}, "hand_over needs the desk"),
        (Action.HAND_OVER, {"desk": "nobody@kp2mi.example"}, "IDN has no such desk; it has attache.jeddah@"),
        (Action.RELATE, {"other": "D1"}, "case D1 cannot be linked to itself"),
        (Action.TAKE, {"by": "amanah"}, "who acts must be named"),
        (Action.TAKE, {"by": " "}, "who acts must be named"),
        (
            Action.RESOLVE,
            {"number": "D3", "resolution": Resolution.NOT_SAME_PERSON},
            "case D3 is about a record of one side only",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(act, the, told, action, said, why_not):
    with pytest.raises(NotAllowed, match=why_not):
        act(action, **said)

    assert (the().version, len(told())) == (1, 1)


def test_a_case_that_there_is_not(act):
    with pytest.raises(NoSuchCase, match="there is no case D9"):
        act(Action.TAKE, number="D9")
    with pytest.raises(NoSuchCase, match="there is no case D9"):
        act(Action.RELATE, other="D9")


def test_who_acts_on_what_has_changed_is_told_and_overwrites_nothing(act, the):
    seen = the().version
    act(Action.TAKE, by="budi", seen=seen)

    with pytest.raises(ChangedMeanwhile, match=r"case D1 has changed since it was looked at \(budi: take\)"):
        act(Action.RESOLVE, by="siti", seen=seen)

    assert (the().state, the().assignee) == ("in_progress", "budi")


def test_a_comment_changes_nothing_else_and_is_possible_at_any_time(act, the):
    act(Action.RESOLVE)

    assert act(Action.COMMENT, by="budi") == State.RESOLVED
    assert the().state == "resolved"


def test_handed_over_it_stays_there_whatever_the_routes_say(act, the, month_ends, a_discrepancy):
    act(Action.HAND_OVER)
    assert (the().official, the().state) == (JEDDAH, "open")

    month_ends("2026-08", a_discrepancy("D1"), a_discrepancy("D2", field="wage_amount"))

    assert the().official == JEDDAH


def test_routes_move_a_case_whose_area_has_changed(opened, the, told, month_ends, a_discrepancy):
    month_ends("2026-08", a_discrepancy("D1", area="SA-02"))

    assert the().official == JEDDAH
    assert [action for _, action, _, _ in told()] == ["found", "changed", "moved"]


def test_a_document_takes_as_long_as_a_case_may(act, the):
    assert act(Action.RESOLVE, resolution=Resolution.NEEDS_DOCUMENT) == State.WAITING

    assert (the().waits_for, the().due_on) == ("document", date(2026, 8, 19))  # ten working days, one a holiday


def test_a_decision_is_noted_once_and_taken_back_with_the_case(act, database):
    def decided():
        with database.engine.connect() as connection:
            return [
                (row.ours_ref, row.theirs_ref, row.withdrawn_at) for row in connection.execute(select(pair_decision))
            ]

    act(Action.RESOLVE, resolution=Resolution.NOT_SAME_PERSON)
    act(Action.RESOLVE, number="D2", resolution=Resolution.NOT_SAME_PERSON)
    assert decided() == [("IDN-P-1", "SAU-P-1", None)]

    act(Action.REOPEN)
    assert decided() == [("IDN-P-1", "SAU-P-1", NOW)]


def test_a_decision_that_would_hold_nowhere_is_refused(opened, database, agreement, the):
    deed = Deed("D1", Action.RESOLVE, "siti", why="x", resolution=Resolution.NOT_SAME_PERSON)

    with (
        pytest.raises(NotAllowed, match="not_same_person would hold nowhere: by the agreement idn-sau"),
        database.engine.begin() as connection,
    ):
        actions.act(connection, agreement, deed, us="IDN", now=NOW)

    assert the().state == "open"


def test_an_alert_is_acknowledged_by_somebody(act, the):
    act(Action.ACKNOWLEDGE, why=None)

    assert (the().acknowledged_by, the().acknowledged_at, the().state) == ("siti", NOW, "open")


def test_cases_of_one_worker_are_related_and_others_when_somebody_says_so(act, the, database, agreement):
    def relations(number):
        with database.engine.connect() as connection:
            return {row.number for row in related(connection, agreement, actions.find(connection, number))}

    assert (relations("D1"), relations("D3")) == ({"D2"}, set())

    act(Action.RELATE, other="D3")

    assert (relations("D1"), relations("D3")) == ({"D2", "D3"}, {"D1"})
    assert the("D3").version == 2


def test_every_code_of_the_code_has_a_label_and_every_label_a_code():
    assert set(codelists.load("case_state").codes) == set(State)
    assert set(codelists.load("case_resolution").codes) == set(Resolution)
    assert set(codelists.load("case_action").codes) == {*Action, *Happened}
    assert allowed(State.CLOSED) == (Action.COMMENT, Action.RELATE, Action.REOPEN)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(Action), st.sampled_from(Resolution)), max_size=8))
def test_whatever_people_do_the_history_tells_how_the_case_came_to_be_as_it_is(act, the, told, database, steps):
    with database.engine.begin() as connection:  # the same case for every example, from its beginning
        connection.exec_driver_sql("DELETE FROM case_event WHERE number = 'D1' AND action <> 'found'")
        connection.execute(case.update().where(case.c.number == "D1").values(state="open", version=1, resolution=None))
    done = 0
    for action, resolution in steps:
        before = State(the().state)
        said = {"resolution": resolution} if action is Action.RESOLVE else {}
        if before in RULES[action].allowed_in:
            act(action, **said)
            done += 1
        else:
            with pytest.raises(NotAllowed):
                act(action, **said)

    entries = told()
    assert the().version == 1 + done == len(entries)
    assert all(later[2] == earlier[3] for earlier, later in pairwise(entries))
    assert entries[-1][3] == the().state
    assert (the().waits_for is None) or (State(the().state) in UNFINISHED)
