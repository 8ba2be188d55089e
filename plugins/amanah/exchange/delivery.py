"""Delivery: what waits in the outbox goes to the exchange point, in the order of its numbers."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

from sqlalchemy import Row, update

from amanah.exchange import ledger, messages, resend
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.messages import State
from amanah.exchange.transport import OtherContent, ToPut, Transport, put_each
from amanah.store.locks import hold
from amanah.store.tables import message
from schemas.envelope import STATUS_STREAM, MessageId

AT_A_TIME = 100  # packages noted as sent before the first of them is stored
_UNDELIVERED = (State.BUILT, State.SENT)


def deliver(endpoint: Endpoint, transport: Transport) -> list[str]:
    """Send every package that is not yet stored at the exchange point, or is asked for again; return their ids.

    Raises ``OtherContent`` when something else lies there under the name of one, after the others have been sent: the
    answers among them may be what the partner waits for to answer us. An answer that is asked for again is then given
    in a new message.
    """
    taken: list[OtherContent] = []
    with endpoint.database.engine.begin() as turn:
        hold(turn, "deliver")  # two at once would write into the same unfinished upload
        waiting = messages.to_put(turn, _UNDELIVERED)
        for start in range(0, len(waiting), AT_A_TIME):
            taken += _put_some(endpoint, transport, waiting[start : start + AT_A_TIME])
    if taken:
        raise taken[0]
    return [row.message_id for row in waiting]


def _put_some(endpoint: Endpoint, transport: Transport, rows: Sequence[Row[tuple[object, ...]]]) -> list[OtherContent]:
    """Put the packages of ``rows``; return those of which something else lies there."""
    for row in rows:
        if row.state in _UNDELIVERED:
            with endpoint.database.engine.begin() as connection:
                messages.move(connection, row.message_id, State.SENT, only_from=_UNDELIVERED, event={})
    files = [
        ToPut(
            endpoint.outbox(MessageId.parse(row.message_id).file_name),
            f"/{endpoint.agreement.id}/{endpoint.us}/{row.stream}",
        )
        for row in rows
    ]
    taken: list[OtherContent] = []
    with closing(put_each(transport, files)) as outcomes:
        for row, failed in zip(rows, outcomes, strict=True):
            if failed is None:
                _note_stored(endpoint, row)
            elif not isinstance(failed, OtherContent):
                raise failed
            elif row.put_again and row.stream == STATUS_STREAM:
                with endpoint.database.engine.begin() as connection:
                    resend.say_anew(connection, endpoint, row.message_id)
            else:
                taken.append(failed)
    return taken


def _note_stored(endpoint: Endpoint, row: Row[tuple[object, ...]]) -> None:
    due = datetime.now(UTC) + timedelta(hours=endpoint.agreement.deadlines.answer_hours)
    due_at = None if row.stream == STATUS_STREAM else due
    with endpoint.database.engine.begin() as connection:
        if row.put_again:
            here = message.c.message_id == row.message_id
            connection.execute(update(message).where(here).values(put_again=False, answer_due_at=due_at))
            ledger.append(connection, row.message_id, "put again")
        messages.move(connection, row.message_id, State.STORED, only_from=_UNDELIVERED, event={}, answer_due_at=due_at)
