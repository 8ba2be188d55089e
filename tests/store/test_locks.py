"""A lock: only one at a time, for as long as a transaction."""

import pytest
from sqlalchemy import text

from amanah.store.locks import hold

pytestmark = pytest.mark.slow


def is_free(database, name):
    """Whether a second session gets the lock; it asks with a deadline of the database's own."""
    with database.engine.begin() as second:
        second.execute(text("SET LOCAL lock_timeout = '50ms'"))
        try:
            hold(second, name)
        except Exception as error:  # the class depends on the driver; the state is PostgreSQL's
            if getattr(getattr(error, "orig", None), "sqlstate", None) != "55P03":
                raise
            return False
    return True


def test_a_lock_is_held_until_the_transaction_ends(database):
    with database.engine.begin() as first:
        hold(first, "admit")
        assert not is_free(database, "admit")
        assert is_free(database, "publish placement")
    assert is_free(database, "admit")
