"""Discrepancies to make cases of, what somebody does with them, and the mails about them."""

from datetime import date

import pytest
from found import of
from sqlalchemy import select

from amanah.cases import history
from amanah.cases.letter import Writer
from amanah.cases.people import NOBODY
from amanah.cases.worklist import update_cases
from amanah.node import mail
from amanah.store import findings
from amanah.store.tables import case, discrepancy, link
from amanah.store.tables import mail as outbox_table


@pytest.fixture
def a_discrepancy():
    def build(number="D1", **values):
        return {
            "id": number,
            "stream": "placement",
            "class": "field",
            "severity": "medium",
            "reason": None,
            "field": "passport_no",
            "ours_ref": "IDN-P-1",
            "theirs_ref": "SAU-P-1",
            "area": "SA-01",
            "ours": "QZ9990001",
            "theirs": "QZ9990002",
            **values,
        }

    return build


@pytest.fixture
def month_ends(database, agreement):
    """The month ends with these discrepancies open, and the worklist is brought up to date."""

    def end(month, *found, us="IDN"):
        with database.engine.begin() as connection:
            findings.record(connection, month, links=of(link, []), discrepancies=of(discrepancy, found), summary={})
            return update_cases(connection, agreement, us=us, period=month)

    return end


@pytest.fixture
def act(database):
    """Somebody does something with a case; ``values`` are what changes of it."""

    def do(number, action, **values):
        with database.engine.begin() as connection:
            which = select(case.c.number, case.c.state).where(case.c.number == number)
            assert history.change(connection, action, which, values, by="rina", why="in person") == 1

    return do


@pytest.fixture
def notify(database, agreement, post_office):
    """Tell the desks of Indonesia what is new on a day (``2026-08-03``), and send what is queued."""

    def tell(day, people=NOBODY, pages="https://node.example/worklist", us="IDN"):
        writer = Writer(agreement, us, people, post_office.settings.sender, date.fromisoformat(day), pages)
        return mail.notify(database, writer, post_office.settings)

    return tell


@pytest.fixture
def mails(database):
    """The outbox: address -> what the last mail to it says of itself."""

    def ask():
        with database.engine.connect() as connection:
            return {row.official: row for row in connection.execute(select(outbox_table))}

    return ask
