"""The SQL tables of the synthetic systems, those behind REST included, derived from their mappings."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from amanah.sources import Mapping
from schemas.values import DECIMALS, MOST_DIGITS

# Values are written as text; PostgreSQL keeps them as what they are, SQLite has no such types and keeps the text.
_TYPES: dict[object, sa.types.TypeEngine[Any]] = {
    "date_iso": sa.Date().with_variant(sa.Text(), "sqlite"),
    "decimal": sa.Numeric(MOST_DIGITS, DECIMALS).with_variant(sa.Text(), "sqlite"),
    "int": sa.Integer().with_variant(sa.Text(), "sqlite"),
}


def table(mapping: Mapping) -> sa.Table:
    """The table behind an ``sql`` or ``rest`` system, with the index that its reader needs."""
    types = {rule.column: _TYPES.get(rule.transform, sa.Text()) for rule in mapping.fields.values()}
    names = [name for name in (*mapping.columns, *mapping.ignored) if name != mapping.updated_at]
    built = sa.Table(
        mapping.table or f"{mapping.name}_records",
        sa.MetaData(),
        *(sa.Column(name, types.get(name, sa.Text()), primary_key=name == mapping.key) for name in names),
        sa.Column(mapping.updated_at, sa.DateTime(timezone=mapping.time_zone == "UTC"), nullable=False),
    )
    sa.Index(f"{built.name}_changed", built.c[mapping.updated_at], built.c[mapping.key])
    return built


def upsert(connection: sa.Connection, mapping: Mapping, rows: Sequence[dict[str, object]]) -> None:
    """Insert ``rows``, or bring those with the same key up to date; a row never goes back in time."""
    target = table(mapping)
    target.create(connection, checkfirst=True)
    if not rows:
        return
    insert: postgresql.Insert | sqlite.Insert
    insert = postgresql.insert(target) if connection.dialect.name == "postgresql" else sqlite.insert(target)
    excluded = insert.excluded
    statement = insert.on_conflict_do_update(
        index_elements=[mapping.key],
        set_={column.name: excluded[column.name] for column in target.c if not column.primary_key},
        where=excluded[mapping.updated_at] >= target.c[mapping.updated_at],
    )
    connection.execute(statement, rows)
