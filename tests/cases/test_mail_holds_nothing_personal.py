"""No value of a record, no name and nothing that a person wrote is in any mail, whatever a case holds."""

import logging
from datetime import UTC, date, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from letters import HEAD, JEDDAH, RIYADH, texts
from sqlalchemy import insert, select

from amanah.cases import ageing, alert, digest, weekly
from amanah.cases.letter import Writer
from amanah.cases.lifecycle import Action, State, WaitsFor
from amanah.cases.people import Desk, People
from amanah.store.tables import amendment, case, case_event, case_there, mail
from schemas import codelists

pytestmark = pytest.mark.slow

MARK = "KANARI"
marked = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20).map(f"{MARK}{{}}".format)
maybe_marked = st.none() | marked
CASE = {
    "stream": st.sampled_from(["placement", "complaint"]),
    "class": st.sampled_from(codelists.load("discrepancy_class").codes),
    "severity": st.sampled_from(["low", "medium", "high"]),
    "reason": maybe_marked,
    "field": st.sampled_from([None, "passport_no", "wage_amount"]) | marked,
    "ours_ref": maybe_marked,
    "theirs_ref": maybe_marked,
    "area": maybe_marked,
    "official": st.sampled_from([RIYADH, JEDDAH]),
    "assignee": maybe_marked,
    "state": st.sampled_from(list(State)),
    "waits_for": st.sampled_from(list(WaitsFor)),
    "due_on": st.dates(date(2026, 7, 1), date(2026, 9, 30)),
    "resolution": st.sampled_from([None, *codelists.load("case_resolution").codes]),
    "values_sha256": st.just("0" * 64),
    "acknowledged_by": maybe_marked,
    "acknowledged_at": st.none() | st.just(datetime(2026, 8, 1, tzinfo=UTC)),
}
languages = st.sampled_from(codelists.LANGUAGES)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cases=st.lists(st.fixed_dictionaries(CASE), min_size=1, max_size=8), why=marked, value=marked, language=languages
)
def test_nothing_of_what_a_case_holds_is_in_any_mail(agreement, database, caplog, cases, why, value, language):
    caplog.set_level(logging.DEBUG)
    people = People(desks={desk: Desk(language=language, supervisor=HEAD) for desk in (RIYADH, JEDDAH)})
    writer = Writer(agreement, "IDN", people, "pipeline@kp2mi.example", date(2026, 8, 18), "https://node.example")
    with database.engine.connect() as connection:
        for place, values in enumerate(cases):
            hold(connection, f"{place:016x}", values, why, value)
        ageing.escalate(connection, agreement, us="IDN", today=writer.day)
        queued = [each.queue(connection, writer) for each in (digest, weekly)]
        queued += [alert.queue_protection(connection, writer), alert.queue_missed(connection, writer)]
        sent = list(connection.execute(select(mail)))
        connection.rollback()

    assert len(sent) == sum(queued)
    assert any(row.kind == "digest" for row in sent) == any(
        each["state"] in ("open", "in_progress", "waiting") for each in cases
    )
    for row in sent:
        message = message_from_bytes(row.content, policy=policy.default)
        read = [*texts(message).values(), *(f"{name}: {held}" for name, held in message.items())]
        assert not [text for text in read if MARK in text], row.kind
        assert len(row.content) < 100_000
    assert MARK not in caplog.text


def hold(connection, number, values, why, value):
    """A case with its history, what the partner did, and what an official found right."""
    rest = {"number": number, "handed_over": False, "version": 2, "opened_in": "2026-07", "escalated": 0}
    connection.execute(insert(case).values({**values, **rest}))
    entry = {"number": number, "at": datetime.now(UTC), "by": value, "after": values["state"], "detail": {"note": why}}
    for version, action in ((1, "found"), (2, Action.COMMENT)):
        connection.execute(insert(case_event).values({**entry, "version": version, "action": action, "why": why}))
    there = {"number": number, "state": "open", "action": "take", "acted_on": date(2026, 8, 2), "told_in": "2026-07"}
    connection.execute(insert(case_there).values(there))
    right = {"stream": "placement", "record_ref": value, "field": "name_latin", "was": value, "value": why}
    connection.execute(insert(amendment).values({**right, "number": number, "by": value, "at": datetime.now(UTC)}))
