"""Finding messages in the ledger: by partner, id, code, month, moment or record, each with its whole life.

The ledger holds no record reference. A record is looked up where records are: in what was sent, in what came in, and in
the answers; the ledger then says what became of the messages.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, literal, or_, select, union
from sqlalchemy.dialects.postgresql import JSONB

from amanah.store.many import one_of
from amanah.store.tables import RECORDS, ledger, message, sent_record


@dataclass(frozen=True)
class Wanted:
    """What is looked for; what is not given does not matter, what is given must all hold.

    ``since`` and ``until`` are a window of time, its end not in it, in which something happened to the message.
    """

    message: str | None = None
    code: int | None = None
    record: str | None = None
    period: str | None = None
    sender: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Step:
    """One entry of the ledger."""

    position: int
    at: datetime
    event: str
    detail: Mapping[str, str | int]


@dataclass(frozen=True)
class RecordStep:
    """What one message said of the record that was asked for, and why it was refused."""

    record_ref: str
    action: str | None
    revision: int | None
    refused: str | None


@dataclass(frozen=True)
class Life:
    """One message from beginning to end."""

    message_id: str
    direction: str
    kind: str
    period: str | None
    state: str
    records: int
    answered_by: str | None
    steps: tuple[Step, ...]
    codes: Mapping[int, int] = field(default_factory=dict)
    record: RecordStep | None = None


def find(
    connection: Connection, wanted: Wanted, *, parties: Sequence[str], limit: int, newest: bool = False
) -> Iterator[Life]:
    """The messages of ``parties`` that fit, oldest or ``newest`` first, at most ``limit``; one at a time in memory."""
    query = messages_that_fit(wanted, parties=parties, limit=limit, newest=newest)
    for row in connection.execute(query, execution_options={"yield_per": 100}):
        yield _life(connection, row, wanted.record)


def messages_that_fit(wanted: Wanted, *, parties: Sequence[str], limit: int, newest: bool = False) -> Select[Any]:
    """The query for the messages, without what is large in them."""
    columns = [column for column in message.c if column.name not in {"answer", "manifest", "receipt"}]
    query = select(*columns).where(*_conditions(wanted, parties))
    order = (message.c.created_at, message.c.message_id)
    return query.order_by(*(column.desc() for column in order) if newest else order).limit(limit)


def _conditions(wanted: Wanted, parties: Sequence[str]) -> Iterator[ColumnElement[bool]]:
    if wanted.message is not None:  # asked for an answer, the message it answers is shown beside it
        yield or_(message.c.message_id == wanted.message, message.c.answered_by == wanted.message)
    if wanted.period is not None:
        yield message.c.period == wanted.period
    if wanted.sender is not None:
        yield message.c.sender == wanted.sender
    if wanted.code is not None:
        yield or_(*(_answer_has({name: [{"code": wanted.code}]}) for name in ("file_errors", "record_errors")))
    if wanted.record is not None:
        yield message.c.message_id.in_(_that_carried(wanted.record, parties))
    if wanted.since is not None or wanted.until is not None:
        window = select(ledger.c.message_id)
        if wanted.since is not None:
            window = window.where(ledger.c.at >= wanted.since)
        if wanted.until is not None:
            window = window.where(ledger.c.at < wanted.until)
        yield message.c.message_id.in_(window)


def _answer_has(content: Mapping[str, object]) -> ColumnElement[bool]:
    return message.c.answer.contains(literal(content, JSONB))


def _that_carried(record_ref: str, parties: Sequence[str]) -> Select[Any]:
    """The ids of the messages that said something of a record: as they were sent, applied or refused.

    A union, not conditions joined by "or": each part is answered by an index.
    """
    sent = select(sent_record.c.message_id).where(
        sent_record.c.stream == one_of(list(RECORDS)), sent_record.c.record_ref == record_ref
    )
    applied = [
        select(table.c.origin).where(table.c.holder == one_of(parties), table.c.record_ref == record_ref)
        for table in RECORDS.values()
    ]
    refused = select(message.c.message_id).where(_answer_has({"record_errors": [{"record_ref": record_ref}]}))
    found = union(sent, *applied, refused).subquery()
    return select(found.c[0])


def _life(connection: Connection, row: Row[Any], record_ref: str | None) -> Life:
    entries = select(ledger.c.position, ledger.c.at, ledger.c.event, ledger.c.detail)
    entries = entries.where(ledger.c.message_id == row.message_id).order_by(ledger.c.position)
    return Life(
        message_id=row.message_id,
        direction=row.direction,
        kind=row.kind,
        period=row.period,
        state=row.state,
        records=row.records,
        answered_by=row.answered_by,
        steps=tuple(Step(*entry) for entry in connection.execute(entries)),
        codes=_codes(connection, row.message_id),
        record=None if record_ref is None else _of_record(connection, row.message_id, record_ref),
    )


def _errors_of(message_id: str, name: str) -> Any:
    """The errors in an answer as rows of one column, without the answer leaving the database."""
    found = select(message.c.answer[name]).where(message.c.message_id == message_id).scalar_subquery()
    return func.jsonb_array_elements(found).column_valued("error")


def _codes(connection: Connection, message_id: str) -> dict[int, int]:
    counts: dict[int, int] = {}
    for name in ("file_errors", "record_errors"):
        error = _errors_of(message_id, name)
        code = error.op("->>")("code")
        query = select(code, func.count()).group_by(code)
        for found, count in connection.execute(query):
            counts[int(found)] = counts.get(int(found), 0) + count
    return dict(sorted(counts.items()))


def _of_record(connection: Connection, message_id: str, record_ref: str) -> RecordStep | None:
    sent = connection.execute(
        select(sent_record.c.action, sent_record.c.revision).where(
            sent_record.c.message_id == message_id, sent_record.c.record_ref == record_ref
        )
    ).one_or_none()
    error = _errors_of(message_id, "record_errors")
    refusal = select(error.op("->>")("message"), error.op("->>")("code"))
    refused = connection.execute(refusal.where(error.op("->>")("record_ref") == record_ref).limit(1)).one_or_none()
    why = f"{refused[1]} {refused[0]}" if refused is not None else None
    if sent is not None:
        return RecordStep(record_ref, sent.action, sent.revision, why)
    for table in RECORDS.values():
        applied = select(table.c.revision, table.c.withdrawn)
        here = (table.c.holder == message_id[:3], table.c.record_ref == record_ref, table.c.origin == message_id)
        row = connection.execute(applied.where(*here).limit(1)).one_or_none()
        if row is not None:
            return RecordStep(record_ref, "withdraw" if row.withdrawn else "new or correct", row.revision, why)
    return RecordStep(record_ref, None, None, why) if why is not None else None
