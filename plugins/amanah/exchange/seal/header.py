"""What a sealed file says of itself before anything is decrypted: recipients, OpenPGP profile, size.

Nobody has signed that part, so it decides only what is refused, never what is believed. The packets are those of
RFC 9580, 4.2; their lengths may have the old or the new form.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from amanah.exchange.codes import Code, Refused

Profile = Literal["gnupg", "aead"]

HIDDEN = "0" * 16  # recipient of a message that does not name its key
MOST_RECIPIENTS = 16
_LARGEST = 1 << 12  # bytes of a packet that names a recipient; the largest known (post-quantum) have some 1,700
_ARMOR = b"-----BEGIN PGP"
_PKESK, _SEIPD, _MARKER = 1, 18, 10
_PROFILE: dict[tuple[int, int], Profile] = {(3, 1): "gnupg", (6, 2): "aead"}  # versions of PKESK and SEIPD
_UNFIT = {  # first packets of messages that are none of ours
    2: "signed but not encrypted",
    3: "encrypted with a passphrase; a package is encrypted to keys",
    4: "signed but not encrypted",
    8: "compressed, and not encrypted",
    9: "encrypted without protection against changes",
    11: "neither signed nor encrypted",
    20: "GnuPG's own OCB packet; make the receiving key so that it does not ask for it",
}


@dataclass(frozen=True)
class Header:
    """``recipients`` are key ids of 16 hex digits, or whole fingerprints where the profile names those."""

    recipients: tuple[str, ...]
    profile: Profile
    size: int


def read(sealed: Path) -> Header:
    """Read what can be known of ``sealed`` without a key. Raises ``Refused`` when its form is not a package's."""
    with sealed.open("rb") as file:
        if file.read(len(_ARMOR)) == _ARMOR:
            raise Refused(Code.OTHER_SEAL, "armored; a package is binary: gpg without --armor")
        file.seek(0)
        try:
            recipients, profile = _packets(file)
        except EOFError:
            raise Refused(Code.CANNOT_OPEN, "cut off, or no OpenPGP message") from None
    return Header(recipients, profile, sealed.stat().st_size)


def _packets(file: IO[bytes]) -> tuple[tuple[str, ...], Profile]:
    recipients: list[str] = []
    versions: set[int] = set()
    while True:
        tag, length = _head(file)
        if tag == _SEIPD and recipients:
            version = _exactly(file, 1)[0]
            profile = _PROFILE.get((versions.pop(), version)) if len(versions) == 1 else None
            if profile is None:
                raise Refused(Code.OTHER_SEAL, "a mixture of packet versions that is neither profile")
            return tuple(recipients), profile
        if tag not in (_PKESK, _MARKER) or length is None or length > _LARGEST or len(recipients) == MOST_RECIPIENTS:
            raise Refused(
                Code.OTHER_SEAL if tag in _UNFIT else Code.CANNOT_OPEN, _UNFIT.get(tag, "no message encrypted to a key")
            )
        body = _exactly(file, length)
        if tag == _PKESK:
            versions.add(body[0] if body else 0)
            recipients.append(_recipient(body))


def _recipient(body: bytes) -> str:
    """Whom a public-key encrypted session key packet (RFC 9580, 5.1) is for."""
    version = body[:1]
    if version == b"\x03":
        return body[1:9].hex().upper()
    if version == b"\x06":  # length of what follows, version of the key, its fingerprint
        return body[3 : 2 + body[1]].hex().upper() or HIDDEN
    raise Refused(Code.OTHER_SEAL, "a recipient in a form that is not known")


def _head(file: IO[bytes]) -> tuple[int, int | None]:
    """Tag and length of the packet that begins here; no length when it comes in pieces or runs to the end."""
    first = _exactly(file, 1)[0]
    if not first & 0x80:
        return -1, None
    if first & 0x40:
        return first & 0x3F, _new_length(file)
    octets = 1 << (first & 3)
    length = None if octets > 4 else int.from_bytes(_exactly(file, octets), "big")  # noqa: PLR2004 - 1, 2 or 4 octets
    return (first & 0x3C) >> 2, length


def _new_length(file: IO[bytes]) -> int | None:
    """Length in the new form: one octet below 192, two below 224, four after 255; others are of a first piece."""
    first = _exactly(file, 1)[0]
    if first < 192:  # noqa: PLR2004
        return first
    if first < 224:  # noqa: PLR2004
        return ((first - 192) << 8) + _exactly(file, 1)[0] + 192
    return int.from_bytes(_exactly(file, 4), "big") if first == 255 else None  # noqa: PLR2004


def _exactly(file: IO[bytes], count: int) -> bytes:
    content = file.read(count)
    if len(content) < count:
        raise EOFError
    return content
