"""Reaching the database: one engine per node, its migrations, and whole tables as Arrow."""

from pathlib import Path

import psycopg
import pyarrow as pa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url, text

from amanah.store import roles

MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseRefused(RuntimeError):
    """PostgreSQL refused a statement. The text names the kind of error, table and constraint, never a value."""


class Database:
    """A node's PostgreSQL database, named by a SQLAlchemy URL (``postgresql+psycopg://``).

    The text of its errors never holds the parameters of a statement: those are records.
    """

    def __init__(self, url: str) -> None:
        self.url: URL = make_url(url)
        self.engine: Engine = create_engine(self.url, pool_pre_ping=True, hide_parameters=True)
        event.listen(self.engine, "handle_error", _without_values)

    def migrate(self, *, application: str | None = None) -> None:
        """Bring the tables to the newest version; does nothing when they are there already.

        Args:
            application: the role that works with the tables without owning them; it is granted what it needs. Without
                one, the role of this database does both.

        Raises:
            DatabaseRefused: this role may not change the tables; the text says which may, or what to do.
        """
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.engine.begin() as connection:
            if application is not None:
                _check_owns(connection)
            newest = ScriptDirectory.from_config(config).get_current_head()
            if MigrationContext.configure(connection).get_current_revision() != newest:
                _check_may_change(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if application is not None:
                roles.grant(connection, application)

    def is_newest(self) -> bool:
        """Whether the tables are those of this version."""
        with self.engine.connect() as connection:
            there = MigrationContext.configure(connection).get_current_revision()
        return there == ScriptDirectory(str(MIGRATIONS)).get_current_head()

    def arrow(self, query: str, parameters: tuple[object, ...] = ()) -> pa.Table:
        """Return the result of ``query`` (``$1``, ``$2`` ... as placeholders) without a Python object per cell.

        Numeric columns must be cast to text in the query: the driver has no decimal type of its own.
        """
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        # It brings all of pandas and Polars with it, and most verbs read nothing as Arrow.
        import adbc_driver_postgresql.dbapi as adbc  # noqa: PLC0415

        with adbc.connect(plain) as connection, connection.cursor() as cursor:
            cursor.execute(query, parameters=parameters or None)
            return cursor.fetch_arrow_table()


def _check_owns(connection: Connection) -> None:
    """Only who owns a table can change it and say who may use it."""
    us, superuser = connection.execute(
        text("SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user")
    ).one()
    owners = roles.others_that_own_tables(connection)
    if owners and not superuser:
        raise DatabaseRefused(
            f"role {us} is to own the tables, but {', '.join(owners)} does: hand them over once, as a superuser of "
            f'PostgreSQL: REASSIGN OWNED BY "{owners[0]}" TO "{us}" (docs/production.md, section 9)'
        )


def _check_may_change(connection: Connection) -> None:
    us, may = connection.execute(text("SELECT current_user, has_schema_privilege('public', 'CREATE')")).one()
    if not may:
        raise DatabaseRefused(
            f"the tables are not of this version, and role {us} may not change them: migrate where node.yaml's "
            "database_owner is set"
        )


def _without_values(context: ExceptionContext) -> None:
    """Replace an error that may quote a row ("Failing row contains ...") by one that cannot.

    A lost connection stays what it is: nothing of a record stands in it, and the pool has to see it.
    """
    found = context.original_exception
    if context.is_disconnect or not isinstance(found, psycopg.Error) or isinstance(found, psycopg.OperationalError):
        return
    clean = refused(found)
    found.args = clean.args  # SQLAlchemy chains it as the cause, and a log prints causes
    raise clean


def refused(found: psycopg.Error) -> Exception:
    """The error to raise for ``found``: what the database refused without the row; a lost connection as it is."""
    if isinstance(found, psycopg.OperationalError):
        return found
    about = [f"{name} {value}" for name in ("table", "constraint") if (value := getattr(found.diag, f"{name}_name"))]
    return DatabaseRefused(" ".join([type(found).__name__, found.sqlstate or "", *about]))
