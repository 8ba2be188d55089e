"""Amendments: what an official found to be wrong in our own record, for as long as the systems still say it.

The ministry's systems are not written to. An amendment stands over what they say of one field, and falls by itself
once they say anything else: then they know better, or the same.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from amanah.store.many import one_of
from amanah.store.tables import amendment
from schemas.streams import Stream
from schemas.texts import from_text, to_text


class Amendment(NamedTuple):
    """One field of one record: what the systems said when it was made, and what is right."""

    record_ref: str
    field: str
    was: str
    value: str


def add(connection: Connection, stream: str, made: Amendment, *, number: str, by: str, at: datetime) -> None:
    """Keep ``made``, in place of an earlier one of the same field."""
    values = {**made._asdict(), "stream": stream, "number": number, "by": by, "at": at}
    connection.execute(insert(amendment).values(values))


def of_records(connection: Connection, stream: str, refs: Collection[str]) -> list[Amendment]:
    """The newest amendment of each field of the records ``refs``."""
    columns = [amendment.c[name] for name in Amendment._fields]
    query = (
        select(*columns)
        .ext(distinct_on(amendment.c.record_ref, amendment.c.field))
        .where(amendment.c.stream == stream, amendment.c.record_ref == one_of(refs))
        .order_by(amendment.c.record_ref, amendment.c.field, amendment.c.id.desc())
    )
    return [Amendment(*row) for row in connection.execute(query)]


def applied(connection: Connection, stream: Stream, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """``rows`` as the systems give them, with what was amended and they still say."""
    amended: dict[str, list[Amendment]] = {}
    for each in of_records(connection, stream.name, [str(row["record_ref"]) for row in rows]):
        amended.setdefault(each.record_ref, []).append(each)
    return [_applied(stream, row, amended.get(str(row["record_ref"]), ())) for row in rows]


def _applied(stream: Stream, row: Mapping[str, Any], amended: Collection[Amendment]) -> dict[str, Any]:
    new = {
        each.field: from_text(each.value, stream.python_type(each.field))
        for each in amended
        if to_text(row.get(each.field)) == each.was
    }
    return {**row, **new}
