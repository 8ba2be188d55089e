"""The ledger: a chain in which a forged, lost or reordered entry shows."""

import pytest
from sqlalchemy import text

from amanah.exchange import ledger

pytestmark = pytest.mark.slow


@pytest.fixture
def forge(database):
    """Change the ledger as somebody could who owns the database: with the trigger switched off."""
    with database.engine.begin() as connection:
        for number in range(1, 6):
            ledger.append(connection, f"IDN-SAU-placement-{number:06d}", "built", records=number)

    def run(statement):
        with database.engine.begin() as connection:
            connection.execute(text("ALTER TABLE ledger DISABLE TRIGGER ledger_stays"))
            connection.execute(text(statement))
            connection.execute(text("ALTER TABLE ledger ENABLE TRIGGER ledger_stays"))
            return ledger.first_broken_entry(connection)

    return run


def test_what_was_appended_is_a_chain(forge):
    assert forge("SELECT 1") is None


@pytest.mark.parametrize(
    "change",
    [
        "event = 'accepted'",
        "detail = '{\"records\": 0}'",
        "at = at + interval '1 microsecond'",
        "message_id = 'IDN-SAU-placement-000009'",
        "hash = repeat('0', 64)",
        "previous_hash = repeat('1', 64)",
        "position = 30",
    ],
)
def test_a_forged_entry_is_found(forge, change):
    assert forge(f"UPDATE ledger SET {change} WHERE position = 3") == 3


def test_a_lost_entry_is_found(forge):
    assert forge("DELETE FROM ledger WHERE position = 2") == 2


def test_an_entry_of_a_step_that_failed_is_not_kept(database):
    class StepFailedError(Exception):
        pass

    def step() -> None:
        with database.engine.begin() as connection:
            ledger.append(connection, "IDN-SAU-placement-000001", "sent")
            raise StepFailedError

    with pytest.raises(StepFailedError):
        step()
    with database.engine.begin() as connection:
        ledger.append(connection, "IDN-SAU-placement-000001", "built")
        assert connection.execute(text("SELECT position, event FROM ledger")).all() == [(1, "built")]
