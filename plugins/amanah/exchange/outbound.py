"""Outbound: what the partner is to be told, built into one package.

The message id is fixed in the same transaction that notes what was sent, before the first byte leaves; a retry is
therefore the same message, and a crash at any point is repaired by calling again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import Connection, Row, Select, func, select

from amanah.exchange import delta, messages, parts
from amanah.exchange.building import build, next_turn
from amanah.exchange.delta import Outgoing
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.messages import State
from amanah.exchange.parts import Statement
from amanah.exchange.room import private_room
from amanah.store.copying import copy
from amanah.store.locks import hold
from amanah.store.tables import message, sent_record
from schemas.envelope import Action, Counts, Kind, MessageId

NOTED_AT_A_TIME = 5_000
MOST_REPLACEMENTS = 5  # of one month's message, when each was damaged on its way: then the wire needs a person
_UNANSWERED = (State.BUILT, State.SENT, State.STORED)


@dataclass(frozen=True)
class Published:
    """The message that carries a stream's changes of one period; ``missing`` are sources it was built without."""

    message_id: str
    kind: str
    records: int
    missing: tuple[str, ...] = ()


def publish(endpoint: Endpoint, stream: str, period: str) -> Published:
    """Build the message of ``stream`` for ``period``, or return the one built before.

    Nothing to say is said by a ``nil`` message: silence is never an answer. A message that was rejected as a whole
    is replaced by a new one with the next sequence.
    """
    with endpoint.database.engine.begin() as connection:
        hold(connection, f"publish {stream}")
        built = _built(connection, stream, period)
        if built is not None:
            return Published(built.message_id, built.kind, built.records)
        outgoing = delta.changes(connection, endpoint, stream, period)
        return _publish(connection, endpoint, stream, period, outgoing, kind=Kind.RECORDS)


def publish_snapshot(endpoint: Endpoint, stream: str, period: str) -> Published:
    """Build a message with all that the partner should hold of ``stream`` at the end of ``period``.

    The receiver makes its copy equal to it, whatever went wrong before. One that is not answered yet is returned.
    """
    with endpoint.database.engine.begin() as connection:
        hold(connection, f"publish {stream}")
        waiting = connection.execute(
            _messages(stream, period).where(message.c.kind == Kind.SNAPSHOT, message.c.state.in_(_UNANSWERED))
        ).first()
        if waiting is not None:
            return Published(waiting.message_id, waiting.kind, waiting.records)
        outgoing = delta.everything(connection, endpoint, stream, period)
        return _publish(connection, endpoint, stream, period, outgoing, kind=Kind.SNAPSHOT)


def snapshot_size(endpoint: Endpoint, stream: str, period: str) -> int:
    """How many records a snapshot of ``stream`` at the end of ``period`` would hold."""
    with endpoint.database.engine.connect() as connection:
        return delta.size(connection, endpoint, stream, period)


def replace_damaged(endpoint: Endpoint) -> list[Published]:
    """Build anew what the partner refused because other bytes arrived than were sent; nobody has to ask for it."""
    with endpoint.database.engine.begin() as connection:
        damaged = _damaged(connection)
    return [publish(endpoint, stream, period) for stream, period in damaged]


@dataclass
class _Tally:
    """What went into a part, counted while it is written."""

    by_action: Counter[Action] = field(default_factory=Counter)

    def counts(self) -> Counts:
        return Counts(**{action.value: self.by_action[action] for action in Action})


def _publish(
    connection: Connection, endpoint: Endpoint, stream: str, period: str, outgoing: Iterator[Outgoing], *, kind: Kind
) -> Published:
    turn, tally = next_turn(connection, endpoint, stream), _Tally()
    form = endpoint.agreement.written_form(stream)
    fields = endpoint.agreement.granted(stream, sender=endpoint.us)
    with private_room(endpoint.folder, f"building-{stream}") as room:
        part = room / f"{stream}.{endpoint.agreement.package.parts}"
        statements = (each.in_form(form) for each in _noted(connection, turn.message_id, outgoing, tally))
        parts.write(part, statements, form.stream, form.fields(fields))
        counts = tally.counts()
        if kind is Kind.RECORDS and not counts.total:
            kind = Kind.NIL
        content = [part] if counts.total else []
        manifest = build(connection, endpoint, turn, kind=kind, period=period, counts=counts, content=content)
    return Published(manifest.message_id, manifest.kind, counts.total)


def _noted(
    connection: Connection, message_id: MessageId, outgoing: Iterator[Outgoing], tally: _Tally
) -> Iterator[Statement]:
    """Pass statements on, and note each as sent by ``message_id``."""
    while some := list(islice(outgoing, NOTED_AT_A_TIME)):
        _note_sent(connection, message_id, some)
        for each in some:
            if each.shown:
                tally.by_action[each.statement.action] += 1
                yield each.statement


def _note_sent(connection: Connection, message_id: MessageId, outgoing: Sequence[Outgoing]) -> None:
    rows = (
        {
            "message_id": str(message_id),
            "record_ref": each.statement.record_ref,
            "stream": message_id.stream,
            "revision": each.statement.revision,
            "action": each.statement.action.value,
            "fingerprint": each.looks,
            "sequence": message_id.sequence,
            "rejected": False,
        }
        for each in outgoing
    )
    copy(connection, sent_record, rows, [column.name for column in sent_record.columns])


def _messages(stream: str, period: str) -> Select[tuple[object, ...]]:
    return select(message).where(
        message.c.direction == messages.OUT, message.c.stream == stream, message.c.period == period
    )


def _built(connection: Connection, stream: str, period: str) -> Row[tuple[object, ...]] | None:
    query = _messages(stream, period).where(message.c.kind != Kind.SNAPSHOT, message.c.state != State.REJECTED)
    return connection.execute(query).one_or_none()


def _damaged(connection: Connection) -> list[tuple[str, str]]:
    """Stream and period of what arrived damaged and has not been replaced; not where that happened time and again."""
    other_bytes = message.c.answer["package_sha256"].astext != message.c.package_sha256
    query = (
        select(message.c.stream, message.c.period)
        .where(message.c.direction == messages.OUT, message.c.kind.in_([Kind.RECORDS, Kind.NIL]))
        .group_by(message.c.stream, message.c.period)
        .having(
            func.count().filter(message.c.state != State.REJECTED) == 0,
            func.count().filter(other_bytes) == func.count(),
            func.count() <= MOST_REPLACEMENTS,
        )
        .order_by(message.c.period, message.c.stream)
    )
    return [(stream, period) for stream, period in connection.execute(query)]
