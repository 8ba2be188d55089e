"""A stream that holds after a refusal: later messages wait, unopened, until a person lets them pass.

Which streams do so is agreed (``streams.*.after_refusal``). The refused message itself was answered; what stands behind
it is not, so the partner sees that it waits.
"""

from sqlalchemy import Connection, Row, update

from amanah.exchange import ledger, messages
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.messages import State
from amanah.store.tables import message
from schemas.envelope import STATUS_STREAM, Verdict


class NothingHeld(LookupError):
    """A stream was to be let pass that does not hold; the text says so."""


def behind(endpoint: Endpoint, stream: str, before: Row[tuple[object, ...]] | None) -> Row[tuple[object, ...]] | None:
    """``before``, the last message taken of ``stream``, when what follows has to wait because it was refused."""
    if stream == STATUS_STREAM or before is None:
        return None
    agreed = endpoint.agreement.streams[stream].after_refusal
    refused = before.verdict == Verdict.REJECTED and before.passed_by is None
    return before if agreed == "hold" and refused else None


def holding(connection: Connection, endpoint: Endpoint) -> list[Row[tuple[object, ...]]]:
    """The refused messages behind which a stream holds now."""
    found = [behind(endpoint, stream, _last(connection, stream)) for stream in endpoint.agreement.streams]
    return [refused for refused in found if refused is not None]


def let_pass(connection: Connection, endpoint: Endpoint, stream: str, *, by: str, why: str) -> str:
    """Let ``stream`` go on behind its refused message; the next admission takes what waits. Returns the message's id.

    Raises ``NothingHeld`` when the stream does not hold.
    """
    refused = behind(endpoint, stream, _last(connection, stream))
    if refused is None:
        raise NothingHeld(f"{stream} does not hold: its last message was not refused, or was let pass already")
    here = message.c.message_id == refused.message_id
    connection.execute(update(message).where(here).values(passed_by=by, passed_why=why))
    ledger.append(connection, str(refused.message_id), "passed")
    return str(refused.message_id)


def _last(connection: Connection, stream: str) -> Row[tuple[object, ...]] | None:
    return messages.last_of(connection, messages.IN, stream, [State.ANSWERED])
