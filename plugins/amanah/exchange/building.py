"""Building a message of ours: its number, its manifest, and the sealed package in the outbox.

All of it happens in the caller's transaction, under the lock of its stream: a number is never given twice, and one
that was given is either a package in the outbox or was never given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy import Connection

from amanah import __version__
from amanah.exchange import messages, package, receipt
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.room import private_room
from amanah.exchange.seal import seal
from amanah.exchange.words import CASES_PART, CERTIFICATE_PART, DIFFERENCE_PART, RESEND_PART, STATUS_PART
from amanah.store.locks import hold
from schemas.envelope import (
    STATUS_STREAM,
    Cases,
    Certificate,
    Counts,
    Difference,
    Environment,
    Kind,
    Manifest,
    MessageId,
    ResendRequest,
    StatusMessage,
    canonical_time,
)


@dataclass(frozen=True)
class Turn:
    """The next number of a stream, held until the transaction ends, and the hash of the manifest it follows."""

    message_id: MessageId
    follows: str | None


def next_turn(connection: Connection, endpoint: Endpoint, stream: str) -> Turn:
    """Take the next number of ``stream``."""
    hold(connection, f"sequence {stream}")
    before = messages.last_of(connection, messages.OUT, stream)
    sequence = before.sequence + 1 if before is not None else 1
    message_id = MessageId(endpoint.us, endpoint.partner, stream, sequence)
    return Turn(message_id, before.manifest_sha256 if before is not None else None)


def build(
    connection: Connection,
    endpoint: Endpoint,
    turn: Turn,
    *,
    kind: Kind,
    period: str,
    counts: Counts,
    content: Sequence[Path],
) -> Manifest:
    """Seal ``content`` into the package of ``turn``, lay it into the outbox and note it as built."""
    stream = turn.message_id.stream
    word = stream == STATUS_STREAM
    schema_id = "status/1" if word else endpoint.agreement.written_form(stream).stream.schema_id
    manifest = Manifest(
        message_id=str(turn.message_id),
        kind=kind,
        environment=Environment(endpoint.agreement.environment),
        schema_id=schema_id,
        agreement_sha256=endpoint.agreement.sha256,
        period=period,
        created_at=canonical_time(datetime.now(UTC)),
        counts=counts,
        parts=tuple(package.describe(path, records=counts.total) for path in content),
        previous_manifest_sha256=turn.follows,
        legal_ground=endpoint.agreement.legal_ground,
        software=f"amanah {__version__}",
    )
    sealed = endpoint.outbox(manifest.id.file_name)
    with private_room(endpoint.folder, f"sealing-{stream}") as room:
        tar = room / "package.tar"
        manifest_sha256 = package.write(tar, manifest, content)
        package_sha256 = seal(tar, sealed, endpoint.keys)
    messages.add_built(connection, manifest, manifest_sha256=manifest_sha256, package_sha256=package_sha256)
    return manifest


def build_answer(connection: Connection, endpoint: Endpoint, answer: StatusMessage, period: str) -> tuple[str, str]:
    """Build the status message that carries ``answer``, within the transaction that decided it.

    Returns its id and the receipt in it.
    """
    turn = next_turn(connection, endpoint, STATUS_STREAM)
    with private_room(endpoint.folder, f"building-{STATUS_STREAM}") as room:
        part, signed = _write(room / STATUS_PART, answer), room / receipt.PART
        given = receipt.give(answer, status_sha256=package.sha256_of(part), keys=endpoint.keys)
        signed.write_text(given, encoding="utf-8")
        manifest = _build_word(connection, endpoint, turn, Kind.STATUS, period, [part, signed])
    return manifest.message_id, given


def build_request(connection: Connection, endpoint: Endpoint, request: ResendRequest, period: str) -> str:
    """Build the message that carries ``request``; return its id."""
    turn = next_turn(connection, endpoint, STATUS_STREAM)
    with private_room(endpoint.folder, f"building-{STATUS_STREAM}") as room:
        part = _write(room / RESEND_PART, request)
        manifest = _build_word(connection, endpoint, turn, Kind.RESEND_REQUEST, period, [part])
    return manifest.message_id


def build_certificate(connection: Connection, endpoint: Endpoint, certificate: Certificate, signed: str) -> str:
    """Build the message that carries ``certificate`` and its ``signed`` text; return its id."""
    turn = next_turn(connection, endpoint, STATUS_STREAM)
    with private_room(endpoint.folder, f"building-{STATUS_STREAM}") as room:
        paper = room / f"{Path(CERTIFICATE_PART).stem}.asc"
        paper.write_text(signed, encoding="utf-8")
        content = [_write(room / CERTIFICATE_PART, certificate), paper]
        manifest = _build_word(connection, endpoint, turn, Kind.CERTIFICATE, certificate.period, content)
    return manifest.message_id


def build_difference(connection: Connection, endpoint: Endpoint, difference: Difference) -> str:
    """Build the message that carries ``difference``; return its id."""
    turn = next_turn(connection, endpoint, STATUS_STREAM)
    with private_room(endpoint.folder, f"building-{STATUS_STREAM}") as room:
        content = [_write(room / DIFFERENCE_PART, difference)]
        manifest = _build_word(connection, endpoint, turn, Kind.CERTIFICATE, difference.period, content)
    return manifest.message_id


def build_cases(connection: Connection, endpoint: Endpoint, cases: Cases) -> str:
    """Build the message that carries ``cases``; return its id."""
    turn = next_turn(connection, endpoint, STATUS_STREAM)
    with private_room(endpoint.folder, f"building-{STATUS_STREAM}") as room:
        content = [_write(room / CASES_PART, cases)]
        manifest = _build_word(connection, endpoint, turn, Kind.CASES, cases.period, content)
    return manifest.message_id


def _write(path: Path, word: BaseModel) -> Path:
    path.write_text(word.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def _build_word(
    connection: Connection, endpoint: Endpoint, turn: Turn, kind: Kind, period: str, content: Sequence[Path]
) -> Manifest:
    """Build a message of the stream ``status``: a word from node to node, which counts no record."""
    return build(connection, endpoint, turn, kind=kind, period=period, counts=Counts(), content=content)
