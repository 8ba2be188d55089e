"""Inbound: fetch what the partner sent, check it, apply it in one transaction, and answer.

Messages of a stream are taken strictly in their sequence; one that comes too early is held until the gap is closed.
Applying and answering happen together: a message is either untouched or applied and answered, whatever is killed when.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Connection, Row

from amanah.exchange import ledger, messages, package, parts, receipt
from amanah.exchange.admission import judge
from amanah.exchange.codes import Code, Refused
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.messages import State
from amanah.exchange.outbound import build_answer
from amanah.exchange.parts import Statement
from amanah.exchange.room import private_room
from amanah.exchange.seal import unseal
from amanah.exchange.signature import SignatureError
from amanah.exchange.status import PART as STATUS_PART
from amanah.exchange.status import codes_of, settle
from amanah.exchange.transport import Transport
from amanah.store import findings, records
from amanah.store.locks import hold
from schemas.envelope import (
    STATUS_STREAM,
    Counts,
    FileError,
    Kind,
    Manifest,
    MessageId,
    RecordError,
    StatusMessage,
    Verdict,
    canonical_time,
)


@dataclass(frozen=True)
class Admitted:
    """What became of one inbound message."""

    message_id: str
    state: str
    period: str | None
    applied: int
    rejected: int


def collect(endpoint: Endpoint, transport: Transport) -> list[str]:
    """Fetch every package of the partner that is not here yet; return their message ids."""
    fetched = []
    for stream in endpoint.streams:
        folder = f"/{endpoint.agreement.id}/{endpoint.partner}/{stream}"
        for name in transport.names(folder):
            message_id = _message_id(endpoint, stream, name)
            if message_id is not None and _fetch(endpoint, transport, folder, message_id):
                fetched.append(str(message_id))
    return fetched


def admit(endpoint: Endpoint) -> list[Admitted]:
    """Open, check, apply and answer what has been collected, each stream in its sequence."""
    with endpoint.database.engine.connect() as connection:
        waiting = messages.in_states(connection, messages.IN, [State.RECEIVED, State.HELD])
    return [outcome for row in waiting if (outcome := _admit_one(endpoint, row.message_id)) is not None]


def _message_id(endpoint: Endpoint, stream: str, name: str) -> MessageId | None:
    """The id a file name stands for; None for a file that is no message of the partner to us in this stream."""
    stem = name.removesuffix(".tar.pgp")
    try:
        found = MessageId.parse(stem)
    except ValueError:
        return None
    ours = (found.sender, found.receiver, found.stream) == (endpoint.partner, endpoint.us, stream)
    return found if ours and name == found.file_name else None


def _fetch(endpoint: Endpoint, transport: Transport, folder: str, message_id: MessageId) -> bool:
    with endpoint.database.engine.begin() as connection:
        hold(connection, "collect")
        if messages.find(connection, str(message_id)) is not None:
            return False
        target = endpoint.inbox(message_id.file_name)
        transport.get(folder, message_id.file_name, target)
        messages.add_received(
            connection,
            message_id,
            environment=endpoint.agreement.environment,
            package_sha256=package.sha256_of(target),
        )
    return True


def _admit_one(endpoint: Endpoint, message_id: str) -> Admitted | None:
    with endpoint.database.engine.begin() as connection:
        hold(connection, "admit")
        row = messages.find(connection, message_id)
        if row is None or row.state not in {State.RECEIVED, State.HELD}:
            return None  # another admission took it meanwhile
        before = messages.last_of(connection, messages.IN, row.stream, [State.ANSWERED, State.SETTLED])
        expected = before.sequence + 1 if before is not None else 1
        if row.sequence != expected:
            if row.state != State.HELD:
                messages.move(connection, message_id, State.HELD, event={"expected_sequence": expected})
            return Admitted(message_id, State.HELD, row.period, 0, 0)
        with private_room(endpoint.folder, "admitting") as room:
            take = _take_status if row.stream == STATUS_STREAM else _take_records
            return take(connection, endpoint, row, before, room)


def _open(
    endpoint: Endpoint, row: Row[tuple[object, ...]], before: Row[tuple[object, ...]] | None, room: Path
) -> tuple[Manifest, str]:
    sealed, tar = endpoint.inbox(MessageId.parse(row.message_id).file_name), room / "package.tar"
    if not sealed.stat().st_size:
        raise Refused(Code.NOT_A_PACKAGE)
    unseal(sealed, tar, endpoint.keys)
    manifest, digest = package.read(tar, room)
    _check_manifest(endpoint, row, before, manifest)
    return manifest, digest


def _check_manifest(
    endpoint: Endpoint, row: Row[tuple[object, ...]], before: Row[tuple[object, ...]] | None, manifest: Manifest
) -> None:
    agreement, found = endpoint.agreement, manifest.id
    schema_id = "status/1" if row.stream == STATUS_STREAM else agreement.stream(row.stream).schema_id
    chain = before.manifest_sha256 if before is not None else None
    opened_before = before is None or chain is not None
    answers = row.stream == STATUS_STREAM  # an answer may say that the agreements differ: it must always be heard
    this_month = datetime.now(UTC) + timedelta(days=1)  # where it begins first, and for clocks that differ
    checks: list[tuple[bool, Code]] = [
        ((found.sender, found.receiver) == (endpoint.partner, endpoint.us), Code.NOT_FOR_US),
        (manifest.message_id == row.message_id, Code.NAME_DIFFERS),
        (answers or manifest.environment == agreement.environment, Code.WRONG_ENVIRONMENT),
        (answers or manifest.agreement_sha256 == agreement.sha256, Code.OTHER_AGREEMENT),
        (answers or agreement.covers(manifest.period), Code.PERIOD_NOT_AGREED),
        (answers or manifest.period <= f"{this_month:%Y-%m}", Code.PERIOD_NOT_AGREED),
        (manifest.schema_id == schema_id, Code.OTHER_SCHEMA),
        ((manifest.kind is Kind.STATUS) == (row.stream == STATUS_STREAM), Code.OTHER_SCHEMA),
        (not opened_before or manifest.previous_manifest_sha256 == chain, Code.CHAIN_BROKEN),
    ]
    for holds, code in checks:
        if not holds:
            raise Refused(code)


def _take_status(
    connection: Connection,
    endpoint: Endpoint,
    row: Row[tuple[object, ...]],
    before: Row[tuple[object, ...]] | None,
    room: Path,
) -> Admitted:
    """Settle a status message. One that cannot be read is set aside with an alarm: answers are never answered."""
    digest = None
    try:
        manifest, digest = _open(endpoint, row, before, room)
        content = (room / STATUS_PART).read_bytes()
        answer = StatusMessage.model_validate_json(content)
        signed, fault = _receipt(endpoint, answer, room)
        settle(connection, answer, carried_by=row.message_id, receipt=signed)
        if signed is None:  # the seal proves the answer to us without one: it stands, and a person is told
            reason = f"no receipt that could be shown to others: {fault}"
            ledger.append(connection, row.message_id, "alarm", reason=reason)
        period = manifest.period
    except (Refused, ValidationError, FileNotFoundError) as error:
        reason = str(error) if isinstance(error, Refused) else "status.json does not keep to status/1"
        ledger.append(connection, row.message_id, "alarm", reason=reason)
        period = None
    messages.move(
        connection,
        row.message_id,
        State.SETTLED,
        event={"manifest_sha256": digest or "-"},
        manifest_sha256=digest,
        manifest=package.manifest_text(room / "package.tar") if digest is not None else None,
        period=period,
    )
    return Admitted(row.message_id, State.SETTLED, period, 0, 0)


def _receipt(endpoint: Endpoint, answer: StatusMessage, room: Path) -> tuple[str | None, str]:
    """The partner's checked receipt; or None, and what is wrong with it."""
    signed = room / receipt.PART
    if not signed.exists():
        return None, "there is none"
    status_sha256 = package.sha256_of(room / STATUS_PART)
    try:
        return receipt.take(signed.read_bytes(), answer, status_sha256=status_sha256, keys=endpoint.keys), ""
    except SignatureError as error:
        return None, str(error)


def _take_records(
    connection: Connection,
    endpoint: Endpoint,
    row: Row[tuple[object, ...]],
    before: Row[tuple[object, ...]] | None,
    room: Path,
) -> Admitted:
    manifest: Manifest | None = None
    digest, applied = None, Counts()
    file_errors: tuple[FileError, ...] = ()
    record_errors: tuple[RecordError, ...] = ()
    try:
        manifest, digest = _open(endpoint, row, before, room)
        statements = _read_parts(endpoint, manifest, room)
        revisions, accepted, record_errors = judge(connection, endpoint, row.stream, statements)
        records.add(
            connection,
            row.stream,
            revisions,
            holder=endpoint.partner,
            known_in=findings.first_open_period(connection, manifest.period),
            origin=row.message_id,
        )
        applied = parts.count(accepted)
    except Refused as refusal:
        file_errors = (FileError(code=refusal.code, message=str(refusal)),)
    now = canonical_time(datetime.now(UTC))
    verdict = Verdict.REJECTED if file_errors else Verdict.ACCEPTED
    answer = StatusMessage(
        answers=row.message_id,
        manifest_sha256=digest,
        package_sha256=row.package_sha256,
        verdict=verdict,
        file_errors=file_errors,
        record_errors=record_errors,
        applied=applied,
        decided_at=now,
    )
    period = manifest.period if manifest is not None else now.strftime("%Y-%m")
    carried_by, given = build_answer(connection, endpoint, answer, period)
    messages.move(
        connection,
        row.message_id,
        State.ANSWERED,
        event={
            "by": carried_by,
            "verdict": verdict,
            "applied": applied.total,
            "rejected_records": len(record_errors),
            "codes": codes_of(answer),
            "manifest_sha256": digest or "-",
            "receipt_sha256": package.sha256_of_text(given),
        },
        kind=manifest.kind if manifest is not None else "unreadable",
        period=manifest.period if manifest is not None else None,
        manifest_sha256=digest,
        manifest=package.manifest_text(room / "package.tar") if digest is not None else None,
        receipt=given,
        records=manifest.counts.total if manifest is not None else 0,
        verdict=verdict.value,
        rejected_records=len(record_errors),
        answer=answer.model_dump(mode="json"),
        answered_by=carried_by,
        answered_at=now,
    )
    return Admitted(row.message_id, State.ANSWERED, row.period, applied.total, len(record_errors))


def _read_parts(endpoint: Endpoint, manifest: Manifest, room: Path) -> Sequence[Statement]:
    stream = endpoint.agreement.stream(manifest.id.stream)
    fields = endpoint.agreement.granted(stream.name, sender=endpoint.partner)
    for part in manifest.parts:
        parts.check_format(part.name, endpoint.agreement.package.parts)
    found: Iterable[Statement] = (
        statement
        for part in manifest.parts
        for statement in parts.read(room / part.name, stream, fields, expected=part.records)
    )
    statements = list(found)
    if parts.count(statements) != manifest.counts:
        raise Refused(Code.COUNTS_DIFFER)
    return statements
