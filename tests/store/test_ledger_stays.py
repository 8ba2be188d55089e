"""The ledger table is append-only: the database refuses every other statement."""

import pytest
from sqlalchemy import text

from amanah.exchange import ledger
from amanah.store.database import DatabaseRefused

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger SET event = 'accepted'", "DELETE FROM ledger WHERE position = 1", "TRUNCATE ledger"],
)
def test_the_database_refuses_to_change_the_ledger(database, statement):
    with database.engine.begin() as connection:
        ledger.append(connection, "IDN-SAU-placement-000001", "built", records=3)

    with pytest.raises(DatabaseRefused, match="RaiseException"), database.engine.begin() as connection:
        connection.execute(text(statement))

    with database.engine.connect() as connection:
        assert ledger.first_broken_entry(connection) is None
