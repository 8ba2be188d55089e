"""An edition as a whole: one list of its files' hashes, which either side signs, for anybody to check.

``sha256sum --check SHA256SUMS`` and ``gpg --verify SHA256SUMS.IDN.asc SHA256SUMS`` find the same as :func:`verify`.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from amanah.exchange.seal.keyring import Certificate, Keys
from amanah.exchange.seal.signature import sign_file, signer_of

SUMS = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  ([^/]+)")


class EditionError(ValueError):
    """An edition that is not whole; the text names the file and says what to do."""


@dataclass(frozen=True)
class Signature:
    """One signature beside an edition: whose by its file's name, by which of the given keys, and when.

    ``fingerprint`` is None where none of the given certificates made it, or the list is not what was signed.
    """

    party: str
    fingerprint: str | None
    signed_at: datetime | None


@dataclass(frozen=True)
class Verified:
    """What was found of one file of an edition. ``altered``: it is not what the list says of it."""

    file: str
    sha256: str
    altered: bool
    signatures: tuple[Signature, ...]

    @property
    def holds(self) -> bool:
        """Whether the file is untouched, and signed by nobody whose signature does not hold."""
        return not self.altered and bool(self.signatures) and all(each.fingerprint for each in self.signatures)


def sign(folder: Path, sha256: Mapping[str, str], party: str, keys: Keys) -> Path:
    """List the files of our edition in ``folder`` and sign the list; doing it again changes nothing.

    A list that is another than before takes away every signature of the one before.
    """
    sums, text = folder / SUMS, "".join(f"{digest}  {name}\n" for name, digest in sorted(sha256.items()))
    if not sums.exists() or sums.read_text(encoding="utf-8") != text:
        for stale in _signatures(folder):
            stale.unlink()
        unfinished = folder / f".{SUMS}.part"
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(sums)
    return _signed(sums, party, keys)


def countersign(folder: Path, party: str, keys: Keys) -> Path:
    """Sign the partner's edition in ``folder`` too. Raises ``EditionError`` unless every file of it is untouched."""
    for name, digest in _listed(folder).items():
        if not (folder / name).is_file() or sha256_of(folder / name) != digest:
            raise EditionError(f"{folder / name}: not what {SUMS} lists; ask the partner for the edition again")
    return _signed(folder / SUMS, party, keys)


def verify(file: Path, certificates: Sequence[Certificate]) -> Verified:
    """Check ``file`` of an edition against the list and the signatures beside it.

    Raises ``EditionError`` when there is no list beside it, or the list does not name it.
    """
    listed = _listed(file.parent)
    if file.name not in listed:
        raise EditionError(f"{file}: {SUMS} beside it does not list it; it is no file of that edition")
    found = sha256_of(file)
    signatures = tuple(_checked(each, file.parent / SUMS, certificates) for each in _signatures(file.parent))
    return Verified(file.name, found, found != listed[file.name], signatures)


def _signed(sums: Path, party: str, keys: Keys) -> Path:
    signature = sums.with_name(f"{SUMS}.{party}.asc")
    if not signature.exists():
        unfinished = sums.with_name(f".{signature.name}.part")
        sign_file(sums, unfinished, keys)
        unfinished.replace(signature)
    return signature


def _checked(signature: Path, sums: Path, certificates: Sequence[Certificate]) -> Signature:
    party = signature.name.removeprefix(f"{SUMS}.").removesuffix(".asc")
    signer, signed_at = signer_of(sums, signature, [each.openpgp for each in certificates])
    return Signature(party, signer, signed_at)


def _listed(folder: Path) -> dict[str, str]:
    sums = folder / SUMS
    if not sums.is_file():
        raise EditionError(f"{sums}: not there; an edition's files stand beside their list and its signatures")
    lines = [_LINE.fullmatch(line) for line in sums.read_text(encoding="utf-8").splitlines()]
    if not all(lines):
        raise EditionError(f"{sums}: not a list of SHA-256 and file names, as sha256sum writes it")
    return {line[2]: line[1] for line in lines if line}


def _signatures(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{SUMS}.*.asc"))


def sha256_of(path: Path) -> str:
    """The hash of a file, as ``sha256sum`` prints it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
