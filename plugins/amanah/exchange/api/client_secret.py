"""Secrets of clients: made from the system's randomness, kept by the service as salted scrypt hashes only."""

import base64
import hashlib
import hmac
import re
import secrets

_N, _R, _P = 2**14, 8, 1  # 16 MiB and some tens of milliseconds
_FORM = re.compile(r"scrypt\$(\d{1,8})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})")


def make() -> tuple[str, str]:
    """A new secret of 256 bits, and its hash for the service's settings."""
    secret = secrets.token_urlsafe(32)
    return secret, hashed(secret)


def hashed(secret: str) -> str:
    """``scrypt$n$r$p$salt$hash`` of ``secret``, with a salt of its own."""
    salt = secrets.token_bytes(16)
    return f"scrypt${_N}${_R}${_P}${_text(salt)}${_text(_scrypt(secret, salt, _N, _R, _P))}"


def is_hash(text: str) -> bool:
    """Whether ``text`` has the form that :func:`hashed` writes, with bearable costs."""
    found = _FORM.fullmatch(text)
    return found is not None and _bearable(int(found[1]), int(found[2]), int(found[3]))


def matches(secret: str, known: tuple[str, ...]) -> bool:
    """Whether ``secret`` is one of ``known`` (hashes); compared in constant time, and as slow when there is none."""
    found = False
    for each in known or (_NOBODY,):
        _, n, r, p, salt, expected = each.split("$")
        got = _text(_scrypt(secret, _bytes(salt), int(n), int(r), int(p)))
        found |= hmac.compare_digest(got, expected)
    return found and bool(known)


def _scrypt(secret: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=salt, n=n, r=r, p=p, maxmem=2**28, dklen=32)


def _bearable(n: int, r: int, p: int) -> bool:
    return n >= _N and n & (n - 1) == 0 and r >= 1 and p >= 1 and 128 * n * r * p < 2**27


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


_NOBODY = hashed(secrets.token_urlsafe(32))
