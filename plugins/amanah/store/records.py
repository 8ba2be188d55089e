"""Records in the database: every revision kept, the current ones as of any period.

A revision is never changed or deleted. "Current as of a period" means the newest revision known by then, unless
that one says the record was withdrawn.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa
from sqlalchemy import Connection, column, select, text
from sqlalchemy import func as sql
from sqlalchemy import table as sql_table
from sqlalchemy.dialects.postgresql import distinct_on

from amanah.store import unsent
from amanah.store.copying import copy
from amanah.store.database import Database
from amanah.store.many import one_of
from amanah.store.tables import RECORDS
from schemas.forms import arrow_type
from schemas.streams import STREAMS, Stream

_SHARED = """
    AND EXISTS (SELECT FROM sent_record AS sent WHERE sent.stream = $3 AND sent.record_ref = record.record_ref
                AND sent.revision = record.revision AND NOT sent.rejected
                AND sent.message_id IN (SELECT message_id FROM message WHERE period <= $2))
"""
_named = sql_table("named", column("record_ref"))  # temporary: the references that a snapshot names


@dataclass(frozen=True)
class Revision:
    """One revision of one record, as it enters the store; ``origins`` say which system gave which field."""

    record_ref: str
    revision: int
    values: Mapping[str, object]
    fingerprint: str
    withdrawn: bool = False
    origins: Mapping[str, str] | None = None


def add(
    connection: Connection, stream: str, revisions: Sequence[Revision], *, holder: str, known_in: str, origin: str
) -> None:
    """Add revisions of ``holder``'s records. ``origin`` is the source or message they came from."""
    if not revisions:
        return
    known = set(STREAMS[stream].fields)
    rows = (
        {
            **(item.values if item.values.keys() <= known else _only(item.values, known)),
            "holder": holder,
            "record_ref": item.record_ref,
            "revision": item.revision,
            "known_in": known_in,
            "withdrawn": item.withdrawn,
            "fingerprint": item.fingerprint,
            "origin": origin,
            "origins": None if item.origins is None else dict(item.origins),
        }
        for item in revisions
    )
    copy(connection, RECORDS[stream], rows, [column.name for column in RECORDS[stream].columns])


def _only(values: Mapping[str, object], known: Collection[str]) -> dict[str, object]:
    return {field: value for field, value in values.items() if field in known}


def add_ours(
    connection: Connection, stream: str, revisions: Sequence[Revision], *, us: str, known_in: str, origin: str
) -> None:
    """Add revisions of our own records, which the partner is to be told of."""
    add(connection, stream, revisions, holder=us, known_in=known_in, origin=origin)
    unsent.note(connection, stream, [(item.record_ref, item.revision) for item in revisions], known_in=known_in)


class Held(NamedTuple):
    """What is held of one record: its newest revision."""

    revision: int
    fingerprint: str
    withdrawn: bool
    origin: str


def latest(connection: Connection, stream: str, *, holder: str, refs: Collection[str] | None = None) -> dict[str, Held]:
    """Return the newest revisions of ``holder``'s records (of ``refs`` if given), by reference."""
    table = RECORDS[stream]
    query = (
        select(table.c.record_ref, table.c.revision, table.c.fingerprint, table.c.withdrawn, table.c.origin)
        .ext(distinct_on(table.c.record_ref))
        .where(table.c.holder == holder)
        .order_by(table.c.record_ref, table.c.revision.desc())
    )
    if refs is not None:
        query = query.where(table.c.record_ref == one_of(refs))
    return {ref: Held(*rest) for ref, *rest in connection.execute(query)}


def raise_above(connection: Connection, stream: str, floors: Mapping[str, int], *, us: str) -> None:
    """Give our records that the partner holds in a higher revision, ``floors`` by reference, one above that.

    Our own count fell behind, such as when a backup was restored; the content stays what it is.
    """
    table = RECORDS[stream]
    newest = select(table).ext(distinct_on(table.c.record_ref)).order_by(table.c.record_ref, table.c.revision.desc())
    query = newest.where(table.c.holder == us, table.c.record_ref == one_of(list(floors)))
    for row in connection.execute(query).mappings():
        if row["revision"] <= floors[row["record_ref"]]:
            values = {field: row[field] for field in STREAMS[stream].fields}
            raised = Revision(
                row["record_ref"],
                floors[row["record_ref"]] + 1,
                values,
                row["fingerprint"],
                withdrawn=row["withdrawn"],
                origins=row["origins"],
            )
            add_ours(connection, stream, [raised], us=us, known_in=row["known_in"], origin=row["origin"])


def begin_naming(connection: Connection) -> None:
    """Begin, within the transaction, a list of the references that a snapshot names."""
    connection.execute(text("DROP TABLE IF EXISTS named"))
    connection.execute(text("CREATE TEMPORARY TABLE named (record_ref text PRIMARY KEY) ON COMMIT DROP"))


def name(connection: Connection, refs: Collection[str]) -> None:
    """Put ``refs`` on that list."""
    connection.execute(
        text("INSERT INTO named SELECT unnest(CAST(:refs AS text[])) ON CONFLICT DO NOTHING"), {"refs": sorted(refs)}
    )


def unnamed(connection: Connection, stream: str, *, holder: str) -> list[tuple[str, int]]:
    """Return ``(record_ref, revision)`` of what ``holder`` is held to have and is not on the list."""
    table = RECORDS[stream]
    newest = (
        select(table.c.record_ref, table.c.revision, table.c.withdrawn)
        .ext(distinct_on(table.c.record_ref))
        .where(table.c.holder == holder)
        .order_by(table.c.record_ref, table.c.revision.desc())
        .subquery()
    )
    query = (
        select(newest.c.record_ref, newest.c.revision)
        .where(~newest.c.withdrawn, newest.c.record_ref.not_in(select(_named.c.record_ref)))
        .order_by(newest.c.record_ref)
    )
    return [(ref, revision) for ref, revision in connection.execute(query)]


def count_current(connection: Connection, stream: str, *, holder: str, as_of: str) -> int:
    """Return how many records ``holder`` had at the end of ``as_of``."""
    table = RECORDS[stream]
    newest = (
        select(table.c.withdrawn)
        .ext(distinct_on(table.c.record_ref))
        .where(table.c.holder == holder, table.c.known_in <= as_of)
        .order_by(table.c.record_ref, table.c.revision.desc())
        .subquery()
    )
    return connection.execute(select(sql.count()).select_from(newest).where(~newest.c.withdrawn)).scalar_one()


def current(
    database: Database,
    stream: str,
    *,
    holder: str,
    as_of: str,
    shared: bool = False,
    fields: Collection[str] | None = None,
    refs: Collection[str] | None = None,
) -> pa.Table:
    """Return the current records of ``holder`` as of period ``as_of``: the columns of :func:`history`."""
    table = history(database, stream, holder=holder, as_of=as_of, shared=shared, fields=fields, refs=refs)
    return table.filter(table["is_current"])


def history(
    database: Database,
    stream: str,
    *,
    holder: str,
    as_of: str,
    shared: bool = False,
    fields: Collection[str] | None = None,
    refs: Collection[str] | None = None,
) -> pa.Table:
    """Return all revisions (of ``refs`` if given) known by ``as_of``, ordered by reference and revision.

    With ``shared`` only those that the partner was sent by then and did not refuse: what both sides can compare.
    What a later month's message carried became known there in that month, whenever it is asked for.
    Columns: the contract's (those of ``fields`` if given), then ``revision``, ``known_in``, ``withdrawn``,
    ``first_known`` and ``is_current``.
    """
    model = STREAMS[stream]
    columns = ", ".join(readable(model, f) for f in model.fields if fields is None or f in fields)
    parameters: list[object] = [holder, as_of]
    parameters += [stream] if shared else []
    parameters += [list(refs)] if refs is not None else []
    query = f"""
        SELECT {columns}, revision, known_in, withdrawn,
               min(known_in) OVER whole AS first_known,
               revision = max(revision) OVER whole AND NOT withdrawn AS is_current
        FROM {model.name} AS record WHERE holder = $1 AND known_in <= $2
            {_SHARED if shared else ""} {f"AND record_ref = ANY(${len(parameters)})" if refs is not None else ""}
        WINDOW whole AS (PARTITION BY record_ref)
        ORDER BY record_ref, revision
    """  # noqa: S608 - the names come from the shared models, the values are bound
    return typed(database.arrow(query, tuple(parameters)), model)


def readable(stream: Stream, field: str) -> str:
    """SQL for a column of ``stream`` as `Database.arrow` can read it."""
    return f"{field}::text" if pa.types.is_decimal(arrow_type(stream, field)) else field


def typed(table: pa.Table, stream: Stream) -> pa.Table:
    """``table`` with the contract's types where a column is a field of ``stream``."""
    target = [
        pa.field(name, arrow_type(stream, name) if name in stream.fields else table.schema.field(name).type)
        for name in table.column_names
    ]
    return table.cast(pa.schema(target))
