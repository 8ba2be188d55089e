"""The worklist: every disagreement has an owner and a deadline, and keeps its number for life."""

from datetime import date

import pytest
from sqlalchemy import select

from amanah.cases.worklist import EXPECTED_REASONS, Changes
from amanah.periods import first_day_after
from amanah.store.tables import case

pytestmark = pytest.mark.slow


@pytest.fixture
def cases(database):
    def ask():
        with database.engine.connect() as connection:
            return {row.number: row for row in connection.execute(select(case))}

    return ask


@pytest.mark.parametrize(
    ("us", "values", "official"),
    [
        ("IDN", {}, "attache.riyadh@kp2mi.example"),
        ("IDN", {"area": "SA-02"}, "attache.jeddah@kp2mi.example"),
        ("IDN", {"area": None}, "attache.riyadh@kp2mi.example"),
        ("IDN", {"stream": "complaint", "area": "SA-02"}, "complaints.desk@kp2mi.example"),
        ("IDN", {"class": "protection", "stream": "complaint"}, "protection.desk@kp2mi.example"),
        ("SAU", {"area": "SA-03"}, "makkah.office@mhrsd.example"),
        ("SAU", {"class": "protection"}, "protection.unit@mhrsd.example"),
    ],
)
def test_the_first_route_that_takes_it_owns_it(month_ends, cases, a_discrepancy, us, values, official):
    month_ends("2026-07", a_discrepancy(**values), us=us)

    assert cases()["D1"].official == official


@pytest.mark.parametrize(("us", "due"), [("IDN", date(2026, 8, 14)), ("SAU", date(2026, 8, 13))])
def test_a_case_is_due_in_working_days_of_its_side(month_ends, cases, a_discrepancy, us, due):
    month_ends("2026-07", a_discrepancy(), us=us)

    assert cases()["D1"].due_on == due


@pytest.mark.parametrize("reason", EXPECTED_REASONS)
def test_what_is_expected_to_be_missing_needs_nobody(month_ends, cases, a_discrepancy, reason):
    assert month_ends("2026-07", a_discrepancy(reason=reason)) == Changes(opened=0, closed=0)
    assert cases() == {}


def test_what_was_expected_and_is_now_late_opens_a_case(month_ends, cases, a_discrepancy):
    month_ends("2026-07", a_discrepancy(reason="not_yet_due"))
    month_ends("2026-08", a_discrepancy(reason="late"))

    assert (cases()["D1"].opened_in, cases()["D1"].reason) == ("2026-08", "late")


def test_a_case_closes_when_both_sides_agree_and_reopens_under_its_number(month_ends, cases, a_discrepancy):
    assert month_ends("2026-06", a_discrepancy()) == Changes(opened=1, closed=0)
    assert month_ends("2026-07") == Changes(opened=0, closed=1)
    assert (cases()["D1"].state, cases()["D1"].closed_in) == ("closed", "2026-07")

    assert month_ends("2026-08", a_discrepancy()) == Changes(opened=1, closed=0)

    [again] = cases().values()
    assert (again.number, again.state, again.opened_in, again.closed_in) == ("D1", "open", "2026-08", None)
    assert again.due_on == date(2026, 9, 15)


def test_doing_it_again_changes_nothing(month_ends, cases, a_discrepancy):
    month_ends("2026-06", a_discrepancy("D1"), a_discrepancy("D2"))
    month_ends("2026-07", a_discrepancy("D2"), a_discrepancy("D3"))
    before = cases()

    assert month_ends("2026-07", a_discrepancy("D2"), a_discrepancy("D3")) == Changes(opened=0, closed=0)
    assert cases() == before


@pytest.mark.parametrize(
    ("month", "day"), [("2026-07", date(2026, 8, 1)), ("2026-12", date(2027, 1, 1)), ("2028-02", date(2028, 3, 1))]
)
def test_the_day_after_a_month(month, day):
    assert first_day_after(month) == day
