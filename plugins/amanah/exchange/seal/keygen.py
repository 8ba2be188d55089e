"""Making a key pair without GnuPG, for demonstrations, samples and tests. A ministry makes its own with ``gpg``.

pysequoia's keys ask every sender for the modern profile, which GnuPG 2.2 cannot write or read (measured with 0.1.35 and
2.2.40, whatever profile they are made with). So the packets of a GnuPG-like key are put together here: RFC 9580,
version 4, Ed25519 to certify and sign, Curve25519 to encrypt, preferring AES-256 and no compression. The curves are
those of ``cryptography``.
"""

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pysequoia
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from amanah.exchange.seal.header import Profile

_EDDSA, _ECDH, _SHA512 = 22, 18, 10
_ED25519 = bytes.fromhex("2b06010401da470f01")
_CURVE25519 = bytes.fromhex("2b060104019755010501")
_KDF = bytes([3, 1, 8, 7])  # SHA-256 and AES-128, as GnuPG does it for this curve
_CERTIFICATION, _SUBKEY_BINDING = 0x13, 0x18
_CREATED, _LIFETIME, _CIPHERS, _ISSUER, _HASHES, _COMPRESSIONS, _PRIMARY, _FLAGS, _FEATURES, _ISSUER_FINGERPRINT = (
    2, 9, 11, 16, 21, 22, 25, 27, 30, 33,
)  # fmt: skip
_SECRET_KEY, _PUBLIC_KEY, _SECRET_SUBKEY, _SIGNATURE, _USER_ID, _PUBLIC_SUBKEY = 5, 6, 7, 2, 13, 14


def generate(
    user_id: str,
    secret: Path,
    certificate: Path,
    *,
    profile: Profile = "gnupg",
    created: datetime | None = None,
    valid_for: timedelta | None = None,
) -> str:
    """Make a key pair and return its fingerprint; the secret key is readable by its owner only."""
    if profile == "gnupg":
        secret_bytes, certificate_bytes = _gnupg_key(user_id, created or datetime.now(UTC), valid_for)
    else:
        seconds = int(valid_for.total_seconds()) if valid_for else None
        made = pysequoia.Tsk.generate(user_id, validity_seconds=seconds)
        secret_bytes, certificate_bytes = bytes(made), bytes(made.extract_certificate())
    secret.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(secret_bytes)
    certificate.write_bytes(certificate_bytes)
    return str(pysequoia.Cert.from_bytes(certificate_bytes).fingerprint).upper()


@dataclass(frozen=True)
class _Key:
    """One version 4 key: its public packet body, and its secret number."""

    body: bytes
    number: bytes

    @property
    def hashed(self) -> bytes:
        return b"\x99" + len(self.body).to_bytes(2, "big") + self.body

    @property
    def fingerprint(self) -> bytes:
        return hashlib.sha1(self.hashed, usedforsecurity=False).digest()

    @property
    def secret_body(self) -> bytes:
        number = _mpi(self.number)
        return self.body + b"\x00" + number + (sum(number) & 0xFFFF).to_bytes(2, "big")


def _gnupg_key(user_id: str, created: datetime, valid_for: timedelta | None) -> tuple[bytes, bytes]:
    signing, opening = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
    moment = int(created.timestamp()).to_bytes(4, "big")
    primary = _Key(
        _body(moment, _EDDSA, _ED25519, signing.public_key().public_bytes_raw()), signing.private_bytes_raw()
    )
    number = bytearray(opening.private_bytes_raw()[::-1])  # the other way round than in every other standard
    number[31] &= 248
    number[0] = number[0] & 127 | 64
    subkey = _Key(_body(moment, _ECDH, _CURVE25519, opening.public_key().public_bytes_raw()) + _KDF, bytes(number))
    name = user_id.encode()
    until = b"" if valid_for is None else _subpacket(_LIFETIME, int(valid_for.total_seconds()).to_bytes(4, "big"))
    wishes = b"".join(
        _subpacket(kind, content)
        for kind, content in (
            (_FLAGS, b"\x03"), (_PRIMARY, b"\x01"), (_CIPHERS, bytes([9, 8, 7])), (_HASHES, bytes([10, 9, 8])),
            (_COMPRESSIONS, b"\x00"), (_FEATURES, b"\x01"),
        )
    )  # fmt: skip
    named = primary.hashed + b"\xb4" + len(name).to_bytes(4, "big") + name
    certification = _signature(signing, primary, _CERTIFICATION, named, moment, wishes + until)
    bound = primary.hashed + subkey.hashed
    binding = _signature(signing, primary, _SUBKEY_BINDING, bound, moment, _subpacket(_FLAGS, b"\x0c") + until)
    uid = _packet(_USER_ID, name) + certification
    return (
        _packet(_SECRET_KEY, primary.secret_body) + uid + _packet(_SECRET_SUBKEY, subkey.secret_body) + binding,
        _packet(_PUBLIC_KEY, primary.body) + uid + _packet(_PUBLIC_SUBKEY, subkey.body) + binding,
    )


def _body(moment: bytes, algorithm: int, curve: bytes, point: bytes) -> bytes:
    return b"\x04" + moment + bytes([algorithm, len(curve)]) + curve + _mpi(b"\x40" + point)


def _signature(
    signer: Ed25519PrivateKey, key: _Key, kind: int, about: bytes, moment: bytes, subpackets: bytes
) -> bytes:
    hashed = _subpacket(_CREATED, moment) + _subpacket(_ISSUER_FINGERPRINT, b"\x04" + key.fingerprint) + subpackets
    head = bytes([4, kind, _EDDSA, _SHA512]) + len(hashed).to_bytes(2, "big") + hashed
    digest = hashlib.sha512(about + head + b"\x04\xff" + len(head).to_bytes(4, "big")).digest()
    made = signer.sign(digest)
    issuer = _subpacket(_ISSUER, key.fingerprint[-8:])
    tail = len(issuer).to_bytes(2, "big") + issuer + digest[:2] + _mpi(made[:32]) + _mpi(made[32:])
    return _packet(_SIGNATURE, head + tail)


def _subpacket(kind: int, content: bytes) -> bytes:
    return bytes([len(content) + 1, kind]) + content


def _packet(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 0xFF]) + len(body).to_bytes(4, "big") + body


def _mpi(content: bytes) -> bytes:
    number = int.from_bytes(content, "big")
    return number.bit_length().to_bytes(2, "big") + number.to_bytes((number.bit_length() + 7) // 8, "big")
