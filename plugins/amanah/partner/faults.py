"""Packages that are wrong in one thing, and the code of the published table with which a receiver refuses each.

Every code that one package can provoke has at least one. What is sound in such a package is a record that must not be
applied. Faults that a whole conversation is needed for (a gap, a replay) belong to :mod:`.check`.
"""

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pysequoia

from amanah.exchange import seal
from amanah.exchange.codes import Code
from amanah.exchange.parts import FORMATS, Statement
from amanah.exchange.seal import keyring
from amanah.exchange.seal.keyring import Keys
from amanah.partner.forge import MANIFEST_FILE, Forge, Make
from schemas.agreement import Agreement
from schemas.envelope import MessageId

Reason = Callable[[Forge], str | None]


@dataclass(frozen=True)
class Fault:
    """One way to be wrong.

    Attributes:
        code: with which the message is refused as a whole.
        what: what is sent, in words.
        section: where ``docs/protocol.md`` says so, as the anchor of a heading.
        make: makes the sealed package of a message id and a sound record.
        not_here: why this cannot be tried with an agreement, if it cannot.
    """

    code: Code
    what: str
    section: str
    make: Make
    not_here: Reason = lambda _: None


def _saying(**wrong: Any) -> Make:
    """A package whose manifest says something else than what is right."""
    return lambda forge, name, records: forge.seal(forge.tar(name, records, **wrong))


def _raw(content: bytes) -> Make:
    return lambda _forge, _name, _records: content


def _stranger(forge: Forge) -> Keys:
    """The keys of somebody who is no party."""
    with tempfile.TemporaryDirectory() as folder:
        secret, certificate = Path(folder) / "key", Path(folder) / "cert"
        seal.generate("a stranger (worthless)", secret, certificate)
        return Keys(secret.read_bytes(), certificate.read_bytes(), profile=forge.keys.profile)


def _signed_by_a_stranger(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    keys = replace(_stranger(forge), partner=forge.keys.partner, partner_pins=forge.keys.partner_pins)
    return forge.seal(forge.tar(name, records), keys=keys)


def _for_a_stranger(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    keys = replace(forge.keys, partner=_stranger(forge).partner, partner_pins=())
    return forge.seal(forge.tar(name, records), keys=keys)


def _unsigned(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    recipient = keyring.to_encrypt_to(forge.keys, datetime.now(UTC))
    return bytes(pysequoia.encrypt(forge.tar(name, records).read_bytes(), [recipient.openpgp], armor=False))


def _signed_only(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    signer = keyring.to_sign_with(forge.keys, datetime.now(UTC))
    return bytes(pysequoia.sign(signer, forge.tar(name, records).read_bytes(), armor=False))


def _armored(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    now = datetime.now(UTC)
    signer, recipient = keyring.to_sign_with(forge.keys, now), keyring.to_encrypt_to(forge.keys, now)
    content = forge.tar(name, records).read_bytes()
    return bytes(pysequoia.encrypt(content, [recipient.openpgp], signer, armor=True))


def _damaged(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    sealed = bytearray(forge.seal(forge.tar(name, records)))
    sealed[len(sealed) * 3 // 4] ^= 1
    return bytes(sealed)


def _out_of_term(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    pin = _pin(forge)
    return forge.seal(forge.tar(name, records, created_at=pin - timedelta(days=1)))


def _pin(forge: Forge) -> datetime:
    return min(pin.begins for pin in forge.agreement.parties[forge.sender].keys)


def _pins_nothing(forge: Forge) -> str | None:
    return None if forge.agreement.parties[forge.sender].keys else "the agreement names no keys, so none has a term"


def _no_tar(forge: Forge, _name: MessageId, _records: Sequence[Statement]) -> bytes:
    forge.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = forge.folder / "package.tar"
    path.write_bytes(b"not a tar at all\n" * 100)
    return forge.seal(path)


def _members(tar: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(tar, "r:") as file:
        return [(member, stream.read()) for member in file if (stream := file.extractfile(member)) is not None]


def _retarred(tar: Path, members: Sequence[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with tarfile.open(tar, "w", format=tarfile.USTAR_FORMAT) as file:
        for member, content in members:
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
    return tar


def _manifest_last(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    tar = forge.tar(name, records)
    return forge.seal(_retarred(tar, _members(tar)[::-1]))


def _manifest_changed(change: Callable[[dict[str, object]], None]) -> Make:
    def make(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
        tar = forge.tar(name, records)
        (first, content), *rest = _members(tar)
        said = json.loads(content)
        change(said)
        changed = json.dumps(said).encode()
        forge.before[name.stream] = hashlib.sha256(changed).hexdigest()
        return forge.seal(_retarred(tar, [(first, changed), *rest]))

    return make


def _with_member(member: str) -> Make:
    def make(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
        tar = forge.tar(name, records)
        return forge.seal(_retarred(tar, [*_members(tar), (tarfile.TarInfo(member), b"nobody named this\n")]))

    return make


def _without_part(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    tar = forge.tar(name, records)
    return forge.seal(_retarred(tar, [each for each in _members(tar) if each[0].name == MANIFEST_FILE]))


def _tampered(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    [part] = forge.part(name.stream, records)
    other = bytearray(part.read_bytes())
    other[len(other) // 2] ^= 1
    return forge.seal(forge.tar(name, records, tampered={part.name: bytes(other)}))


def _other_format(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    other = next(each for each in FORMATS if each != forge.agreement.package.parts)
    changed = replace(forge, agreement=_with_parts(forge.agreement, other))
    return forge.seal(changed.tar(name, records))


def _with_parts(agreement: Agreement, other: str) -> Agreement:
    return agreement.model_copy(update={"package": agreement.package.model_copy(update={"parts": other})})


def _fewer_columns(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    return forge.seal(forge.tar(name, records, fields=forge.granted(name.stream)[:-1]))


def _column_not_granted(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    granted = forge.granted(name.stream)
    form = forge.agreement.written_form(name.stream)
    [kept, *_] = [
        each for each in forge.agreement.stream(name.stream).fields if each in form.names and each not in granted
    ]
    return forge.seal(forge.tar(name, records, fields=(*granted, kept)))


def _grants_everything(forge: Forge) -> str | None:
    stream = next(iter(forge.agreement.streams))
    kept = set(forge.agreement.stream(stream).fields) - set(forge.granted(stream))
    return None if kept else "the agreement grants every field"


def _before_it_begins(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    return forge.seal(forge.tar(name, records, period=_month(forge.agreement.in_force_from - timedelta(days=31))))


def _months_ahead(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    return forge.seal(forge.tar(name, records, period=_month(_in_two_months())))


def _in_two_months() -> datetime:
    return datetime.now(UTC) + timedelta(days=62)


def _ends_soon(forge: Forge) -> str | None:
    covered = forge.agreement.covers(_month(_in_two_months()))
    return None if covered else "the agreement ends within two months"


def _month(day: object) -> str:
    return f"{day:%Y-%m}"


def _under_another_name(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    other = MessageId(name.sender, name.receiver, name.stream, name.sequence + 1000)
    return forge.seal(forge.tar(name, records, message_id=str(other)))


def _between_others(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    third = next(each for each in ("XAA", "XBB", "XCC") if each not in forge.agreement.parties)
    other = MessageId(name.sender, third, name.stream, name.sequence)
    return forge.seal(forge.tar(name, records, message_id=str(other)))


def _other_environment(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    other = "live" if forge.agreement.environment == "test" else "test"
    return forge.seal(forge.tar(name, records, environment=other))


def _more_than_counted(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    return forge.seal(forge.tar(name, records, counts={"new": len(records) + 1}))


def _part_counts_more(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    content = forge.part(name.stream, records)
    right = forge.manifest(name, content, None)
    wrong = [each.model_copy(update={"records": len(records) + 1}) for each in right.parts]
    return forge.seal(forge.tar(name, records, parts=wrong, counts={"new": len(records) + 1}))


def _unknown_kind_of_word(forge: Forge, name: MessageId, records: Sequence[Statement]) -> bytes:
    return forge.seal(forge.tar(name, records, kind="status"))


def _drop_a_required_entry(said: dict[str, object]) -> None:
    del said["period"]


def _add_an_unknown_entry(said: dict[str, object]) -> None:
    said["remark"] = "manifest/1 knows no remark"


def _month_thirteen(said: dict[str, object]) -> None:
    said["period"] = "2026-13"


SEAL, MANIFEST, RECORDS, FILE = "seal", "manifest", "records", "message-and-file"

FAULTS: tuple[Fault, ...] = (
    Fault(Code.NOT_A_PACKAGE, "an empty file", FILE, _raw(b"")),
    Fault(Code.CANNOT_OPEN, "a file that is no OpenPGP message", SEAL, _raw(b"not an OpenPGP message\n" * 50)),
    Fault(Code.CANNOT_OPEN, "signed by a stranger", SEAL, _signed_by_a_stranger),
    Fault(Code.CANNOT_OPEN, "encrypted to a stranger", SEAL, _for_a_stranger),
    Fault(Code.CANNOT_OPEN, "encrypted, and not signed", SEAL, _unsigned),
    Fault(Code.CANNOT_OPEN, "one bit flipped on its way", SEAL, _damaged),
    Fault(Code.OTHER_SEAL, "signed, and encrypted to nobody", SEAL, _signed_only),
    Fault(Code.OTHER_SEAL, "armored", SEAL, _armored),
    Fault(Code.KEY_OUT_OF_TERM, "made before its key's term begins", SEAL, _out_of_term, _pins_nothing),
    Fault(Code.MALFORMED, "what is sealed is no tar", FILE, _no_tar),
    Fault(Code.MALFORMED, "manifest.json is not the first member", FILE, _manifest_last),
    Fault(Code.MANIFEST_INVALID, "a manifest without period", MANIFEST, _manifest_changed(_drop_a_required_entry)),
    Fault(Code.MANIFEST_INVALID, "a manifest of month 13", MANIFEST, _manifest_changed(_month_thirteen)),
    Fault(Code.MANIFEST_INVALID, "an entry that manifest/1 lacks", MANIFEST, _manifest_changed(_add_an_unknown_entry)),
    Fault(Code.NOT_FOR_US, "a manifest between other parties", MANIFEST, _between_others),
    Fault(Code.WRONG_ENVIRONMENT, "live data in a test", MANIFEST, _other_environment),
    Fault(Code.OTHER_AGREEMENT, "another text of the agreement", MANIFEST, _saying(agreement_sha256="0" * 64)),
    Fault(Code.OTHER_SCHEMA, "a schema that nobody agreed on", MANIFEST, _saying(schema_id="placement/99")),
    Fault(Code.OTHER_SCHEMA, "a status message in a stream of records", MANIFEST, _unknown_kind_of_word),
    Fault(Code.NAME_DIFFERS, "another message id than in the file name", MANIFEST, _under_another_name),
    Fault(
        Code.CHAIN_BROKEN, "a manifest that follows another one", MANIFEST, _saying(previous_manifest_sha256="0" * 64)
    ),
    Fault(Code.PART_DIFFERS, "a part with another hash", MANIFEST, _tampered),
    Fault(Code.PART_DIFFERS, "a part that the manifest names is missing", FILE, _without_part),
    Fault(Code.PART_DIFFERS, "a member that the manifest does not name", FILE, _with_member("more.csv")),
    Fault(Code.PART_DIFFERS, "a member that leads out of its folder", FILE, _with_member("../../outside.csv")),
    Fault(Code.PART_DIFFERS, "a part in a format that is not the agreed one", RECORDS, _other_format),
    Fault(Code.FIELD_NOT_AGREED, "a part without one of the agreed columns", RECORDS, _fewer_columns),
    Fault(Code.FIELD_NOT_AGREED, "a column that may not travel", RECORDS, _column_not_granted, _grants_everything),
    Fault(Code.COUNTS_DIFFER, "fewer statements than counts says", MANIFEST, _more_than_counted),
    Fault(Code.COUNTS_DIFFER, "fewer records than the part's entry says", MANIFEST, _part_counts_more),
    Fault(Code.PERIOD_NOT_AGREED, "a month before the agreement", MANIFEST, _before_it_begins),
    Fault(Code.PERIOD_NOT_AGREED, "a month that has not begun", MANIFEST, _months_ahead, _ends_soon),
)

NOT_BY_A_PACKAGE: dict[Code, str] = {
    Code.KILLS_ITS_READER: "no package is known that ends the process that reads it",
    Code.TOO_MANY_ERRORS: "needs 100,001 refused records: sent with --large",
}
