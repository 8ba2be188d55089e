"""Two roles in one database: an owner that migrates, and the application, which may do its work and no more.

Whoever owns a table can switch its triggers off. So the application's role owns nothing: it reads and adds to the
ledger, the history of cases, the list of who looked at them, what was confirmed of batches and decided about editions,
and can neither change, empty nor drop these.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from amanah.store.tables import metadata

_ADD_ONLY = frozenset({"ledger", "case_event", "case_look", "batch_confirmation", "edition_decision"})
_FOREIGN = """
    SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'S')
        AND relowner <> current_user::regrole
"""
_POWERS = """
    SELECT current_user AS role, rolsuper AS superuser,
        pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'ledger'::regclass), 'MEMBER') AS owner,
        has_table_privilege('ledger', 'UPDATE') OR has_table_privilege('ledger', 'DELETE')
            OR has_table_privilege('ledger', 'TRUNCATE') AS changes
    FROM pg_roles WHERE rolname = current_user
"""


@dataclass(frozen=True)
class Power:
    """What the role that is logged in could do to the ledger."""

    role: str
    could_rewrite: bool


def grant(connection: Connection, role: str) -> None:
    """Let ``role`` do exactly what the application does; rights it had beyond that are taken away."""
    quoted = connection.dialect.identifier_preparer.quote(role)
    database = connection.dialect.identifier_preparer.quote(
        str(connection.execute(text("SELECT current_database()")).scalar_one())
    )
    connection.execute(text(f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {quoted}"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {quoted}"))
    connection.execute(text(f"REVOKE CREATE ON SCHEMA public FROM {quoted}"))
    connection.execute(text(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {quoted}"))
    connection.execute(text(f"GRANT SELECT ON alembic_version TO {quoted}"))
    for name in metadata.tables:
        table = connection.dialect.identifier_preparer.quote(name)
        rights = "SELECT, INSERT" if name in _ADD_ONLY else "SELECT, INSERT, UPDATE, DELETE"
        connection.execute(text(f"GRANT {rights} ON {table} TO {quoted}"))


def others_that_own_tables(connection: Connection) -> list[str]:
    """The roles other than ours that own a table of the database."""
    return sorted(connection.execute(text(_FOREIGN)).scalars())


def power_over_ledger(connection: Connection) -> Power:
    """What the role that is logged in could do to the ledger if it wanted to."""
    found = connection.execute(text(_POWERS)).one()
    return Power(found.role, could_rewrite=found.superuser or found.owner or found.changes)
