"""The seal: sign, then encrypt; decrypt, then believe only what the pinned key signed.

OpenPGP by pysequoia. Two of its traps are closed here and nowhere else: without a ``store`` callback a signature
is not checked at all, and a check that fails has already written plaintext. One small module, so that another
sealing can take its place.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pysequoia

from amanah.exchange.codes import Code, Refused


@dataclass(frozen=True)
class Keys:
    """Our secret key and the partner's pinned certificate, as files of the kind ``gpg --export`` writes."""

    ours: Path
    partner: Path
    passphrase: str | None = None


def generate(user_id: str, secret: Path, certificate: Path) -> None:
    """Make a key pair; the secret key is readable by its owner only."""
    key = pysequoia.Tsk.generate(user_id)
    secret.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(bytes(key))
    certificate.write_bytes(bytes(key.extract_certificate()))


def seal(plain: Path, sealed: Path, keys: Keys) -> None:
    """Sign ``plain`` with our key, encrypt it to the partner, and write ``sealed`` in one piece.

    The content is expected to be compressed already; OpenPGP compression is not used, GnuPG 2.2 would fail on it.
    """
    ours = pysequoia.Tsk.from_file(str(keys.ours))
    partner = pysequoia.Cert.from_file(str(keys.partner))
    unfinished = sealed.with_name(f".{sealed.name}.{os.getpid()}")
    try:
        pysequoia.encrypt_file(str(plain), str(unfinished), [partner], signer=ours.signer(keys.passphrase), armor=False)
        _flush(unfinished)
        unfinished.replace(sealed)
    finally:
        unfinished.unlink(missing_ok=True)


def unseal(sealed: Path, plain: Path, keys: Keys) -> None:
    """Decrypt ``sealed`` and write ``plain`` only if the partner's pinned key signed it.

    Raises ``Refused`` (201) otherwise; ``plain`` does not exist then, and no plaintext is left behind.
    """
    ours = pysequoia.Tsk.from_file(str(keys.ours))
    partner = pysequoia.Cert.from_file(str(keys.partner))
    with tempfile.TemporaryDirectory(dir=plain.parent, prefix=".opening-") as private:
        unproven = Path(private) / "plain"
        try:
            opened = pysequoia.decrypt_file(
                str(sealed), str(unproven), ours.decryptor(keys.passphrase), store=lambda _wanted: [partner]
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise Refused(Code.CANNOT_OPEN, type(error).__name__) from error
        if not opened.valid_sigs:
            raise Refused(Code.CANNOT_OPEN, "no valid signature")
        _flush(unproven)
        unproven.replace(plain)


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
