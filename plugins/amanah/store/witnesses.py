"""Records of witnesses: registers of our own that speak beside the two sides' and are no part of either.

They stand in a table of their own, so that nothing that sends, certifies or counts records comes upon them. A revision
is never changed; what a witness knew at the end of a month can be asked at any time.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import pyarrow as pa
from sqlalchemy import ARRAY, Connection, Text, and_, cast, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import distinct_on

from amanah.store.copying import copy
from amanah.store.database import Database
from amanah.store.many import one_of
from amanah.store.records import readable, typed
from amanah.store.tables import contribution, contribution_key, witness_record
from schemas.streams import STREAMS


@dataclass(frozen=True)
class Said:
    """One revision of one record of a witness; ``said`` holds values as JSON keeps them, absent ones left out."""

    record_ref: str
    revision: int
    fingerprint: str
    said: Mapping[str, Any] = field(repr=False)


def add(
    connection: Connection,
    stream: str,
    witness: str,
    revisions: Sequence[Said],
    *,
    at: Mapping[str, datetime],
    known_in: str,
) -> None:
    """Add revisions of the records of ``witness``, which it made ``at`` these moments, by reference."""
    rows = (
        {
            "stream": stream,
            "witness": witness,
            "record_ref": each.record_ref,
            "revision": each.revision,
            "known_in": known_in,
            "updated_at": at[each.record_ref],
            "fingerprint": each.fingerprint,
            "said": dict(each.said),
        }
        for each in revisions
    )
    copy(connection, witness_record, rows, [column.name for column in witness_record.columns])


class Known(NamedTuple):
    """What is known of one record of a witness: its newest revision."""

    revision: int
    fingerprint: str


def latest(connection: Connection, stream: str, witness: str, refs: Collection[str]) -> dict[str, Known]:
    """Return the newest revisions of the records ``refs`` of ``witness``, by reference."""
    table = witness_record
    query = (
        select(table.c.record_ref, table.c.revision, table.c.fingerprint)
        .ext(distinct_on(table.c.record_ref))
        .where(table.c.stream == stream, table.c.witness == witness, table.c.record_ref == one_of(refs))
        .order_by(table.c.record_ref, table.c.revision.desc())
    )
    return {row.record_ref: Known(row.revision, row.fingerprint) for row in connection.execute(query)}


def take_over(connection: Connection, stream: str, witness: str) -> None:
    """Make what ``witness`` has contributed to our records, while it filled them, records of its own instead."""
    its_own = (contribution.c.stream == stream, contribution.c.source == witness)
    kept = ("stream", "witness", "record_ref", "known_in", "updated_at", "fingerprint", "said", "revision")
    known = select(witness_record.c.record_ref).where(
        witness_record.c.stream == stream, witness_record.c.witness == witness
    )
    names = ("stream", "source", "source_ref", "known_in", "updated_at", "fingerprint", "said")
    given = select(*(contribution.c[name] for name in names), literal(1)).where(
        *its_own, contribution.c.source_ref.not_in(known)
    )
    connection.execute(insert(witness_record).from_select(kept, given))
    connection.execute(delete(contribution).where(*its_own))
    keys = (contribution_key.c.stream == stream, contribution_key.c.source == witness)
    connection.execute(delete(contribution_key).where(*keys))


def current(
    database: Database, stream: str, witness: str, *, as_of: str, fields: Collection[str] | None = None
) -> pa.Table:
    """Return what ``witness`` knew at the end of ``as_of``: the contract's columns (of ``fields`` if given).

    Beside them stands ``updated_at``. Ordered by reference.
    """
    model = STREAMS[stream]
    columns = ", ".join(readable(model, name) for name in model.fields if fields is None or name in fields)
    query = f"""
        SELECT {columns}, updated_at FROM (
            SELECT DISTINCT ON (record_ref) said, updated_at FROM witness_record
            WHERE stream = $1 AND witness = $2 AND known_in <= $3 ORDER BY record_ref, revision DESC
        ) AS newest, jsonb_populate_record(NULL::{model.name}, said)
        ORDER BY record_ref
    """  # noqa: S608 - the names come from the shared models, the values are bound
    return typed(database.arrow(query, (stream, witness, as_of)), model)


def said(
    connection: Connection, which: Collection[tuple[str, str, str]]
) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    """Return what was said last of each (stream, witness, reference)."""
    table = witness_record
    key = table.c.stream, table.c.witness, table.c.record_ref
    named = [[each[place] for each in which] for place in range(len(key))]
    arrays = (cast(each, ARRAY(Text)) for each in named)
    wanted = func.unnest(*arrays).table_valued(*(column.name for column in key)).render_derived()
    same = and_(*(column == wanted.c[column.name] for column in key))
    query = select(*key, table.c.said).ext(distinct_on(*key)).join(wanted, same).order_by(*key, table.c.revision.desc())
    return {(row.stream, row.witness, row.record_ref): row.said for row in connection.execute(query)}
