"""The seal: sign, then encrypt; decrypt, then believe only what a key of the partner signed.

OpenPGP by pysequoia. Its traps are closed here and in :mod:`.opening`, and nowhere else: without a ``store``
callback a signature is not checked at all; a check that fails has already written plaintext; a message that is signed
and not encrypted "decrypts"; a compressed one can grow without end. A small module, so that another sealing can take
its place.
"""

import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pysequoia

from amanah.exchange.codes import Code, Refused
from amanah.exchange.seal import header as seal_header
from amanah.exchange.seal import keyring, opening
from amanah.exchange.seal.keygen import generate
from amanah.exchange.seal.keyring import Certificate, KeyFault, Keys

__all__ = ["KeyFault", "Keys", "generate", "seal", "unseal"]


def seal(plain: Path, sealed: Path, keys: Keys) -> str:
    """Sign ``plain`` with our newest key, encrypt it to the partner's newest, and write ``sealed`` in one piece.

    Returns the SHA-256 of ``sealed``, which is on the disk then. The content is expected to be compressed already;
    OpenPGP compression is not used. Raises ``KeyFault``, or ``OSError`` when it cannot be written.
    """
    now = datetime.now(UTC)
    signer, recipient = keyring.to_sign_with(keys, now), keyring.to_encrypt_to(keys, now)
    check_profile(keys, recipient)
    unfinished = sealed.with_name(f".{sealed.name}.{os.getpid()}")
    try:
        try:
            pysequoia.encrypt_file(str(plain), str(unfinished), [recipient.openpgp], signer=signer, armor=False)
        except RuntimeError as error:  # a full disk too; its text is a page of the library's innards
            number = opening.errno_in(str(error))
            if number is None:
                raise
            raise OSError(number, os.strerror(number), str(sealed.parent)) from None
        digest = _flushed(unfinished)
        unfinished.replace(sealed)
        _sync_folder(sealed.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    return digest


def unseal(sealed: Path, plain: Path, keys: Keys, *, received: datetime | None = None) -> Certificate:
    """Decrypt ``sealed`` and write ``plain`` only if a key of the partner signed it; return that key.

    Whether its term covers the time that the message gives is for :func:`.keyring.check_signed_at`, when that time is
    known. ``received`` is when the message came to us, now if not given. Raises ``Refused`` (2xx) when the message is
    at fault, ``KeyFault`` or ``OSError`` when we are; ``plain`` does not exist then, and no plaintext is left behind.
    """
    header = seal_header.read(sealed)
    if keys.profile is not None and header.profile != keys.profile:
        raise Refused(Code.OTHER_SEAL, f"profile {header.profile}, agreed is {keys.profile}")
    ours, partners = keyring.to_open_with(keys, header.recipients), keyring.partners(keys)
    with tempfile.TemporaryDirectory(dir=plain.parent, prefix=".opening-") as private:
        unproven = Path(private) / "plain"
        answer = ask_to_open(sealed, unproven, header.size, ours, partners, keys.passphrase)
        signer = signer_in(answer, ours, partners)
        keyring.check_signer(signer, received=received or datetime.now(UTC))
        unproven.replace(plain)
    return signer


def check_profile(keys: Keys, recipient: Certificate) -> None:
    """Seal nothing to ``recipient``, to see which profile its certificate asks for. Raises ``KeyFault``."""
    with tempfile.NamedTemporaryFile() as scratch:
        scratch.write(pysequoia.encrypt(b"", [recipient.openpgp], armor=False))
        scratch.flush()
        found = seal_header.read(Path(scratch.name)).profile
    if keys.profile not in (None, found):
        how = "made with gpg" if keys.profile == "gnupg" else "made for the modern profile"
        raise KeyFault(
            f"certificate {recipient.fingerprint} asks for profile {found}, the agreement says {keys.profile}: "
            f"ask the partner for a key {how}, or agree on package.seal: {found}"
        )


def ask_to_open(
    sealed: Path, plain: Path, limit: int, ours: list[Certificate], partners: list[Certificate], passphrase: str | None
) -> dict[str, Any]:
    """What the process that opens has to say. A package is never larger than its seal: that is its ``limit``."""
    order = {
        "parent": os.getpid(),
        "sealed": str(sealed.absolute()),
        "plain": str(plain.absolute()),
        "limit": limit,
        "keys": [base64.b64encode(each.content).decode() for each in ours],
        "passphrase": passphrase,
        "certificates": [base64.b64encode(each.content).decode() for each in partners],
    }
    program = [sys.executable, "-I", str(Path(opening.__file__))]
    done = subprocess.run(program, input=json.dumps(order).encode(), capture_output=True, check=False)  # noqa: S603
    if done.returncode == -signal.SIGKILL:
        raise OSError("the process that opens packages was killed; is there memory left?")
    if done.returncode < 0:
        raise Refused(Code.CANNOT_OPEN, "the message broke the program that reads it")
    if done.returncode:
        raise OSError(f"the process that opens packages could not run (status {done.returncode})")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def signer_in(answer: dict[str, Any], ours: list[Certificate], partners: list[Certificate]) -> Certificate:
    """The key of the partner that signed; several may have. Raises what is wrong otherwise."""
    failed, errno = answer.get("failed"), answer.get("errno")
    if failed == "our key":
        raise keyring.cannot_open(ours)
    if errno == opening.FILE_TOO_LARGE:
        raise Refused(Code.OTHER_SEAL, "compressed: it holds more than it weighs")
    if errno is not None:
        raise OSError(errno, os.strerror(errno), "while opening a package")
    by_fingerprint = {each.fingerprint: each for each in partners}
    signed = [
        by_fingerprint[each[0].upper()] for each in answer.get("signers", ()) if each[0].upper() in by_fingerprint
    ]
    if signed:
        return max(signed, key=lambda each: (each.unfit(datetime.now(UTC)) is None, each.fingerprint))
    if failed in _REASON:
        raise Refused(*_REASON[failed])
    wanted = {each.upper() for each in answer.get("wanted", ())}
    for each in partners:
        why = each.unfit(datetime.now(UTC))
        if each.key_ids & wanted and why is not None:
            raise Refused(Code.KEY_OUT_OF_TERM, f"key {each.fingerprint} {why}")
        if each.key_ids & wanted:
            raise Refused(Code.CANNOT_OPEN, "the signature is not that of this content")
    by = ", ".join(sorted(wanted)[:3])
    raise Refused(Code.CANNOT_OPEN, f"signed by {by}, which is no pinned key" if by else "unsigned")


_REASON = {
    "no key": (Code.CANNOT_OPEN, "none of our keys opens it"),
    "damaged": (Code.CANNOT_OPEN, "damaged"),
    "structure": (Code.OTHER_SEAL, "compressed, or other layers than one encryption around what is signed"),
}


def _flushed(path: Path) -> str:
    """Bring a file to the disk, and work out its SHA-256 meanwhile."""
    with path.open("rb") as file, ThreadPoolExecutor(1) as beside:
        written = beside.submit(os.fsync, file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        written.result()
    return digest


def _sync_folder(folder: Path) -> None:
    """Bring the names in ``folder`` to the disk."""
    found = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(found)
    finally:
        os.close(found)
