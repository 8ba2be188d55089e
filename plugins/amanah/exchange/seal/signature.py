"""Signatures that a third party can check with ``gpg`` alone: a signed text, and a signature beside a file.

Not the seal: nothing is encrypted here, and nothing personal may be signed here.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pysequoia

from amanah.exchange.seal import keyring
from amanah.exchange.seal.keyring import Keys

_BEGIN, _END = "-----BEGIN PGP SIGNED MESSAGE-----", "-----END PGP SIGNATURE-----"
_LONGEST = 64 << 10  # bytes


class SignatureError(ValueError):
    """A signed text that cannot be believed; the text says why and quotes nothing of it."""


def sign_text(text: str, keys: Keys) -> str:
    """Return ``text`` in the clear with our signature around it (``gpg --clearsign``)."""
    signer = keyring.to_sign_with(keys, datetime.now(UTC))
    signed = pysequoia.sign(signer, text.encode(), mode=pysequoia.SignatureMode.CLEAR)
    return bytes(signed).decode("ascii").strip() + "\n"


def signed_text(signed: bytes, certificates: Sequence[pysequoia.Cert]) -> str:
    """Return the text in ``signed`` that one of ``certificates`` signed, each line ended.

    Raises ``SignatureError`` unless there is exactly one signed text, nothing around it, and a valid signature.
    """
    try:
        shown = signed.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise SignatureError("not a text in UTF-8") from None
    whole = shown.startswith(_BEGIN) and shown.endswith(_END) and shown.count(_BEGIN) == shown.count(_END) == 1
    if len(signed) > _LONGEST or not whole:
        raise SignatureError("not exactly one signed text")
    try:
        found = pysequoia.verify(bytes=signed, store=lambda _wanted: list(certificates))
    except (RuntimeError, ValueError):  # what it says holds pages of a stack
        raise SignatureError("no valid signature of the pinned key") from None
    if not found.valid_sigs or found.bytes is None:
        raise SignatureError("no valid signature of the pinned key")
    return "".join(f"{line}\n" for line in found.bytes.decode("utf-8").splitlines())


def sign_file(path: Path, signature: Path, keys: Keys) -> None:
    """Write our detached signature of ``path`` to ``signature`` (``gpg --armor --detach-sign``)."""
    signer = keyring.to_sign_with(keys, datetime.now(UTC))
    mode = pysequoia.SignatureMode.DETACHED
    pysequoia.sign_file(signer, str(path), str(signature), mode=mode, armor=True)


def signer_of(
    path: Path, signature: Path, certificates: Sequence[pysequoia.Cert]
) -> tuple[str | None, datetime | None]:
    """Whose the detached ``signature`` of ``path`` is, by fingerprint, and when it was made; None if nobody's."""
    try:
        detached = pysequoia.Sig.from_file(str(signature))
        found = pysequoia.verify(file=str(path), signature=detached, store=lambda _wanted: list(certificates))
    except (RuntimeError, ValueError):  # what it says holds pages of a stack
        return None, None
    valid = found.valid_sigs
    return (str(valid[0].certificate).upper(), detached.created) if valid else (None, None)


def our_certificates(keys: Keys) -> list[pysequoia.Cert]:
    """The public parts of our keys."""
    return [each.openpgp for each in keyring.ours(keys)]


def partner_certificates(keys: Keys) -> list[pysequoia.Cert]:
    """The certificates of the partner that we believe."""
    return [each.openpgp for each in keyring.partners(keys)]
