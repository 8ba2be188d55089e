"""Where the exchange stands: of each stream, each way, the last message and answer, what waits, and what is missing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from amanah.exchange import watch
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.holding import holding
from amanah.exchange.messages import IN, OUT
from amanah.store import unsent
from amanah.store.tables import gap, message


@dataclass(frozen=True)
class Last:
    """The message with the highest sequence."""

    message_id: str
    sequence: int
    kind: str
    period: str | None
    state: str
    at: datetime


@dataclass(frozen=True)
class Answered:
    """The message that was answered last, how, and when."""

    message_id: str
    verdict: str
    rejected_records: int
    at: datetime


@dataclass(frozen=True)
class Gap:
    """Messages of the partner that are missing; ``last`` is None where more may have been lost."""

    first: int
    last: int | None
    asked_at: datetime


@dataclass(frozen=True)
class Standing:
    """One stream one way; ``direction`` is ``out`` or ``in``.

    ``due`` is the first deadline of what ``waiting`` counts, in messages; ``unsent`` are records of ours that no
    message carries yet; ``holds_behind`` is the refused message behind which the stream holds.
    """

    stream: str
    direction: str
    last: Last | None
    answered: Answered | None
    waiting: int
    due: datetime | None
    overdue: bool
    unsent: int
    gaps: tuple[Gap, ...]
    holds_behind: str | None


def standings(connection: Connection, endpoint: Endpoint, *, now: datetime | None = None) -> list[Standing]:
    """Every stream of the agreement and the answers, ours first."""
    now = now or datetime.now(UTC)
    waiting = watch.waiting(connection)
    not_sent = unsent.counts(connection)
    behind = {str(row.stream): str(row.message_id) for row in holding(connection, endpoint)}
    made = []
    for stream in endpoint.streams:
        for direction in (OUT, IN):
            due = list(_deadlines(endpoint, waiting, stream, direction))
            inbound = direction == IN
            made.append(
                Standing(
                    stream=stream,
                    direction=direction,
                    last=_last(connection, stream, direction),
                    answered=_answered(connection, stream, direction),
                    waiting=len(due),
                    due=min(due, default=None),
                    overdue=min(due, default=now) < now,
                    unsent=0 if inbound else not_sent.get(stream, 0),
                    gaps=_gaps(connection, stream) if inbound else (),
                    holds_behind=behind.get(stream) if inbound else None,
                )
            )
    return made


def _deadlines(endpoint: Endpoint, rows: Sequence[Row[Any]], stream: str, direction: str) -> Iterator[datetime]:
    for row in rows:
        if (row.stream, row.direction) == (stream, direction):
            found = watch.deadline(row, endpoint.agreement.deadlines)
            if found is not None:
                yield found[1]


def _last(connection: Connection, stream: str, direction: str) -> Last | None:
    names = ("message_id", "sequence", "kind", "period", "state", "created_at")
    here = select(*(message.c[name] for name in names)).where(
        message.c.direction == direction, message.c.stream == stream
    )
    row = connection.execute(here.order_by(message.c.sequence.desc()).limit(1)).one_or_none()
    return None if row is None else Last(*row)


def _answered(connection: Connection, stream: str, direction: str) -> Answered | None:
    names = ("message_id", "verdict", "rejected_records", "answered_at")
    here = select(*(message.c[name] for name in names)).where(
        message.c.direction == direction, message.c.stream == stream, message.c.answered_at.is_not(None)
    )
    newest = message.c.answered_at.desc(), message.c.sequence.desc()  # answers carry whole seconds
    row = connection.execute(here.order_by(*newest).limit(1)).one_or_none()
    return None if row is None else Answered(*row)


def _gaps(connection: Connection, stream: str) -> tuple[Gap, ...]:
    found = select(gap.c.from_sequence, gap.c.to_sequence, gap.c.asked_at).where(gap.c.stream == stream)
    return tuple(Gap(*row) for row in connection.execute(found.order_by(gap.c.from_sequence)))
