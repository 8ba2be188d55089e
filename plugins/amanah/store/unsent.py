"""Our revisions that the partner has not been sent: all that a publication looks at, however many records there are.

A revision is noted when it enters the store, taken when a message of its month is built, and noted again when the
partner refuses it.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, func, literal, select, text
from sqlalchemy.dialects.postgresql import distinct_on, insert

from amanah.store.copying import copy
from amanah.store.many import one_of
from amanah.store.tables import RECORDS, sent_record, unsent

_TAKE = text(
    """
    WITH taken AS (DELETE FROM unsent WHERE stream = :stream AND known_in <= :period RETURNING record_ref)
    INSERT INTO candidate SELECT DISTINCT record_ref FROM taken
    """
)


def note(connection: Connection, stream: str, revisions: Iterable[tuple[str, int]], *, known_in: str) -> None:
    """Note ``(record_ref, revision)`` of ours that became known in ``known_in``."""
    rows = (
        {"stream": stream, "record_ref": ref, "revision": number, "known_in": known_in} for ref, number in revisions
    )
    copy(connection, unsent, rows, [column.name for column in unsent.columns])


def take(connection: Connection, stream: str, period: str) -> int:
    """Take what is unsent up to ``period`` into the temporary table ``candidate``; return how many records.

    It is one statement, so that a revision noted meanwhile is either taken or stays for the next message.
    """
    connection.execute(text("DROP TABLE IF EXISTS candidate"))
    connection.execute(text("CREATE TEMPORARY TABLE candidate (record_ref text PRIMARY KEY) ON COMMIT DROP"))
    taken = connection.execute(_TAKE, {"stream": stream, "period": period}).rowcount
    connection.execute(text("ANALYZE candidate"))
    return taken


def counts(connection: Connection) -> dict[str, int]:
    """How many records of each stream have something that the partner has not been sent."""
    query = select(unsent.c.stream, func.count(unsent.c.record_ref.distinct())).group_by(unsent.c.stream)
    return dict(connection.execute(query).all())


def note_again(connection: Connection, message_id: str, refs: Collection[str] | None = None) -> None:
    """Note again what the message ``message_id`` carried (of ``refs`` only, if given): it was refused."""
    carried = select(sent_record).where(sent_record.c.message_id == message_id)
    if refs is not None:
        carried = carried.where(sent_record.c.record_ref == one_of(refs))
    for stream, table in RECORDS.items():
        sent = carried.where(sent_record.c.stream == stream).subquery()
        ours = sent.join(table, (table.c.record_ref == sent.c.record_ref) & (table.c.revision == sent.c.revision))
        rows = select(sent.c.stream, sent.c.record_ref, sent.c.revision, table.c.known_in).select_from(ours)
        into = insert(unsent).from_select([column.name for column in unsent.columns], rows)
        connection.execute(into.on_conflict_do_nothing())


def note_newest(connection: Connection, stream: str, refs: Collection[str], *, us: str) -> None:
    """Note the newest revision of ``refs`` of ours again: the partner does not hold it as we believed."""
    table = RECORDS[stream]
    newest = (
        select(literal(stream), table.c.record_ref, table.c.revision, table.c.known_in)
        .ext(distinct_on(table.c.record_ref))
        .where(table.c.holder == us, table.c.record_ref == one_of(refs))
        .order_by(table.c.record_ref, table.c.revision.desc())
    )
    into = insert(unsent).from_select([column.name for column in unsent.columns], newest)
    connection.execute(into.on_conflict_do_nothing())
