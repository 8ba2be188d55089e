"""Opening a package of the partner: unsealed, unpacked, and its manifest held against the agreement."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Row

from amanah.exchange import package
from amanah.exchange.codes import Code, Refused
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.seal import unseal
from amanah.exchange.seal.keyring import check_signed_at
from schemas.envelope import STATUS_STREAM, Kind, Manifest, MessageId

WORDS = frozenset({Kind.STATUS, Kind.RESEND_REQUEST, Kind.CERTIFICATE, Kind.CASES})  # what the stream "status" carries


@dataclass(frozen=True)
class Opened:
    """A package that has been opened: its manifest, the manifest's SHA-256, and its text byte for byte."""

    manifest: Manifest
    sha256: str
    text: str


def open_package(
    endpoint: Endpoint,
    row: Row[tuple[object, ...]],
    before: Row[tuple[object, ...]] | None,
    room: Path,
    *,
    in_turn: bool = True,
) -> Opened:
    """Unpack the message ``row`` into ``room``.

    ``before`` is the message before it in its stream; where it is not ``in_turn``, that is not here yet. Raises
    ``Refused`` when anything is not as agreed.
    """
    sealed, tar = endpoint.inbox(MessageId.parse(row.message_id).file_name), room / "package.tar"
    if not sealed.stat().st_size:
        raise Refused(Code.NOT_A_PACKAGE)
    signer = unseal(sealed, tar, endpoint.keys, received=row.created_at)
    manifest, digest = package.read(tar, room)
    check_signed_at(signer, manifest.created_at)
    text = package.manifest_text(tar)
    tar.unlink()
    _check(endpoint, row, before, manifest, in_turn=in_turn)
    return Opened(manifest, digest, text)


def _check(
    endpoint: Endpoint,
    row: Row[tuple[object, ...]],
    before: Row[tuple[object, ...]] | None,
    manifest: Manifest,
    *,
    in_turn: bool,
) -> None:
    agreement, found = endpoint.agreement, manifest.id
    word = row.stream == STATUS_STREAM  # an answer may say that the agreements differ: it must always be heard
    said = manifest.schema_id
    spoken = said == "status/1" if word else agreement.taken_form(row.stream, said) is not None
    chain = before.manifest_sha256 if before is not None else None
    known = in_turn and (before is None or chain is not None)
    this_month = datetime.now(UTC) + timedelta(days=1)  # where it begins first, and for clocks that differ
    checks: list[tuple[bool, Code]] = [
        ((found.sender, found.receiver) == (endpoint.partner, endpoint.us), Code.NOT_FOR_US),
        (manifest.message_id == row.message_id, Code.NAME_DIFFERS),
        (word or manifest.environment == agreement.environment, Code.WRONG_ENVIRONMENT),
        (word or manifest.agreement_sha256 == agreement.sha256, Code.OTHER_AGREEMENT),
        (word or agreement.covers(manifest.period), Code.PERIOD_NOT_AGREED),
        (word or manifest.period <= f"{this_month:%Y-%m}", Code.PERIOD_NOT_AGREED),
        (spoken, Code.OTHER_SCHEMA),
        ((manifest.kind in WORDS) == word, Code.OTHER_SCHEMA),
        (not known or manifest.previous_manifest_sha256 == chain, Code.CHAIN_BROKEN),
    ]
    for holds, code in checks:
        if not holds:
            raise Refused(code)
