"""The database: migrations make what the tables say, and errors keep values to themselves."""

import traceback

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from builders import CANARIES, a_revision, with_canaries
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from amanah.store import records
from amanah.store.database import DatabaseRefused
from amanah.store.tables import metadata

pytestmark = pytest.mark.slow


def differences(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, metadata)


def test_the_migrations_make_exactly_the_tables(a_database):
    database = a_database(template=None)

    database.migrate()

    assert differences(database) == []


def test_migrating_again_changes_nothing(database):
    database.migrate()
    database.migrate()

    assert differences(database) == []
    assert set(inspect(database.engine).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_an_error_says_which_table_and_constraint_and_nothing_that_a_record_holds(database):
    twice = [a_revision(with_canaries())] * 2

    with (
        pytest.raises(DatabaseRefused, match="UniqueViolation 23505 table placement constraint") as caught,
        database.engine.begin() as connection,
    ):
        records.add(connection, "placement", twice, holder="IDN", known_in="2026-07", origin="test")

    printed = "".join(traceback.format_exception(caught.value))
    assert not [canary for canary in CANARIES if canary in printed]


def test_a_server_that_is_gone_is_not_called_a_refusal(a_database):
    database = a_database()
    with database.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        with database.engine.connect() as other:
            other.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    " AND datname = current_database()"
                )
            )
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT 1"))

    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
