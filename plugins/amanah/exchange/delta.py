"""What the partner is to be told of a stream: what changed since it last took our records, or all of it.

Rows are read through a server-side cursor and turned into statements one by one, so that memory does not grow with
their number; what is looked at is what is unsent, so that a day's delta costs what the delta weighs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, column, func, select, table
from sqlalchemy.dialects.postgresql import distinct_on

from amanah.exchange import parts
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.parts import Statement
from amanah.store import unsent
from amanah.store.fingerprint import fingerprint
from amanah.store.tables import RECORDS, sent_record
from schemas.envelope import Action

READ_AHEAD = 5_000  # rows that the cursor hands over at a time

_Row = dict[str, Any]  # a column's name -> its value

_OWN = ("record_ref", "revision", "withdrawn")
_candidate = table("candidate", column("record_ref"))


@dataclass(frozen=True)
class Outgoing:
    """A statement, and the fingerprint of what the record looks like to the partner once it has it.

    ``shown`` is False for what is only noted: in a snapshot, a record is withdrawn by not being there.
    """

    statement: Statement
    looks: str
    shown: bool = True


def changes(connection: Connection, endpoint: Endpoint, stream: str, period: str) -> Iterator[Outgoing]:
    """What the partner does not hold yet of our records known by the end of ``period``, in the order of reference."""
    if not unsent.take(connection, stream, period):
        return
    fields = endpoint.agreement.granted(stream, sender=endpoint.us)
    for row in _rows(connection, endpoint, stream, period, all_records=False):
        there = _is_there(row)
        if row["withdrawn"]:
            if there:
                yield Outgoing(_withdrawal(row), "")
            continue
        outgoing = _outgoing(row, Action.CORRECT if there else Action.NEW, fields)
        if not there or outgoing.looks != row["sent_fingerprint"]:
            yield outgoing


def everything(connection: Connection, endpoint: Endpoint, stream: str, period: str) -> Iterator[Outgoing]:
    """Every record that the partner should hold at the end of ``period``, as new; what it should not hold, unshown."""
    unsent.take(connection, stream, period)
    fields = endpoint.agreement.granted(stream, sender=endpoint.us)
    for row in _rows(connection, endpoint, stream, period, all_records=True):
        if not row["withdrawn"]:
            yield _outgoing(row, Action.NEW, fields)
        elif _is_there(row):
            yield Outgoing(_withdrawal(row), "", shown=False)


def size(connection: Connection, endpoint: Endpoint, stream: str, period: str) -> int:
    """How many records `everything` would show; nothing is taken."""
    rows = _query(endpoint, stream, period, all_records=True).subquery()
    counted = select(func.count()).select_from(rows).where(~rows.c.withdrawn)
    return int(connection.execute(counted).scalar_one())


def _rows(connection: Connection, endpoint: Endpoint, stream: str, period: str, *, all_records: bool) -> Iterator[_Row]:
    query = _query(endpoint, stream, period, all_records=all_records)
    found = connection.execute(query, execution_options={"yield_per": READ_AHEAD})
    columns = tuple(found.keys())
    for row in found:
        yield dict(zip(columns, row, strict=True))


def _query(endpoint: Endpoint, stream: str, period: str, *, all_records: bool) -> Select[tuple[object, ...]]:
    """The newest revision of each record by the end of ``period``, beside what was last said of it and not refused."""
    record = RECORDS[stream]
    read = dict.fromkeys(
        [*_OWN, *endpoint.agreement.granted(stream, sender=endpoint.us)]
    )  # what may not leave is not read
    newest = select(*(record.c[name] for name in read)).where(
        record.c.holder == endpoint.us, record.c.known_in <= period
    )
    said = select(sent_record.c.record_ref, sent_record.c.action, sent_record.c.fingerprint).where(
        sent_record.c.stream == stream, ~sent_record.c.rejected
    )
    if not all_records:
        newest = newest.join(_candidate, _candidate.c.record_ref == record.c.record_ref)
        said = said.join(_candidate, _candidate.c.record_ref == sent_record.c.record_ref)
    first = newest.ext(distinct_on(record.c.record_ref)).order_by(record.c.record_ref, record.c.revision.desc())
    last = said.ext(distinct_on(sent_record.c.record_ref)).order_by(
        sent_record.c.record_ref, sent_record.c.sequence.desc()
    )
    ours, theirs = first.subquery("newest"), last.subquery("said")
    return (
        select(ours, theirs.c.action.label("sent_action"), theirs.c.fingerprint.label("sent_fingerprint"))
        .select_from(ours.outerjoin(theirs, theirs.c.record_ref == ours.c.record_ref))
        .order_by(ours.c.record_ref)
    )


def _is_there(row: _Row) -> bool:
    return row["sent_action"] is not None and row["sent_action"] != Action.WITHDRAW


def _withdrawal(row: _Row) -> Statement:
    return Statement(Action.WITHDRAW, row["record_ref"], row["revision"])


def _outgoing(row: _Row, action: Action, fields: tuple[str, ...]) -> Outgoing:
    shown = parts.narrowed(row, fields)
    return Outgoing(Statement(action, row["record_ref"], row["revision"], shown), fingerprint(shown, fields))
