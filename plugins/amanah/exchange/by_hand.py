"""Packages made and opened by hand: files in, files out, no node, no database, no service.

The same bytes as a node makes. Nothing half done is ever in the place of a result: a package appears whole, and an
opened one as a whole folder or not at all, whatever is killed when.
"""

import fcntl
import os
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from amanah import __version__
from amanah.exchange import package, parts
from amanah.exchange.codes import Code, Refused
from amanah.exchange.package import MANIFEST
from amanah.exchange.parts import Statement
from amanah.exchange.records_file import RecordsFault, RecordsFile
from amanah.exchange.room import private_room
from amanah.exchange.seal import keyring, seal, unseal
from amanah.exchange.seal.keyring import Keys
from schemas.agreement import Agreement, PinnedKey
from schemas.envelope import Action, Counts, Environment, Kind, Manifest, MessageId, canonical_time
from schemas.record import Record


@dataclass(frozen=True)
class Sealed:
    """A package made by hand. ``doubtful`` counts, by field and reason, what the receiver will refuse with 401."""

    message_id: str
    file: str
    kind: str
    records: int
    manifest_sha256: str
    package_sha256: str
    kept_back: tuple[str, ...]
    doubtful: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True)
class Opened:
    """A package whose every check held."""

    message_id: str
    kind: str
    environment: str
    period: str
    records: int
    parts: tuple[str, ...]
    manifest_sha256: str
    signed_by: str


def sender_of(agreement: Agreement, keys: Keys, records: RecordsFile | None) -> str:
    """The party a package is from: whose key signs it, else whose records it holds, else the agreement's first."""
    signing = {key.fingerprint for key in keyring.ours(keys)}
    for code, party in agreement.parties.items():
        if signing & {pin.fingerprint for pin in party.keys}:
            return code
    first = next(records.statements(), None) if records is not None else None
    named = first.record_ref.partition("-")[0] if first is not None else ""
    return named if named in agreement.parties else next(iter(agreement.parties))


def seal_records(
    agreement: Agreement,
    message_id: MessageId,
    records: RecordsFile | None,
    *,
    keys: Keys,
    period: str,
    previous: str | None,
    out: Path,
) -> Sealed:
    """Make the package ``message_id`` in ``out``: a ``nil`` message when there are no records.

    Raises ``RecordsFault`` or ``KeyFault``; nothing is written then.
    """
    stream, sender = agreement.stream(message_id.stream), message_id.sender
    form, fields = agreement.written_form(stream.name), agreement.granted(stream.name, sender=sender)
    target = out / message_id.file_name
    if target.exists():
        raise RecordsFault(
            f"{target} is there already, and a sequence number never stands for two contents; give the next one, or "
            "remove the file if it was never sent"
        )
    out.mkdir(parents=True, exist_ok=True)
    with _alone_in(out), private_room(out, "sealing") as room:
        part = room / f"{stream.name}.{agreement.package.parts}"
        reading = _Reading(sender, agreement.record_model(stream.name), fields)
        content = []
        if records is not None:
            statements = (each.in_form(form) for each in reading.checked(records))
            parts.write(part, statements, form.stream, form.fields(fields))
        if reading.total:
            content = [part]
        counts = Counts(**{action.value: reading.actions[action] for action in Action})
        manifest = Manifest(
            message_id=str(message_id),
            kind=Kind.RECORDS if content else Kind.NIL,
            environment=Environment(agreement.environment),
            schema_id=form.stream.schema_id,
            agreement_sha256=agreement.sha256,
            period=period,
            created_at=canonical_time(datetime.now(UTC)),
            counts=counts,
            parts=tuple(package.describe(path, records=counts.total) for path in content),
            previous_manifest_sha256=previous,
            legal_ground=agreement.legal_ground,
            software=f"amanah {__version__}",
        )
        tar = room / "package.tar"
        digest = package.write(tar, manifest, content)
        package_sha256 = seal(tar, target, keys)
    known = records.columns() if records is not None else ()
    kept_back = [name for name in known if name in stream.fields and name not in fields]
    return Sealed(
        str(message_id), str(target), manifest.kind, counts.total, digest, package_sha256, tuple(kept_back),
        reading.doubtful,
    )  # fmt: skip


@dataclass
class _Reading:
    """Counts what passes on its way into a part, and asks of each record what the receiver will ask."""

    sender: str
    model: type[Record]
    fields: tuple[str, ...]
    actions: Counter[Action] = field(default_factory=Counter)
    doubtful: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.actions.total()

    def checked(self, records: RecordsFile) -> Iterator[Statement]:
        for number, statement in enumerate(records.statements(), start=1):
            if not statement.record_ref.startswith(f"{self.sender}-"):
                raise RecordsFault(
                    f"{records.path.name}, record {number}, record_ref: expected one that begins with {self.sender}-, "
                    "as only its holder sends a record; give --sender if the package is the other party's"
                )
            self.actions[statement.action] += 1
            if statement.action is Action.WITHDRAW:
                yield Statement(statement.action, statement.record_ref, statement.revision)
                continue
            try:
                self.model.model_validate(parts.narrowed(statement.values, self.fields))
            except ValidationError as error:
                first = error.errors(include_url=False, include_context=False, include_input=False)[0]
                self.doubtful[".".join(map(str, first["loc"])), first["type"]] += 1
            yield statement


def open_package(sealed: Path, keys: Keys, out: Path, agreement: Agreement | None = None) -> Opened:
    """Write ``manifest.json`` and the parts of ``sealed`` into the new or empty folder ``out``, or nothing.

    Raises ``Refused`` when any check fails, ``KeyFault`` when a key of ours does, ``FileExistsError`` when ``out``
    holds something else.
    """
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    with _alone_in(out.parent), private_room(out.parent, f"{out.name}.opening") as room:
        opened, content = _opened(sealed, keys, room, agreement)
        if out.exists() and any(out.iterdir()):
            if _same(content, out):
                return opened
            raise FileExistsError(f"{out} holds other files; name a new or an empty folder")
        for path in content.iterdir():
            _flush(path)
        content.rename(out)
        _flush(out.parent)
    return opened


def verify_package(sealed: Path, keys: Keys, agreement: Agreement | None = None) -> Opened:
    """Check everything that :func:`open_package` checks; what it unpacks on the way is private and removed."""
    with tempfile.TemporaryDirectory(prefix="amanah-verify-") as room:
        return _opened(sealed, keys, Path(room), agreement)[0]


def _opened(sealed: Path, keys: Keys, room: Path, agreement: Agreement | None) -> tuple[Opened, Path]:
    tar, content = room / "package.tar", room / "content"
    content.mkdir(mode=0o700)
    signer = unseal(sealed, tar, keys)
    manifest, digest = package.read(tar, content)
    keyring.check_signed_at(signer, manifest.created_at)
    _check_name(sealed, manifest)
    if agreement is not None:
        _check_agreement(agreement, manifest, signer.fingerprint)
    (content / MANIFEST).write_bytes(_manifest_bytes(tar))
    opened = Opened(
        manifest.message_id, manifest.kind, manifest.environment, manifest.period, manifest.counts.total,
        tuple(part.name for part in manifest.parts), digest, signer.fingerprint,
    )  # fmt: skip
    return opened, content


def _check_name(sealed: Path, manifest: Manifest) -> None:
    """A file that is named like a message must be that message; another name says nothing."""
    try:
        named = MessageId.parse(sealed.name.removesuffix(".tar.pgp"))
    except ValueError:
        return
    if named != manifest.id:
        raise Refused(Code.NAME_DIFFERS)


def _check_agreement(agreement: Agreement, manifest: Manifest, signer: str) -> None:
    sender = agreement.parties.get(manifest.id.sender)
    if sender is None or manifest.id.receiver not in agreement.parties:
        raise Refused(Code.NOT_FOR_US)
    if sender.keys and signer not in {pin.fingerprint for pin in sender.keys}:
        raise Refused(Code.CANNOT_OPEN, f"signed by {signer}, which is no key of {manifest.id.sender} in the agreement")
    if manifest.environment != agreement.environment:
        raise Refused(Code.WRONG_ENVIRONMENT)
    if manifest.agreement_sha256 != agreement.sha256:
        raise Refused(Code.OTHER_AGREEMENT)


def _manifest_bytes(tar: Path) -> bytes:
    """``manifest.json`` byte for byte, as its hash needs it; the tar has been checked."""
    with tarfile.open(tar, "r:") as file:
        first = file.next()
        stream = file.extractfile(first) if first is not None else None
        if stream is None:
            raise Refused(Code.MALFORMED, MANIFEST)
        return stream.read()


def _same(one: Path, other: Path) -> bool:
    def content(folder: Path) -> dict[str, str]:
        return {path.name: package.sha256_of(path) if path.is_file() else "" for path in folder.iterdir()}

    return content(one) == content(other)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until nobody else opens a package in ``folder``; a killed one holds nothing."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _flush(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def pins_of(agreement: Agreement, parties: Iterable[str]) -> tuple[PinnedKey, ...]:
    """The keys that the agreement names for ``parties``, together."""
    return tuple(pin for party in parties for pin in agreement.parties[party].keys)
