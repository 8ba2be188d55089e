"""The messages a node has sent and received, and the states they go through.

Outbound ``built -> sent -> stored -> accepted | rejected``; inbound ``received -> answered``, or ``held`` until the
message before it has come. A status message is never answered: it ends ``stored`` at its sender and ``settled`` at
its receiver.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, func, insert, select, update

from amanah.exchange import ledger, package
from amanah.store.database import Database
from amanah.store.tables import message
from schemas.envelope import STATUS_STREAM, Kind, Manifest, MessageId

OUT, IN = "out", "in"


class State(StrEnum):
    """Where a message stands."""

    BUILT = "built"
    SENT = "sent"
    STORED = "stored"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RECEIVED = "received"
    HELD = "held"
    ANSWERED = "answered"
    SETTLED = "settled"


def find(connection: Connection, message_id: str) -> Row[tuple[object, ...]] | None:
    """Return the message of that id, or None."""
    return connection.execute(select(message).where(message.c.message_id == message_id)).one_or_none()


def in_states(connection: Connection, direction: str, states: Sequence[State]) -> list[Row[tuple[object, ...]]]:
    """Return the messages in any of ``states``, in the order of their sequence."""
    query = select(message).where(message.c.direction == direction, message.c.state.in_(states))
    return list(connection.execute(query.order_by(message.c.stream, message.c.sequence)))


def to_put(connection: Connection, states: Sequence[State]) -> list[Row[tuple[object, ...]]]:
    """Return our messages in any of ``states``, or that the exchange point is to have again, in their order."""
    query = select(message).where(message.c.direction == OUT, message.c.state.in_(states) | message.c.put_again)
    return list(connection.execute(query.order_by(message.c.stream, message.c.sequence)))


def last_of(
    connection: Connection, direction: str, stream: str, states: Sequence[State] | None = None
) -> Row[tuple[object, ...]] | None:
    """Return the message with the highest sequence of a stream, or None before the first."""
    query = select(message).where(message.c.direction == direction, message.c.stream == stream)
    if states is not None:
        query = query.where(message.c.state.in_(states))
    return connection.execute(query.order_by(message.c.sequence.desc()).limit(1)).one_or_none()


def add_built(connection: Connection, manifest: Manifest, *, manifest_sha256: str, package_sha256: str) -> None:
    """Record a package of ours that lies in the outbox."""
    _add(
        connection,
        manifest.id,
        OUT,
        State.BUILT,
        kind=manifest.kind,
        environment=manifest.environment,
        period=manifest.period,
        package_sha256=package_sha256,
        manifest_sha256=manifest_sha256,
        manifest=package.encode(manifest).decode(),
        records=manifest.counts.total,
    )


def add_received(
    connection: Connection, message_id: MessageId, *, environment: str, package_sha256: str, mark: str
) -> None:
    """Record a package of the partner that lies in the inbox, unopened."""
    kind = "status" if message_id.stream == STATUS_STREAM else "unopened"
    came = {"package_sha256": package_sha256, "mark": mark}
    _add(connection, message_id, IN, State.RECEIVED, kind=kind, environment=environment, **came)


def add_again(connection: Connection, message_id: str, *, package_sha256: str, mark: str) -> None:
    """Record that a package which was let go of, or lost here, lies in the inbox again."""
    values = {"package_sha256": package_sha256, "mark": mark}
    connection.execute(update(message).where(message.c.message_id == message_id).values(values))
    ledger.append(connection, message_id, "fetched again", package_sha256=package_sha256)


def _add(connection: Connection, message_id: MessageId, direction: str, state: State, **columns: object) -> None:
    values = {
        "message_id": str(message_id),
        "direction": direction,
        "sender": message_id.sender,
        "stream": message_id.stream,
        "sequence": message_id.sequence,
        "state": state,
        "records": 0,
        "rejected_records": 0,
        "put_again": False,
        "tries": 0,
        "created_at": datetime.now(UTC),
    }
    connection.execute(insert(message).values({**values, **columns}))
    hashes = {name: str(columns[name]) for name in ("package_sha256", "manifest_sha256") if name in columns}
    ledger.append(connection, str(message_id), state, **hashes)


def move(
    connection: Connection,
    message_id: str,
    state: State,
    *,
    event: dict[str, str | int],
    only_from: Sequence[State] = tuple(State),
    **columns: object,
) -> bool:
    """Move a message that stands in one of ``only_from`` to ``state``, set ``columns``, write the step to the ledger.

    Returns False, and changes nothing, when the message stands elsewhere: somebody else moved it on meanwhile.
    """
    here = message.c.message_id == message_id
    changed = connection.execute(
        update(message).where(here, message.c.state.in_(only_from)).values(state=state, **columns)
    )
    if changed.rowcount:
        ledger.append(connection, message_id, state, **event)
    return bool(changed.rowcount)


def begin_try(database: Database, message_id: str) -> None:
    """Note, in a transaction of its own, that an admission begins: what ends the process leaves this behind."""
    with database.engine.begin() as connection:
        here = message.c.message_id == message_id
        connection.execute(update(message).where(here).values(tries=message.c.tries + 1))


def end_try(database: Database, message_id: str) -> None:
    """Note that the admission came to an end, whatever it was."""
    with database.engine.begin() as connection:
        here = (message.c.message_id == message_id) & (message.c.tries > 0)
        connection.execute(update(message).where(here).values(tries=0))


def accepted_streams(connection: Connection, direction: str) -> dict[str, set[str]]:
    """Per period, the streams of which the message in ``direction`` has been accepted."""
    query = select(message.c.period, message.c.stream).where(
        message.c.direction == direction,
        message.c.verdict == "accepted",
        message.c.period.is_not(None),
        message.c.kind != Kind.SNAPSHOT,  # it repairs, and says nothing about whether the month is complete
    )
    arrived: dict[str, set[str]] = {}
    for period, stream in connection.execute(query):
        arrived.setdefault(period, set()).add(stream)
    return arrived


def first_told(connection: Connection, direction: str, stream: str) -> str | None:
    """The first month of which a message of ``stream`` in ``direction`` was accepted with a record in it."""
    query = select(func.min(message.c.period)).where(
        message.c.direction == direction,
        message.c.stream == stream,
        message.c.verdict == "accepted",
        message.c.kind == Kind.RECORDS,
        message.c.records > message.c.rejected_records,
    )
    first: str | None = connection.execute(query).scalar_one()
    return first
