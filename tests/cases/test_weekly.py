"""The weekly summary: on the first working day of the party's week, for supervisors with something to look at."""

from datetime import date

import pytest
from letters import HEAD, JEDDAH, RIYADH, html, plain, words

from amanah.cases.lifecycle import Action, State
from amanah.cases.people import Desk, People
from amanah.cases.weekly import is_due, week_of

PEOPLE = People(desks={desk: Desk(language="en", supervisor=HEAD) for desk in (RIYADH, JEDDAH)})


@pytest.mark.parametrize(
    ("party", "day", "begins"),
    [
        ("IDN", date(2026, 8, 3), date(2026, 8, 3)),  # a Monday, after Saturday and Sunday
        ("IDN", date(2026, 8, 9), date(2026, 8, 3)),
        ("SAU", date(2026, 8, 9), date(2026, 8, 9)),  # a Sunday, after Friday and Saturday
        ("SAU", date(2026, 8, 8), date(2026, 8, 2)),
    ],
)
def test_a_week_begins_after_the_weekend(agreement, party, day, begins):
    assert week_of(agreement.parties[party], day) == begins


def test_a_holiday_puts_it_off_to_the_first_day_that_is_worked(agreement):
    holiday = date(2026, 8, 17)
    assert holiday in agreement.parties["IDN"].holidays  # a Monday

    assert not is_due(agreement.parties["IDN"], holiday)
    assert is_due(agreement.parties["IDN"], date(2026, 8, 18))


@pytest.mark.slow
def test_a_supervisor_is_told_once_a_week_what_waits_at_each_desk(month_ends, notify, act, post_office, a_discrepancy):
    month_ends("2026-07", *(a_discrepancy(f"D{n}", area=f"SA-0{n}") for n in (1, 2)), a_discrepancy("D3"))
    act("D3", Action.TAKE, state=State.IN_PROGRESS)

    days = ("2026-08-10", "2026-08-10", "2026-08-12", "2026-08-17", "2026-08-18")  # the 17th is a holiday
    assert [notify(day, PEOPLE).weekly for day in days] == [1, 0, 0, 0, 1]

    first, second = (sent for sent in post_office.sent_to(HEAD) if "The week of" in sent["Subject"])
    assert first["Subject"] == "[idn-sau] The week of 10 August 2026: cases of your desks"
    assert "As of 10 August 2026: 3 open, 0 past their deadlines." in plain(first)
    assert "No case is past its deadline." in plain(first)
    for desk in (RIYADH, JEDDAH):
        assert desk in plain(first)
        assert desk in words(html(first))
    assert "In progress: 1" in plain(first)
    assert "3 past their deadlines" in plain(second)
    assert plain(second).index("D1") < plain(second).index("D2")


@pytest.mark.slow
def test_it_is_made_up_for_where_the_day_was_missed(month_ends, notify, a_discrepancy):
    month_ends("2026-07", a_discrepancy())

    assert [notify(day, PEOPLE).weekly for day in ("2026-08-13", "2026-08-14")] == [1, 0]


@pytest.mark.slow
def test_nothing_to_look_at_is_no_mail(month_ends, notify):
    month_ends("2026-07")

    assert notify("2026-08-10", PEOPLE).weekly == 0
