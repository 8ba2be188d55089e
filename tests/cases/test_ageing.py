"""How old a case is, and when it goes to the supervisor: in working days of its side."""

from datetime import date

import pytest
from sqlalchemy import select

from amanah.cases.ageing import Age, age, amber_from, escalate
from amanah.store.tables import case, case_event

DUE = date(2026, 8, 14)  # of a case of July, in Indonesia


@pytest.mark.parametrize(
    ("today", "colour"),
    [
        (date(2026, 8, 1), Age.GREEN),
        (date(2026, 8, 11), Age.GREEN),
        (date(2026, 8, 12), Age.AMBER),
        (DUE, Age.AMBER),
        (date(2026, 8, 15), Age.RED),
    ],
)
def test_green_amber_red(agreement, today, colour):
    assert age(DUE, today, amber_from(agreement, "IDN", today)) is colour


@pytest.mark.slow
def test_what_is_past_its_deadline_goes_to_the_supervisor_and_again_each_ten_working_days(
    database, agreement, month_ends, a_discrepancy
):
    month_ends("2026-07", a_discrepancy("D1"), a_discrepancy("D2", severity="high"))

    def on(day):
        with database.engine.begin() as connection:
            return escalate(connection, agreement, us="IDN", today=day)

    assert on(DUE) == 0
    assert on(date(2026, 8, 15)) == 2
    assert on(date(2026, 8, 15)) == 0  # again on the same day
    assert on(date(2026, 8, 31)) == 0  # nine working days later: one was a holiday, one the Prophet's birthday
    assert on(date(2026, 9, 2)) == 2
    assert on(date(2027, 6, 1)) == 2
    assert on(date(2028, 6, 1)) == 0  # three times is enough
    with database.engine.connect() as connection:
        events = connection.execute(select(case_event).where(case_event.c.action == "escalated")).all()
        assert {row.escalated for row in connection.execute(select(case))} == {3}
    assert [each.detail["time"] for each in events if each.number == "D1"] == [1, 2, 3]


@pytest.mark.slow
def test_what_a_person_has_resolved_is_not_late(database, agreement, month_ends, a_discrepancy):
    month_ends("2026-07", a_discrepancy("D1"))
    with database.engine.begin() as connection:
        connection.execute(case.update().values(state="resolved"))

        assert escalate(connection, agreement, us="IDN", today=date(2027, 1, 1)) == 0
