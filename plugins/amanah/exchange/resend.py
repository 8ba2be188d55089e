"""What is missing of the partner's messages: asking for it again, and doing what the partner asks for.

A gap shows when a later message is here; or when an answer to us is overdue, and then every status message from the
next one on may have been lost. A request travels in the stream ``status``, and the missing messages are its answer.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from amanah.exchange import ledger, messages
from amanah.exchange.building import build_request
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.messages import State
from amanah.store.tables import gap, message
from schemas.envelope import STATUS_STREAM, MessageId, ResendRequest, canonical_time


def ask(connection: Connection, endpoint: Endpoint, stream: str, first: int, last: int | None) -> bool:
    """Ask the partner for messages ``first`` to ``last`` of ``stream`` again, unless that was done a short time ago.

    ``last`` absent means every one from ``first`` on. Returns whether a request was built.
    """
    now = datetime.now(UTC)
    patience = timedelta(hours=endpoint.agreement.deadlines.answer_hours)
    here = (gap.c.stream == stream) & (gap.c.from_sequence == first)
    asked = connection.execute(select(gap.c.asked_at).where(here)).scalar_one_or_none()
    if asked is not None and now - asked < patience:
        return False
    request = ResendRequest(stream=stream, from_sequence=first, to_sequence=last, asked_at=canonical_time(now))
    carried_by = build_request(connection, endpoint, request, now.strftime("%Y-%m"))
    values = {"stream": stream, "from_sequence": first, "to_sequence": last, "asked_at": now, "asked_by": carried_by}
    connection.execute(insert(gap).values(values).on_conflict_do_update(constraint=gap.primary_key, set_=values))
    return True


def close(connection: Connection, stream: str, sequence: int) -> None:
    """Note that the message ``sequence`` of ``stream`` has been taken: what was missing up to it is here."""
    connection.execute(delete(gap).where(gap.c.stream == stream, gap.c.from_sequence <= sequence))


def obey(connection: Connection, endpoint: Endpoint, request: ResendRequest, *, carried_by: str) -> None:
    """Put what the partner asks for at the exchange point once more, with the next delivery; the bytes are the same."""
    wanted = (
        (message.c.direction == messages.OUT)
        & (message.c.stream == request.stream)
        & (message.c.sequence >= request.from_sequence)
    )
    if request.to_sequence is not None:
        wanted &= message.c.sequence <= request.to_sequence
    found = connection.execute(select(message.c.message_id).where(wanted)).scalars().all()
    kept = [name for name in found if endpoint.outbox(MessageId.parse(name).file_name).exists()]
    connection.execute(update(message).where(message.c.message_id.in_(kept)).values(put_again=True))
    ledger.append(connection, carried_by, "asked", stream=request.stream, messages=len(kept))
    if len(kept) < len(found):
        reason = "asked for messages that are no longer kept; publish a snapshot of the stream"
        ledger.append(connection, carried_by, "alarm", reason=reason)


def chase(endpoint: Endpoint) -> int:
    """Where an answer is overdue, put the message again and ask for the partner's answers; return how many are."""
    now = datetime.now(UTC)
    overdue = (
        (message.c.direction == messages.OUT) & (message.c.state == State.STORED) & (message.c.answer_due_at < now)
    )
    with endpoint.database.engine.begin() as connection:
        count = connection.execute(select(func.count()).select_from(message).where(overdue)).scalar_one()
        if count:
            taken = messages.last_of(connection, messages.IN, STATUS_STREAM, [State.SETTLED])
            if ask(connection, endpoint, STATUS_STREAM, taken.sequence + 1 if taken is not None else 1, None):
                connection.execute(update(message).where(overdue).values(put_again=True))
    return count
