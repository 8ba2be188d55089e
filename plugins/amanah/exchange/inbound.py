"""Inbound: check what the partner sent, apply it in one transaction, and answer.

Messages of a stream are taken strictly in their sequence; one that comes too early is held, and what is missing is
asked for. One behind a refused message is held too, where the agreement says that its stream then holds. Applying and
answering happen together: a message is either untouched or applied and answered, whatever is killed when.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Row

from amanah.exchange import again, case_words, early, ledger, messages, package, parts, receipt, resend, tries, words
from amanah.exchange.admission import Admission
from amanah.exchange.building import build_answer
from amanah.exchange.certificate import certify, difference
from amanah.exchange.codes import Code, Refused
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.holding import behind
from amanah.exchange.messages import State
from amanah.exchange.opening import Opened, open_package
from amanah.exchange.parts import Statement
from amanah.exchange.room import private_room
from amanah.exchange.seal.signature import SignatureError
from amanah.exchange.status import codes_of, settle
from amanah.store import findings
from amanah.store.locks import hold
from schemas.envelope import (
    STATUS_STREAM,
    Cases,
    Counts,
    Difference,
    FileError,
    Kind,
    Manifest,
    MessageId,
    ResendRequest,
    StatusMessage,
    Verdict,
    canonical_time,
)
from schemas.majors import Form

MOST_TRIES = 5  # admissions of one message that may end with the process; then the message is what ends it


@dataclass(frozen=True)
class Admitted:
    """What became of one inbound message."""

    message_id: str
    state: str
    period: str | None
    applied: int
    rejected: int


def admit(endpoint: Endpoint) -> list[Admitted]:
    """Open, check, apply and answer what has been collected, each stream in its sequence."""
    with endpoint.database.engine.connect() as connection:
        waiting = messages.in_states(connection, messages.IN, [State.RECEIVED, State.HELD])
    return [outcome for row in waiting if (outcome := _admit_one(endpoint, row.message_id)) is not None]


def _admit_one(endpoint: Endpoint, message_id: str) -> Admitted | None:
    tries.catch_up(endpoint, message_id)
    try:
        with endpoint.database.engine.begin() as connection:
            hold(connection, "admit")
            row = messages.find(connection, message_id)
            if row is None or row.state not in {State.RECEIVED, State.HELD}:
                return None  # another admission took it meanwhile
            before = messages.last_of(connection, messages.IN, row.stream, [State.ANSWERED, State.SETTLED])
            expected = before.sequence + 1 if before is not None else 1
            if row.sequence != expected:
                return _wait(connection, endpoint, row, expected)
            if again.is_wanted(endpoint, row.message_id, row.state):  # and the exchange point did not have it any more
                resend.ask(connection, endpoint, row.stream, expected, expected)
                return Admitted(row.message_id, row.state, row.period, 0, 0)
            if (refused := behind(endpoint, row.stream, before)) is not None:
                _hold(connection, row, {"behind": str(refused.message_id)})
                return Admitted(row.message_id, State.HELD, row.period, 0, 0)
            messages.begin_try(endpoint.database, message_id)
            resend.close(connection, row.stream, row.sequence)
            with private_room(endpoint.folder, "admitting") as room:
                take = _take_word if row.stream == STATUS_STREAM else _take_records
                try:
                    return take(connection, endpoint, row, before, room)
                except _LetGo:
                    return Admitted(row.message_id, row.state, row.period, 0, 0)
    finally:
        tries.end(endpoint, message_id)  # not reached where the process itself was ended


def _wait(connection: Connection, endpoint: Endpoint, row: Row[tuple[object, ...]], expected: int) -> Admitted:
    """``row`` comes before its turn: ask for what is missing before it, unless that is to be fetched again only."""
    if row.stream == STATUS_STREAM and row.state != State.HELD and row.tries < MOST_TRIES:
        early.obey(connection, endpoint, row)
    _hold(connection, row, {"expected_sequence": expected})
    missing = MessageId(row.sender, endpoint.us, row.stream, expected)
    if messages.find(connection, str(missing)) is None:
        resend.ask(connection, endpoint, row.stream, expected, row.sequence - 1)
    return Admitted(row.message_id, State.HELD, row.period, 0, 0)


def _hold(connection: Connection, row: Row[tuple[object, ...]], event: dict[str, str | int]) -> None:
    if row.state != State.HELD:
        messages.move(connection, row.message_id, State.HELD, event=event)


class _LetGo(Exception):
    """The package is spoilt here; the message waits until it has been fetched again."""


def _open(
    connection: Connection,
    endpoint: Endpoint,
    row: Row[tuple[object, ...]],
    before: Row[tuple[object, ...]] | None,
    room: Path,
) -> Opened:
    if row.tries >= MOST_TRIES:
        raise Refused(Code.KILLS_ITS_READER)
    try:
        return open_package(endpoint, row, before, room)
    except Refused as refusal:
        if again.let_go(connection, endpoint, row, refusal):
            raise _LetGo from refusal
        raise


def _take_word(
    connection: Connection,
    endpoint: Endpoint,
    row: Row[tuple[object, ...]],
    before: Row[tuple[object, ...]] | None,
    room: Path,
) -> Admitted:
    """Heed an answer or a request. One that cannot be read is set aside with an alarm: words are never answered."""
    opened, period, kind = None, None, Kind.STATUS
    try:
        opened = _open(connection, endpoint, row, before, room)
        if opened.manifest.kind is Kind.RESEND_REQUEST:
            request = words.read(room, words.RESEND_PART, ResendRequest)
            resend.obey(connection, endpoint, request, carried_by=row.message_id)
        elif opened.manifest.kind is Kind.CERTIFICATE:
            _weigh(connection, endpoint, row.message_id, room)
        elif opened.manifest.kind is Kind.CASES:
            told = words.read(room, words.CASES_PART, Cases)
            case_words.take(connection, endpoint, told, carried_by=row.message_id)
        else:
            _heed(connection, endpoint, row.message_id, room)
        period, kind = opened.manifest.period, opened.manifest.kind
    except Refused as refusal:
        ledger.append(connection, row.message_id, "alarm", reason=str(refusal))
    messages.move(
        connection,
        row.message_id,
        State.SETTLED,
        event={"manifest_sha256": opened.sha256 if opened else "-"},
        manifest_sha256=opened.sha256 if opened else None,
        manifest=opened.text if opened else None,
        period=period,
        kind=kind,
    )
    return Admitted(row.message_id, State.SETTLED, period, 0, 0)


def _receipt(endpoint: Endpoint, answer: StatusMessage, room: Path) -> tuple[str | None, str]:
    """The partner's checked receipt; or None, and what is wrong with it."""
    signed = room / receipt.PART
    if not signed.exists():
        return None, "there is none"
    status_sha256 = package.sha256_of(room / words.STATUS_PART)
    try:
        return receipt.take(signed.read_bytes(), answer, status_sha256=status_sha256, keys=endpoint.keys), ""
    except SignatureError as error:
        return None, str(error)


def _heed(connection: Connection, endpoint: Endpoint, carried_by: str, room: Path) -> None:
    answer = words.read(room, words.STATUS_PART, StatusMessage)
    signed, fault = _receipt(endpoint, answer, room)
    settle(connection, endpoint.us, answer, carried_by=carried_by, receipt=signed)
    if signed is None:  # the seal proves the answer to us without one: it stands, and a person is told
        reason = f"no receipt that could be shown to others: {fault}"
        ledger.append(connection, carried_by, "alarm", reason=reason)


def _weigh(connection: Connection, endpoint: Endpoint, carried_by: str, room: Path) -> None:
    """Take a certificate, or a step in finding where two of them differ."""
    if (room / words.DIFFERENCE_PART).exists():
        step = words.read(room, words.DIFFERENCE_PART, Difference)
        difference.take(connection, endpoint, step, carried_by=carried_by)
    else:
        certify.take(connection, endpoint, room, carried_by=carried_by)


def _take_records(
    connection: Connection,
    endpoint: Endpoint,
    row: Row[tuple[object, ...]],
    before: Row[tuple[object, ...]] | None,
    room: Path,
) -> Admitted:
    opened: Opened | None = None
    admission: Admission | None = None
    file_errors: tuple[FileError, ...] = ()
    try:
        opened = _open(connection, endpoint, row, before, room)
        with connection.begin_nested():  # what was applied before a refusal is undone
            admission = _apply(connection, endpoint, row, opened.manifest, room)
    except Refused as refusal:
        file_errors = (FileError(code=refusal.code, message=str(refusal)),)
    now = canonical_time(datetime.now(UTC))
    verdict = Verdict.REJECTED if file_errors else Verdict.ACCEPTED
    answer = StatusMessage(
        answers=row.message_id,
        manifest_sha256=opened.sha256 if opened else None,
        package_sha256=row.package_sha256,
        verdict=verdict,
        file_errors=file_errors,
        record_errors=tuple(admission.errors) if admission else (),
        applied=admission.counts() if admission else Counts(),
        decided_at=now,
    )
    period = opened.manifest.period if opened else now.strftime("%Y-%m")
    carried_by, given = build_answer(connection, endpoint, answer, period)
    applied, rejected = answer.applied.total, len(answer.record_errors)
    messages.move(
        connection,
        row.message_id,
        State.ANSWERED,
        event={
            "by": carried_by,
            "verdict": verdict,
            "applied": applied,
            "rejected_records": rejected,
            "codes": codes_of(answer),
            "manifest_sha256": answer.manifest_sha256 or "-",
            "receipt_sha256": package.sha256_of_text(given),
        },
        kind=opened.manifest.kind if opened else "unreadable",
        period=opened.manifest.period if opened else None,
        manifest_sha256=answer.manifest_sha256,
        manifest=opened.text if opened else None,
        receipt=given,
        records=opened.manifest.counts.total if opened else 0,
        verdict=verdict.value,
        rejected_records=rejected,
        answer=answer.model_dump(mode="json"),
        answered_by=carried_by,
        answered_at=now,
    )
    return Admitted(row.message_id, State.ANSWERED, row.period, applied, rejected)


def _apply(
    connection: Connection, endpoint: Endpoint, row: Row[tuple[object, ...]], manifest: Manifest, room: Path
) -> Admission:
    admission = Admission(
        connection,
        endpoint,
        row.stream,
        row.message_id,
        known_in=findings.first_open_period(connection, manifest.period),
        form=_form(endpoint, manifest),
        snapshot=manifest.kind is Kind.SNAPSHOT,
    )
    admission.take(_statements(endpoint, manifest, room))
    if Counts(**{action.value: number for action, number in admission.said.items()}) != manifest.counts:
        raise Refused(Code.COUNTS_DIFFER)
    return admission


def _statements(endpoint: Endpoint, manifest: Manifest, room: Path) -> Iterator[Statement]:
    form = _form(endpoint, manifest)
    fields = form.fields(endpoint.agreement.granted(manifest.id.stream, sender=endpoint.partner))
    for part in manifest.parts:
        parts.check_format(part.name, endpoint.agreement.package.parts)
    for part in manifest.parts:
        yield from parts.read(room / part.name, form.stream, fields, expected=part.records)


def _form(endpoint: Endpoint, manifest: Manifest) -> Form:
    form = endpoint.agreement.taken_form(manifest.id.stream, manifest.schema_id)
    if form is None:
        raise Refused(Code.OTHER_SCHEMA)
    return form
