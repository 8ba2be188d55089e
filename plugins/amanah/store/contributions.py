"""Contributions in the database: what each system says of each of its rows, and the keys by which rows find each other.

Everything here works on sets: the rows that a batch touches, and all that hang together with them, are found by the
database in a few statements however many there are.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select, text
from sqlalchemy.dialects.postgresql import insert

from amanah.store.many import one_of
from amanah.store.tables import contribution, message, sent_record

_ROOM = """
    CREATE TEMPORARY TABLE IF NOT EXISTS touched (source text, source_ref text, PRIMARY KEY (source, source_ref))
    ON COMMIT DROP
"""
_SEED = "INSERT INTO touched SELECT * FROM unnest(CAST(:sources AS text[]), CAST(:refs AS text[]))"
_SAME_RECORD = """
    INSERT INTO touched
    SELECT other.source, other.source_ref
    FROM touched JOIN contribution AS mine USING (source, source_ref)
    JOIN contribution AS other ON other.stream = mine.stream AND other.record_ref = mine.record_ref
    WHERE mine.stream = :stream ON CONFLICT DO NOTHING
"""
_SAME_KEY = """
    INSERT INTO touched
    SELECT DISTINCT other.source, other.source_ref
    FROM touched JOIN contribution_key AS mine USING (source, source_ref)
    JOIN contribution_key AS other
      ON other.stream = mine.stream AND other.key = mine.key AND other.value = mine.value
    WHERE mine.stream = :stream ON CONFLICT DO NOTHING
"""
_FORGET_KEYS = """
    DELETE FROM contribution_key AS k USING touched
    WHERE k.stream = :stream AND k.source = touched.source AND k.source_ref = touched.source_ref
"""
_SET_KEYS = """
    INSERT INTO contribution_key (stream, key, value, source, source_ref)
    SELECT :stream, * FROM unnest(
        CAST(:keys AS text[]), CAST(:values AS text[]), CAST(:sources AS text[]), CAST(:refs AS text[])
    ) ON CONFLICT DO NOTHING
"""
_ASSIGN = """
    UPDATE contribution AS c SET record_ref = a.record_ref
    FROM unnest(CAST(:sources AS text[]), CAST(:refs AS text[]), CAST(:records AS text[]))
      AS a (source, source_ref, record_ref)
    WHERE c.stream = :stream AND c.source = a.source AND c.source_ref = a.source_ref
"""
_BESIDE_OTHERS = """
    SELECT c.source_ref FROM contribution AS c
    WHERE c.stream = :stream AND c.source = :source AND c.source_ref = ANY(:refs) AND (
        EXISTS (
            SELECT FROM contribution AS other
            WHERE other.stream = c.stream AND other.record_ref = c.record_ref
              AND other.source = c.source AND other.source_ref <> c.source_ref)
        OR EXISTS (
            SELECT FROM contribution_key AS mine JOIN contribution_key AS other USING (stream, key, value)
            WHERE mine.stream = c.stream AND mine.source = c.source AND mine.source_ref = c.source_ref
              AND other.source = c.source AND other.source_ref <> c.source_ref))
"""
_TOUCHED = """
    SELECT c.* FROM contribution AS c JOIN touched USING (source, source_ref) WHERE c.stream = :stream
"""


def of_source(connection: Connection, stream: str, source: str, refs: Sequence[str]) -> dict[str, Row[Any]]:
    """Return the rows ``refs`` of ``source`` by reference."""
    query = select(contribution).where(
        contribution.c.stream == stream, contribution.c.source == source, contribution.c.source_ref == one_of(refs)
    )
    return {row.source_ref: row for row in connection.execute(query)}


def put(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Keep ``rows``, in place of what the same systems said of the same references before."""
    if rows:
        statement = insert(contribution)
        key = [column.name for column in contribution.primary_key]
        new = {c.name: statement.excluded[c.name] for c in contribution.columns if c.name not in key}
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=new), rows)


def ids(connection: Connection, stream: str) -> list[tuple[str, str]]:
    """Return (source, reference) of every row."""
    query = select(contribution.c.source, contribution.c.source_ref).where(contribution.c.stream == stream)
    return [(row.source, row.source_ref) for row in connection.execute(query)]


def beside_others(connection: Connection, stream: str, source: str, refs: Sequence[str]) -> set[str]:
    """Those of the rows ``refs`` of ``source`` that share a record or a key with another row of it."""
    asked = {"stream": stream, "source": source, "refs": list(refs)}
    return set(connection.execute(text(_BESIDE_OTHERS), asked).scalars())


def count_unattached(connection: Connection, stream: str) -> int:
    """Return how many rows are part of no record."""
    query = select(func.count()).where(contribution.c.stream == stream, contribution.c.record_ref.is_(None))
    return connection.execute(query).scalar_one()


def touch(connection: Connection, rows: Collection[tuple[str, str]]) -> None:
    """Begin with ``rows`` (source, reference)."""
    connection.execute(text(_ROOM))
    connection.execute(text("TRUNCATE touched"))
    sources, refs = zip(*rows, strict=True)
    connection.execute(text(_SEED), {"sources": list(sources), "refs": list(refs)})
    connection.execute(text("ANALYZE touched"))


def spread(connection: Connection, stream: str, *, only_next: bool = False) -> bool:
    """Add to the touched rows every row that shares a record or a key with one, and so on; return whether any does."""
    more = connection.execute(text(_SAME_RECORD), {"stream": stream}).rowcount > 0
    while connection.execute(text(_SAME_KEY), {"stream": stream}).rowcount:
        more = True
        if only_next:
            break
    return more


def set_keys(connection: Connection, stream: str, keys: Iterable[tuple[str, str, str, str]]) -> None:
    """Make ``keys`` (key, value, source, reference) the keys of the rows touched so far."""
    connection.execute(text(_FORGET_KEYS), {"stream": stream})
    columns = [list(column) for column in zip(*keys, strict=True)] or [[], [], [], []]
    names = ("keys", "values", "sources", "refs")
    connection.execute(text(_SET_KEYS), {"stream": stream, **dict(zip(names, columns, strict=True))})
    connection.execute(text("ANALYZE touched"))


def touched(connection: Connection, stream: str) -> Sequence[Row[Any]]:
    """Return every row that was touched."""
    return connection.execute(text(_TOUCHED), {"stream": stream}).all()


def assign(connection: Connection, stream: str, refs: Mapping[tuple[str, str], str | None]) -> None:
    """Note which record each row (source, reference) is part of."""
    of = {"sources": [s for s, _ in refs], "refs": [ref for _, ref in refs], "records": list(refs.values())}
    connection.execute(text(_ASSIGN), {"stream": stream, **of})


def record_of(connection: Connection, stream: str, refs: Collection[str]) -> dict[str, str]:
    """Return ``source_ref -> record_ref`` for the rows ``refs`` that are part of a record under another reference."""
    query = select(contribution.c.source_ref, contribution.c.record_ref).where(
        contribution.c.stream == stream,
        contribution.c.source_ref == one_of(refs),
        contribution.c.record_ref.is_not(None),
    )
    return {row.source_ref: row.record_ref for row in connection.execute(query.order_by(contribution.c.source))}


def first_sent(connection: Connection, stream: str, refs: Collection[str]) -> dict[str, int]:
    """Return ``record_ref -> sequence`` of the first message that took a record to the partner and was not refused."""
    query = (
        select(sent_record.c.record_ref, message.c.sequence)
        .join(message, message.c.message_id == sent_record.c.message_id)
        .where(sent_record.c.stream == stream, ~sent_record.c.rejected, sent_record.c.record_ref == one_of(refs))
        .order_by(message.c.sequence.desc())
    )
    return {row.record_ref: row.sequence for row in connection.execute(query)}
