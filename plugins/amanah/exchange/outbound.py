"""Outbound: what changed since the partner last took our records, built into one package and delivered.

The message id is fixed in the same transaction that notes what was sent, before the first byte leaves; a retry is
therefore the same message, and a crash at any point is repaired by calling again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from amanah import __version__
from amanah.exchange import messages, package, parts, receipt
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.messages import State
from amanah.exchange.parts import Statement
from amanah.exchange.room import private_room
from amanah.exchange.seal import seal
from amanah.exchange.status import PART as STATUS_PART
from amanah.exchange.transport import Transport
from amanah.store.fingerprint import fingerprint
from amanah.store.locks import hold
from amanah.store.tables import RECORDS, message, sent_record
from schemas.envelope import (
    STATUS_STREAM,
    Action,
    Counts,
    Environment,
    Kind,
    Manifest,
    MessageId,
    StatusMessage,
    canonical_time,
)

UNDELIVERED = (State.BUILT, State.SENT)


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
        built = _already_built(connection, stream, period)
        if built is not None:
            return Published(built.message_id, built.kind, built.records)
        statements, fingerprints = _changes(connection, endpoint, stream, period)
        fields = endpoint.agreement.granted(stream, sender=endpoint.us)
        with private_room(endpoint.folder, f"building-{stream}") as room:
            content = []
            if statements:
                content = [room / f"{stream}.{endpoint.agreement.package.parts}"]
                parts.write(content[0], statements, endpoint.agreement.stream(stream), fields)
            manifest = _build(
                connection,
                endpoint,
                stream=stream,
                kind=Kind.RECORDS if statements else Kind.NIL,
                period=period,
                counts=parts.count(statements),
                content=content,
            )
        _note_sent(connection, manifest.message_id, stream, statements, fingerprints)
    return Published(manifest.message_id, manifest.kind, len(statements))


def build_answer(connection: Connection, endpoint: Endpoint, answer: StatusMessage, period: str) -> tuple[str, str]:
    """Build the status message that carries ``answer``, within the transaction that decided it.

    Returns its id and the receipt in it.
    """
    with private_room(endpoint.folder, f"building-{STATUS_STREAM}") as room:
        part = room / STATUS_PART
        part.write_text(answer.model_dump_json(indent=1) + "\n", encoding="utf-8")
        signed = room / receipt.PART
        given = receipt.give(answer, status_sha256=package.sha256_of(part), keys=endpoint.keys)
        signed.write_text(given, encoding="utf-8")
        manifest = _build(
            connection,
            endpoint,
            stream=STATUS_STREAM,
            kind=Kind.STATUS,
            period=period,
            counts=Counts(),
            content=[part, signed],
        )
    return manifest.message_id, given


def deliver(endpoint: Endpoint, transport: Transport) -> list[str]:
    """Send every package that is built but not yet stored at the exchange point; return their ids."""
    with endpoint.database.engine.begin() as turn:
        hold(turn, "deliver")  # two at once would write into the same unfinished upload
        waiting = messages.in_states(turn, messages.OUT, UNDELIVERED)
        for row in waiting:
            _deliver_one(endpoint, transport, row)
    return [row.message_id for row in waiting]


def _deliver_one(endpoint: Endpoint, transport: Transport, row: Row[tuple[object, ...]]) -> None:
    source = endpoint.outbox(MessageId.parse(row.message_id).file_name)
    with endpoint.database.engine.begin() as connection:
        if not messages.move(connection, row.message_id, State.SENT, only_from=UNDELIVERED, event={}):
            return  # answered meanwhile
    transport.put(source, f"/{endpoint.agreement.id}/{endpoint.us}/{row.stream}")
    now = datetime.now(UTC)
    due = now + timedelta(hours=endpoint.agreement.deadlines.answer_hours)
    due_at = None if row.stream == STATUS_STREAM else due
    with endpoint.database.engine.begin() as connection:
        messages.move(connection, row.message_id, State.STORED, only_from=UNDELIVERED, event={}, answer_due_at=due_at)


def _already_built(connection: Connection, stream: str, period: str) -> Row[tuple[object, ...]] | None:
    query = select(message).where(
        message.c.direction == messages.OUT,
        message.c.stream == stream,
        message.c.period == period,
        message.c.state != State.REJECTED,
    )
    return connection.execute(query).one_or_none()


def _changes(
    connection: Connection, endpoint: Endpoint, stream: str, period: str
) -> tuple[list[Statement], dict[str, str]]:
    """What the partner does not hold yet: statements, and the fingerprint of what each record will look like there."""
    table = RECORDS[stream]
    known = (
        select(sent_record.c.record_ref, sent_record.c.revision, sent_record.c.action, sent_record.c.fingerprint)
        .ext(distinct_on(sent_record.c.record_ref))
        .where(sent_record.c.stream == stream, ~sent_record.c.rejected)
        .order_by(sent_record.c.record_ref, sent_record.c.revision.desc())
        .subquery("known")
    )
    newest = (
        select(table)
        .ext(distinct_on(table.c.record_ref))
        .where(table.c.holder == endpoint.us, table.c.known_in <= period)
        .order_by(table.c.record_ref, table.c.revision.desc())
        .subquery("newest")
    )
    query = (
        select(newest, known.c.action.label("sent_action"), known.c.fingerprint.label("sent_fingerprint"))
        .select_from(newest.outerjoin(known, newest.c.record_ref == known.c.record_ref))
        .where((known.c.revision.is_(None)) | (known.c.revision < newest.c.revision))
        .order_by(newest.c.record_ref)
    )
    fields = endpoint.agreement.granted(stream, sender=endpoint.us)
    statements, fingerprints = [], {}
    for row in connection.execute(query).mappings():
        there = row["sent_action"] is not None and row["sent_action"] != Action.WITHDRAW
        shown = parts.narrowed({**row}, fields)
        looks = fingerprint(shown, fields)
        if row["withdrawn"] and there:
            statement = Statement(Action.WITHDRAW, row["record_ref"], row["revision"])
        elif row["withdrawn"] or (there and looks == row["sent_fingerprint"]):
            continue
        else:
            action = Action.CORRECT if there else Action.NEW
            statement = Statement(action, row["record_ref"], row["revision"], shown)
        statements.append(statement)
        fingerprints[statement.record_ref] = looks
    return statements, fingerprints


def _build(
    connection: Connection,
    endpoint: Endpoint,
    *,
    stream: str,
    kind: Kind,
    period: str,
    counts: Counts,
    content: Sequence[Path],
) -> Manifest:
    hold(connection, f"sequence {stream}")
    before = messages.last_of(connection, messages.OUT, stream)
    sequence = before.sequence + 1 if before is not None else 1
    schema_id = "status/1" if stream == STATUS_STREAM else endpoint.agreement.stream(stream).schema_id
    manifest = Manifest(
        message_id=str(MessageId(endpoint.us, endpoint.partner, stream, sequence)),
        kind=kind,
        environment=Environment(endpoint.agreement.environment),
        schema_id=schema_id,
        agreement_sha256=endpoint.agreement.sha256,
        period=period,
        created_at=canonical_time(datetime.now(UTC)),
        counts=counts,
        parts=tuple(package.describe(path, records=counts.total) for path in content),
        previous_manifest_sha256=before.manifest_sha256 if before is not None else None,
        legal_ground=endpoint.agreement.legal_ground,
        software=f"amanah {__version__}",
    )
    sealed = endpoint.outbox(manifest.id.file_name)
    with private_room(endpoint.folder, f"sealing-{stream}") as room:
        tar = room / "package.tar"
        manifest_sha256 = package.write(tar, manifest, content)
        seal(tar, sealed, endpoint.keys)
    messages.add_built(connection, manifest, manifest_sha256=manifest_sha256, package_sha256=package.sha256_of(sealed))
    return manifest


def _note_sent(
    connection: Connection,
    message_id: str,
    stream: str,
    statements: Sequence[Statement],
    fingerprints: dict[str, str],
) -> None:
    if statements:
        rows = [
            {
                "message_id": message_id,
                "record_ref": s.record_ref,
                "stream": stream,
                "revision": s.revision,
                "action": s.action.value,
                "fingerprint": fingerprints[s.record_ref],
                "rejected": False,
            }
            for s in statements
        ]
        connection.execute(insert(sent_record), rows)
