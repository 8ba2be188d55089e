"""SQL sources: any database SQLAlchemy speaks to, read-only, in keyset pages of one short transaction each.

Only the columns of the mapping are selected; ignored ones never leave the ministry's database.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Row
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.types import DateTime

from amanah.sources.connection import SourceConnection
from amanah.sources.errors import SourceError
from amanah.sources.keyset import Window, page
from amanah.sources.mapping import Mapping
from amanah.sources.native import NativeRow, as_text, audit, utc
from amanah.sources.sql_engine import answering, open_engine
from amanah.sources.sqlite_times import as_stored, in_one_form, refuse_other_forms


def rows(
    mapping: Mapping, connection: SourceConnection, since: datetime | None, until: datetime
) -> Iterator[NativeRow]:
    """Yield the rows of the window, in order. See ``Source.read`` for what is raised."""
    engine = open_engine(mapping, connection)
    try:
        with answering(mapping):
            native_table, window = _prepare(engine, mapping, since, until)
        number = 0
        for found in _pages(engine, native_table, mapping, window):
            for row in found:
                number += 1
                yield _native(row, mapping, f"{mapping.table} row {number}")
    finally:
        engine.dispose()


def _prepare(
    engine: sa.Engine, mapping: Mapping, since: datetime | None, until: datetime
) -> tuple[sa.FromClause, Window]:
    schema, _, name = (mapping.table or "").rpartition(".")
    try:
        reflected = sa.inspect(engine).get_columns(name, schema=schema or None)
    except NoSuchTableError:
        raise SourceError(f"{mapping.name}: no table or view {mapping.table}; check the mapping and the url") from None
    types = {found["name"]: found["type"] for found in reflected}
    audit(mapping, types, f"{mapping.name}, table {mapping.table}")
    moment = types[mapping.updated_at]
    if not isinstance(moment, DateTime):
        raise SourceError(f"{mapping.name}: column {mapping.updated_at} must be a date-time column, not {moment}")
    if isinstance(types[mapping.key], sa.Float):  # a page could not begin after a row whose key is not exact
        raise SourceError(
            f"{mapping.name}: column {mapping.key} must be text or a whole number, not {types[mapping.key]}"
        )
    on_sqlite = engine.dialect.name == "sqlite"
    columns = [sa.column(name, as_stored(types[name]) if on_sqlite else types[name]) for name in mapping.columns]
    native_table: sa.FromClause = sa.table(name, *columns, schema=schema or None)
    if any(found["nullable"] for found in reflected if found["name"] in (mapping.updated_at, mapping.key)):
        with engine.connect() as connected:
            _refuse_nulls(connected, native_table, mapping)
    if engine.dialect.name == "postgresql":
        with engine.connect() as connected:
            _refuse_infinity(connected, native_table, mapping)
    if on_sqlite:
        native_table = in_one_form(native_table, mapping)
        with engine.connect() as connected:
            refuse_other_forms(connected, native_table, mapping)
    return native_table, Window(since, until) if has_zone(moment) else _local(mapping, since, until)


def has_zone(moment: DateTime) -> bool:
    """Whether a column of this type keeps an offset; SQL Server has a type of its own for that."""
    return moment.timezone or isinstance(moment, mssql.DATETIMEOFFSET)


def _local(mapping: Mapping, since: datetime | None, until: datetime) -> Window:
    """The window as the system's own clock on the wall shows it, for a column without zone."""
    start = since.astimezone(mapping.zone).replace(tzinfo=None) if since else None
    return Window(start, until.astimezone(mapping.zone).replace(tzinfo=None))


def _refuse_nulls(connected: sa.Connection, native_table: sa.FromClause, mapping: Mapping) -> None:
    needed = [native_table.c[mapping.updated_at], native_table.c[mapping.key]]
    query = sa.select(needed[0]).where(sa.or_(*(each.is_(None) for each in needed))).limit(1)
    if connected.execute(query).first() is not None:
        raise SourceError(
            f"{mapping.name}: {mapping.table} has rows without {mapping.updated_at} or {mapping.key}, "
            "which no window would ever find; the ministry has to fill them"
        )


def _refuse_infinity(connected: sa.Connection, native_table: sa.FromClause, mapping: Mapping) -> None:
    query = (
        sa.select(sa.literal(1)).where(native_table.c[mapping.updated_at] == sa.literal_column("'infinity'")).limit(1)
    )
    if connected.execute(query).first() is not None:
        raise SourceError(
            f"{mapping.name}: {mapping.table} has rows whose {mapping.updated_at} is infinity, which no window would "
            "ever find; the ministry has to fill them"
        )


def _pages(
    engine: sa.Engine, native_table: sa.FromClause, mapping: Mapping, window: Window
) -> Iterator[list[Row[Any]]]:
    """Pages in order. One row more than a page is looked at, to notice a key that is not unique."""
    after = None
    while True:
        query = page(
            native_table,
            updated_at=mapping.updated_at,
            key=mapping.key,
            window=window,
            after=after,
            limit=mapping.page_size + 1,
        )
        with answering(mapping), engine.connect() as connected:
            found = list(connected.execute(query))
        marks = [(row._mapping[mapping.updated_at], row._mapping[mapping.key]) for row in found]
        if len(set(marks)) < len(marks):
            raise SourceError(f"{mapping.name}: column {mapping.key} is not unique in {mapping.table}")
        if after is not None and after in marks:
            raise SourceError(
                f"{mapping.name}: column {mapping.updated_at} is finer than its driver shows, so pages would "
                "repeat; ask the ministry for a view that gives it in whole seconds"
            )
        yield found[: mapping.page_size]
        if len(found) <= mapping.page_size:
            return
        after = marks[mapping.page_size - 1]


def _native(row: Row[Any], mapping: Mapping, position: str) -> NativeRow:
    columns = {name: as_text(value, name, position) for name, value in row._mapping.items()}
    return NativeRow(position, utc(row._mapping[mapping.updated_at], mapping.zone), columns)
