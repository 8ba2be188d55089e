"""The SHA-256 of a file in an HTTP header: ``Repr-Digest: sha-256=:<base64>:`` (RFC 9530)."""

import base64
import binascii
import re

_SHA256 = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*(?=,|$)")


def to_header(sha256: str) -> str:
    """The header's value for a digest in hexadecimal."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"


def from_header(value: str | None) -> str | None:
    """The digest in hexadecimal, or None when ``value`` holds none; other algorithms beside it are passed over."""
    found = _SHA256.search(value or "")
    if found is None:
        return None
    try:
        return base64.b64decode(found[1], validate=True).hex()
    except binascii.Error:
        return None
