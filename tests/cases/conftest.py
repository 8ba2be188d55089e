"""Discrepancies to make cases of."""

import pytest
from found import of

from amanah.cases.worklist import update_cases
from amanah.store import findings
from amanah.store.tables import discrepancy, link


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
