"""What is missing of the partner's messages: asking for it again, and doing what the partner asks for.

A gap shows when a later message is here; or when an answer to us is overdue, and then every status message from the
next one on may have been lost. A request travels in the stream ``status``, and the missing messages are its answer.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from amanah.exchange import ledger, messages
from amanah.exchange.building import build_answer, build_request
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.messages import State
from amanah.exchange.package import sha256_of_text
from amanah.store.tables import gap, message
from amanah.store.tables import ledger as entries
from schemas.envelope import STATUS_STREAM, MessageId, ResendRequest, StatusMessage, canonical_time


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
    """Put what the partner asks for at the exchange point once more, with the next delivery; the bytes are the same.

    A request is obeyed once, when it comes or when its turn has come.
    """
    obeyed = select(entries.c.position).where(entries.c.message_id == carried_by, entries.c.event == "asked")
    if connection.execute(obeyed).first() is not None:
        return
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


def say_anew(connection: Connection, endpoint: Endpoint, message_id: str) -> None:
    """Give the answer that ``message_id`` carries in a new message: something else lies there under its name.

    The verdict stays, the receipt is signed anew beside it; both carriers stand in the ledger.
    """
    connection.execute(update(message).where(message.c.message_id == message_id).values(put_again=False))
    given = message.c.answered_by == message_id
    answered = connection.execute(select(message).where(message.c.direction == messages.IN, given)).one_or_none()
    reason = "something else lies at the exchange point under its name"
    if answered is None:  # a request is made anew by itself, as long as something is missing
        ledger.append(connection, message_id, "alarm", reason=reason)
        return
    answer = StatusMessage.model_validate(answered.answer)
    carried_by, receipt = build_answer(connection, endpoint, answer, answered.period or f"{answer.decided_at:%Y-%m}")
    here = message.c.message_id == answered.message_id
    connection.execute(update(message).where(here).values(answered_by=carried_by, receipt=receipt))
    ledger.append(connection, message_id, "alarm", reason=reason, answer_to=answered.message_id)
    hashes = {"receipt_sha256": sha256_of_text(receipt)}
    ledger.append(connection, answered.message_id, ledger.ANSWERED_ANEW, by=carried_by, **hashes)


def _first_not_heard(connection: Connection, since: datetime) -> int:
    """The first status message that can hold an answer we miss: one since then that could not be read, or the next."""
    unread = select(func.min(message.c.sequence)).where(
        message.c.direction == messages.IN,
        message.c.stream == STATUS_STREAM,
        message.c.state == State.SETTLED,
        message.c.manifest_sha256.is_(None),
        message.c.created_at >= since,
    )
    first = connection.execute(unread).scalar_one()
    if first is not None:
        return int(first)
    taken = messages.last_of(connection, messages.IN, STATUS_STREAM, [State.SETTLED])
    return taken.sequence + 1 if taken is not None else 1


def chase(endpoint: Endpoint) -> int:
    """Where an answer is overdue, put the message again and ask for the partner's answers; return how many are."""
    now = datetime.now(UTC)
    overdue = (
        (message.c.direction == messages.OUT) & (message.c.state == State.STORED) & (message.c.answer_due_at < now)
    )
    with endpoint.database.engine.begin() as connection:
        late = select(func.count(), func.min(message.c.created_at)).where(overdue)
        count, since = connection.execute(late).one()
        if count and ask(connection, endpoint, STATUS_STREAM, _first_not_heard(connection, since), None):
            connection.execute(update(message).where(overdue).values(put_again=True))
    return int(count)
