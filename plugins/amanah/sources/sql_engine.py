"""The way into a database: read-only and with limits where its driver has them, silent about addresses and values."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    StatementError,
)

from amanah.sources.connection import SourceConnection
from amanah.sources.errors import SourceError, SourceUnavailable
from amanah.sources.mapping import Mapping


def open_engine(mapping: Mapping, connection: SourceConnection) -> sa.Engine:
    """An engine for the connection's URL; nothing is contacted yet. Raises ``SourceError`` for a URL of no use here."""
    try:
        url = sa.make_url(connection.url)
    except ArgumentError:
        raise SourceError(
            f"{mapping.name}: the connection's url is not an SQLAlchemy URL such as postgresql+psycopg://user@host/name"
        ) from None
    try:
        return sa.create_engine(url, hide_parameters=True, connect_args=_limits(url, connection.timeout_seconds))
    except (NoSuchModuleError, ModuleNotFoundError):
        raise SourceError(f"{mapping.name}: the driver for {url.drivername} is not installed beside Amanah") from None


def _limits(url: sa.URL, seconds: float) -> dict[str, Any]:
    """What makes this driver give up in time and, where the server can see to it, never write."""
    match url.get_backend_name(), url.get_driver_name():
        case "postgresql", _:
            own = url.query.get("options", "")
            guard = f"{own} -c statement_timeout={int(seconds * 1000)} -c default_transaction_read_only=on"
            return {"connect_timeout": max(1, round(seconds)), "options": guard}
        case "sqlite", _:
            return {"timeout": seconds}
        case _, "pymysql" | "mysqldb":
            return {"connect_timeout": max(1, round(seconds)), "read_timeout": max(1, round(seconds))}
        case _, "oracledb":
            return {"tcp_connect_timeout": seconds}
        case _, "pyodbc":
            return {"timeout": max(1, round(seconds))}
        case _:
            return {}


@contextmanager
def answering(mapping: Mapping) -> Iterator[None]:
    """Turn what the driver raises into ``SourceUnavailable`` or ``SourceError``, without the values it may quote."""
    try:
        yield
    except (SourceError, SourceUnavailable):
        raise
    except (OperationalError, InterfaceError) as error:  # SQLite quotes the text of a cell in one
        raise SourceUnavailable(f"{mapping.name}: the database does not answer ({_kind(error)})") from None
    except DBAPIError as error:
        raise SourceError(f"{mapping.name}: the database refuses to read {mapping.table} ({_kind(error)})") from None
    except (StatementError, ValueError, TypeError) as error:
        raise SourceError(
            f"{mapping.name}: {mapping.table} holds a value that its column's type does not allow "
            f"({type(error).__name__}); ask the ministry for a view that gives the column as text"
        ) from None


def _kind(error: DBAPIError) -> str:
    return f"{type(error.orig).__name__} {getattr(error.orig, 'sqlstate', None) or ''}".strip()
