"""Records in the database: every revision kept, the current ones as of any period.

A revision is never changed or deleted. "Current as of a period" means the newest revision known by then, unless
that one says the record was withdrawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlalchemy import ARRAY, Connection, Text, any_, bindparam, insert, select
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import distinct_on

from amanah.store.database import Database
from amanah.store.tables import RECORDS
from schemas.forms import arrow_type
from schemas.streams import STREAMS, Stream

_SHARED = """
    AND EXISTS (SELECT FROM sent_record AS sent WHERE sent.stream = $3 AND sent.record_ref = record.record_ref
                AND sent.revision = record.revision AND NOT sent.rejected)
"""


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
    fields = STREAMS[stream].fields
    rows = [
        {
            **{field: item.values.get(field) for field in fields},
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
    ]
    connection.execute(insert(RECORDS[stream]), rows)


def latest(
    connection: Connection, stream: str, *, holder: str, refs: Sequence[str] | None = None
) -> dict[str, tuple[int, str, bool]]:
    """Return ``record_ref -> (revision, fingerprint, withdrawn)`` of the newest revisions (of ``refs`` if given)."""
    table = RECORDS[stream]
    query = (
        select(table.c.record_ref, table.c.revision, table.c.fingerprint, table.c.withdrawn)
        .ext(distinct_on(table.c.record_ref))
        .where(table.c.holder == holder)
        .order_by(table.c.record_ref, table.c.revision.desc())
    )
    if refs is not None:
        query = query.where(table.c.record_ref == any_(bindparam("refs", list(refs), type_=ARRAY(Text))))
    return {ref: (revision, print_, gone) for ref, revision, print_, gone in connection.execute(query)}


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


def current(database: Database, stream: str, *, holder: str, as_of: str, shared: bool = False) -> pa.Table:
    """Return the current records of ``holder`` as of period ``as_of``: the columns of :func:`history`."""
    table = history(database, stream, holder=holder, as_of=as_of, shared=shared)
    return table.filter(table["is_current"])


def history(database: Database, stream: str, *, holder: str, as_of: str, shared: bool = False) -> pa.Table:
    """Return all revisions known by ``as_of``, ordered by reference and revision.

    With ``shared`` only those that the partner was sent and did not refuse: what both sides can compare.
    Columns: the contract's, then ``revision``, ``known_in``, ``withdrawn``, ``first_known`` and ``is_current``.
    """
    model = STREAMS[stream]
    columns = ", ".join(_readable(model, field) for field in model.fields)
    query = f"""
        SELECT {columns}, revision, known_in, withdrawn,
               min(known_in) OVER whole AS first_known,
               revision = max(revision) OVER whole AND NOT withdrawn AS is_current
        FROM {model.name} AS record WHERE holder = $1 AND known_in <= $2 {_SHARED if shared else ""}
        WINDOW whole AS (PARTITION BY record_ref)
        ORDER BY record_ref, revision
    """  # noqa: S608 - the names come from the shared models, the values are bound
    parameters = (holder, as_of, stream) if shared else (holder, as_of)
    return _typed(database.arrow(query, parameters), model)


def _readable(stream: Stream, field: str) -> str:
    return f"{field}::text" if pa.types.is_decimal(arrow_type(stream, field)) else field


def _typed(table: pa.Table, stream: Stream) -> pa.Table:
    target = [
        pa.field(name, arrow_type(stream, name) if name in stream.fields else table.schema.field(name).type)
        for name in table.column_names
    ]
    return table.cast(pa.schema(target))
