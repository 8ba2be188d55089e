"""Databases for tests, each as new: made once from the template, emptied and given on when its test is over.

To make a database and drop it takes a quarter of a second, to empty one some milliseconds. One whose tables, triggers
or rights a test has changed is dropped all the same.
"""

import uuid

import psycopg
from psycopg import sql

from amanah.demo.services.postgres import Postgres
from amanah.store import tables
from amanah.store.database import Database

TEMPLATE = "migrated"
APPLICATION = "application"  # the role of every node in the tests: it owns nothing

# Whatever of a database's making a test could have changed: tables and rights on them, columns, triggers, functions.
_MAKING = """
    SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (
        SELECT concat_ws(' ', nspname, relname, relkind, relowner::regrole, relacl::text, reloptions::text) AS line
        FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace
        WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg_t%'
        UNION ALL
        SELECT concat_ws(' ', attrelid::regclass, attname, atttypid, attnotnull, attstorage, attisdropped)
        FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL
        SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger
        UNION ALL
        SELECT concat_ws(' ', oid::regprocedure, proowner::regrole, proacl::text, prosrc)
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL
        SELECT concat_ws(' ', nspname, nspowner::regrole, nspacl::text) FROM pg_namespace WHERE nspname NOT LIKE 'pg_t%'
    ) AS made
"""
_OTHERS_END = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def make_template(server: Postgres) -> None:
    """Make the migrated database that the others are like, and the role of every node."""
    server.create_database(TEMPLATE)
    server.create_role(APPLICATION)
    migrated = Database(server.url(TEMPLATE))
    migrated.migrate(application=APPLICATION)
    migrated.engine.dispose()


class Databases:
    """The databases of one server that :func:`make_template` was at."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._free: list[str] = []
        self._as_made = self._ask(TEMPLATE, _MAKING)

    def take(self) -> Database:
        """A migrated, empty database that nobody else has now."""
        return Database(self._server.url(self._free.pop() if self._free else self._made(TEMPLATE)))

    def take_bare(self) -> Database:
        """A database without any table."""
        return Database(self._server.url(self._made("template1")))

    def give_back(self, database: Database) -> None:
        """The test is over."""
        database.engine.dispose()
        name = str(database.url.database)
        if self._ask(name, _MAKING) == self._as_made:
            self._empty(name)
            self._free.append(name)
        else:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            with self._connect("postgres") as connection:
                connection.execute(drop)

    def _made(self, template: str) -> str:
        name = f"test_{uuid.uuid4().hex}"
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        with self._connect("postgres") as connection:
            connection.execute(make)
        return name

    def _empty(self, name: str) -> None:
        with self._connect(name) as connection:
            connection.execute(_OTHERS_END)  # of processes that a test killed
            connection.execute("SET session_replication_role = replica")  # the ledger does not let go otherwise
            counted = [table for table in tables.metadata.tables if table == "quarantine"]  # numbers begin anew
            used = [table for table in tables.metadata.tables if table in counted or _has_rows(connection, table)]
            for table in used:
                connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(sql.Identifier(table)))

    def _ask(self, name: str, query: str) -> object:
        with self._connect(name) as connection:
            row = connection.execute(query).fetchone()  # type: ignore[arg-type]
            return row[0] if row else None

    def _connect(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self._server.url(name, "postgresql"), autocommit=True)


def _has_rows(connection: psycopg.Connection[tuple[object, ...]], table: str) -> bool:
    found = connection.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table))).fetchone()
    return bool(found and found[0])
