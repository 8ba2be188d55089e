"""Two roles: whoever works with the node's tables cannot rewrite the ledger, not even with SQL of their own."""

import pytest
from sqlalchemy import text

from amanah.exchange import ledger
from amanah.store import roles
from amanah.store.database import Database, DatabaseRefused

pytestmark = pytest.mark.slow

OWNER, APPLICATION = "ledger_owner", "ledger_application"
FIRST = "IDN-SAU-placement-000001"


@pytest.fixture
def two_roles(a_database, postgres):
    """An empty database that one role owns and another works with: (owner, application), with nothing in it yet."""
    for role in (OWNER, APPLICATION):
        postgres.create_role(role)
    name = a_database(template=None).url.database
    administrator = Database(postgres.url(name))
    with administrator.engine.begin() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" OWNER TO {OWNER}'))
    administrator.engine.dispose()
    both = [Database(postgres.url(name, role=role)) for role in (OWNER, APPLICATION)]
    yield both
    for database in both:
        database.engine.dispose()


@pytest.fixture
def application(two_roles):
    """The application's role, in a migrated database with one entry in its ledger."""
    owner, application = two_roles
    owner.migrate(application=APPLICATION)
    with application.engine.begin() as connection:
        ledger.append(connection, FIRST, "built", records=3)
    return application


def run(database, *statements):
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


ATTEMPTS = [
    "UPDATE ledger SET event = 'accepted'",
    "DELETE FROM ledger",
    "UPDATE case_event SET why = 'nothing'",
    "DELETE FROM case_event",
    "DELETE FROM case_look",
    "UPDATE batch_confirmation SET why = ''",
    "TRUNCATE ledger",
    "TRUNCATE message, ledger CASCADE",
    "DROP TABLE ledger",
    "DROP TABLE ledger CASCADE",
    "ALTER TABLE ledger DISABLE TRIGGER ledger_stays",
    "ALTER TABLE ledger DISABLE TRIGGER ALL",
    "ALTER TABLE ledger ADD COLUMN note text",
    "ALTER TABLE ledger RENAME TO old_ledger",
    f"ALTER TABLE ledger OWNER TO {APPLICATION}",
    "DROP TRIGGER ledger_stays ON ledger",
    "DROP TRIGGER ledger_follows ON ledger",
    "DROP FUNCTION ledger_stays() CASCADE",
    "CREATE OR REPLACE FUNCTION ledger_stays() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "ALTER FUNCTION ledger_follows() RESET search_path",
    "CREATE RULE quietly AS ON INSERT TO ledger DO INSTEAD NOTHING",
    "CREATE TABLE mine (x int)",
    "DROP SCHEMA public CASCADE",
    "SET session_replication_role = replica",
    f"SET ROLE {OWNER}",
    "INSERT INTO ledger SELECT * FROM ledger ON CONFLICT (position) DO UPDATE SET event = 'x'",
    "UPDATE alembic_version SET version_num = '0001'",
]


@pytest.mark.parametrize("statement", ATTEMPTS)
def test_the_applications_role_cannot_change_the_ledger(application, statement):
    with pytest.raises(DatabaseRefused, match="InsufficientPrivilege"):
        run(application, statement)

    with application.engine.connect() as connection:
        assert [entry.event for entry in ledger.entries(connection)] == ["built"]
        assert ledger.first_broken_entry(connection) is None


def test_the_applications_role_cannot_give_itself_rights(application):
    run(application, f"GRANT ALL ON ledger TO {APPLICATION}")  # PostgreSQL only warns

    with pytest.raises(DatabaseRefused, match="InsufficientPrivilege"):
        run(application, "UPDATE ledger SET event = 'accepted'")


@pytest.mark.parametrize(
    ("position", "previous"), [("5", "hash"), ("2", "repeat('a', 64)"), ("1", "repeat('0', 64)"), ("0", "hash")]
)
def test_an_entry_that_does_not_follow_the_last_one_is_refused(application, position, previous):
    with pytest.raises(DatabaseRefused):
        run(
            application,
            "INSERT INTO ledger (position, at, message_id, event, detail, previous_hash, hash) "
            f"SELECT {position}, now(), 'x', 'x', '{{}}', {previous}, repeat('b', 64) FROM ledger",
        )


def test_a_temporary_table_of_that_name_does_not_stand_in_for_the_ledger(application):
    """Somebody who may make temporary tables could otherwise show the check of the chain an empty ledger."""
    forged = (
        "INSERT INTO public.ledger (position, at, message_id, event, detail, previous_hash, hash) "
        "VALUES (1, now(), 'x', 'x', '{}', repeat('0', 64), repeat('b', 64))"
    )
    with pytest.raises(DatabaseRefused, match="RaiseException"):
        run(application, "CREATE TEMPORARY TABLE ledger (position bigint, hash text)", forged)


def test_the_application_reads_and_appends(application):
    with application.engine.begin() as connection:
        ledger.append(connection, FIRST, "sent")

    with application.engine.connect() as connection:
        assert [entry.event for entry in ledger.entries(connection)] == ["built", "sent"]
        assert not roles.power_over_ledger(connection).could_rewrite


def test_the_role_that_owns_the_ledger_is_told_apart(two_roles, application):
    owner, _ = two_roles
    with owner.engine.connect() as connection:
        assert roles.power_over_ledger(connection).could_rewrite


def test_rights_that_crept_in_are_taken_away_by_the_next_migration(two_roles, application):
    owner, _ = two_roles
    run(owner, f"GRANT ALL ON ledger TO {APPLICATION}")

    owner.migrate(application=APPLICATION)

    with pytest.raises(DatabaseRefused, match="InsufficientPrivilege"):
        run(application, "DELETE FROM ledger")


def test_migrating_without_the_owner_says_where_it_is_to_be_done(two_roles):
    _, application = two_roles

    with pytest.raises(DatabaseRefused, match="role ledger_application may not change them"):
        application.migrate()


def test_a_node_with_one_role_keeps_working_and_is_told_how_to_get_two(two_roles, postgres):
    """The tables belonged to the application; the owner is told how to take them over, and then can."""
    owner, application = two_roles
    name = owner.url.database
    administrator = Database(postgres.url(name))
    run(administrator, f'ALTER DATABASE "{name}" OWNER TO {APPLICATION}')
    application.migrate()
    with application.engine.begin() as connection:
        ledger.append(connection, FIRST, "built")

    with pytest.raises(DatabaseRefused, match=f'REASSIGN OWNED BY "{APPLICATION}" TO "{OWNER}"'):
        owner.migrate(application=APPLICATION)

    run(administrator, f'REASSIGN OWNED BY "{APPLICATION}" TO "{OWNER}"')
    administrator.engine.dispose()
    owner.migrate(application=APPLICATION)
    with application.engine.begin() as connection:
        ledger.append(connection, FIRST, "sent")
    with pytest.raises(DatabaseRefused, match="InsufficientPrivilege"):
        run(application, "ALTER TABLE ledger DISABLE TRIGGER ledger_stays")
