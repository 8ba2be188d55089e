"""The keys of both sides: which one signs, which one is encrypted to, whose signature counts, and until when.

What counts is what the agreement pins; without pins (test data) it is the certificates a node is given. A key of ours
that cannot be used is our fault (:class:`KeyFault`, nothing is answered); one of the partner's that does not count is
the message's (:class:`.Refused`).
"""

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import pysequoia
from pysequoia.packet import PacketPile, SignatureType, Tag

from amanah.exchange.codes import Code, Refused
from amanah.exchange.seal.header import HIDDEN, Profile
from schemas.agreement_keys import V4_LENGTH, PinnedKey

# Clocks of two sides differ. A server with a working time service is right to seconds; 10 minutes is what is seen where
# it has failed. OpenPGP itself (Sequoia) takes a signature up to 30 minutes from the future. It widens a term, and
# never moves a revocation.
SKEW = timedelta(minutes=15)

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Material = Path | bytes  # a file as ``gpg --export[-secret-keys]`` writes it, or what would stand in it


class KeyFault(ValueError):
    """A key of ours, or the partner's certificate we hold, cannot be used; the text says which, why, what to do."""


@dataclass(frozen=True)
class Keys:
    """What a node is given: secret keys of ours, certificates of the partner, and what the agreement says of them."""

    ours: Material | tuple[Material, ...] = field(repr=False)
    partner: Material | tuple[Material, ...] = field(repr=False)
    passphrase: str | None = field(default=None, repr=False)
    our_pins: tuple[PinnedKey, ...] = ()
    partner_pins: tuple[PinnedKey, ...] = ()
    profile: Profile | None = None


@dataclass(frozen=True)
class Certificate:
    """One OpenPGP certificate, of either side, and the agreement's pin of it if there are pins."""

    content: bytes = field(repr=False)
    pin: PinnedKey | None = None

    @cached_property
    def openpgp(self) -> pysequoia.Cert:
        """As the library has it, without secrets."""
        return pysequoia.Tsk.from_bytes(self.content).extract_certificate()

    @cached_property
    def fingerprint(self) -> str:
        """Fingerprint of the primary key, in capitals."""
        return str(self.openpgp.fingerprint).upper()

    @property
    def expires(self) -> datetime | None:
        """When it expires by itself, whatever the agreement says."""
        expiration: datetime | None = self.openpgp.expiration
        return expiration

    @cached_property
    def key_ids(self) -> frozenset[str]:
        """Key ids and fingerprints of the primary key and every subkey, in capitals."""
        keys = [packet for packet in PacketPile.from_bytes(self.content) if packet.fingerprint is not None]
        return frozenset(name.upper() for packet in keys for name in (packet.fingerprint, packet.key_id))

    @property
    def revoked(self) -> datetime | None:
        """When it was revoked by its owner (OpenPGP), if it was."""
        if not self.openpgp.is_revoked:
            return None
        times = [
            packet.signature_created
            for packet in PacketPile.from_bytes(self.content)
            if packet.tag == Tag.Signature and packet.signature_type == SignatureType.KeyRevocation
        ]
        return max((each for each in times if each is not None), default=datetime.now(UTC))

    @property
    def ends(self) -> datetime | None:
        """When it counts no more, by itself or by the agreement, whichever comes first."""
        pinned = (self.pin.ends, self.pin.revoked_at) if self.pin is not None else ()
        return min((each for each in (self.expires, self.revoked, *pinned) if each is not None), default=None)

    def unfit(self, moment: datetime) -> str | None:
        """Why nothing may be sealed with or to it at ``moment``; None when it may."""
        if self.revoked is not None:
            return f"was revoked by its owner (OpenPGP) on {self.revoked:%Y-%m-%d}"
        if self.expires is not None and self.expires <= moment:
            return f"expired (OpenPGP) on {self.expires:%Y-%m-%d %H:%M} UTC"
        return None if self.pin is None else _out_of_term(self.pin, moment)


def _out_of_term(pin: PinnedKey, moment: datetime, skew: timedelta = timedelta()) -> str | None:
    if moment < pin.begins - skew:
        return f"counts only from {pin.not_before} (not_before in the agreement)"
    if moment >= pin.ends + skew:
        return f"counted only until {pin.not_after} (not_after in the agreement)"
    if pin.revoked_at is not None and moment >= pin.revoked_at:
        return f"is revoked from {pin.revoked_on} (revoked_on in the agreement)"
    return None


def ours(keys: Keys) -> list[Certificate]:
    """Our keys, with their secrets. Raises ``KeyFault``."""
    return _certificates(keys.ours, keys.our_pins, secret=True)


def partners(keys: Keys) -> list[Certificate]:
    """The partner's certificates that count, whatever their term. Raises ``KeyFault``."""
    return _certificates(keys.partner, keys.partner_pins, secret=False)


def to_sign_with(keys: Keys, moment: datetime) -> pysequoia.PySigner:
    """Sign with our newest key that may be used at ``moment``. Raises ``KeyFault`` when there is none."""
    newest = _newest(ours(keys), moment, "key of ours")
    if keys.profile == "gnupg" and len(newest.fingerprint) > V4_LENGTH:
        raise KeyFault(f"our key {newest.fingerprint} is of OpenPGP version 6, which GnuPG 2.2 cannot read; use gpg's")
    secret = pysequoia.Tsk.from_bytes(newest.content)
    try:
        return secret.signer(keys.passphrase)
    except RuntimeError as error:
        try:
            return secret.signer(None)  # the library refuses a passphrase for a key that has none
        except RuntimeError:
            raise KeyFault(_secret_fault(newest, error)) from None


def to_encrypt_to(keys: Keys, moment: datetime) -> Certificate:
    """The partner's newest certificate that may be used at ``moment``. Raises ``KeyFault`` when there is none."""
    return _newest(partners(keys), moment, "certificate of the partner")


def to_open_with(keys: Keys, recipients: Iterable[str]) -> list[Certificate]:
    """Those of our keys that a message for ``recipients`` can be opened with. Raises ``Refused`` when none can."""
    named = set(recipients)
    found = [key for key in ours(keys) if HIDDEN in named or key.key_ids & named]
    if not found:
        raise Refused(Code.CANNOT_OPEN, f"encrypted to {', '.join(sorted(named))}, which is no key of ours")
    return found


def cannot_open(keys: Iterable[Certificate]) -> KeyFault:
    """The fault of our own ``keys``, the library having refused to decrypt with them."""
    now = datetime.now(UTC)
    expired = [key for key in keys if key.expires is not None and key.expires <= now]
    if expired:
        return KeyFault(
            f"our key {expired[0].fingerprint} expired (OpenPGP) on {expired[0].expires:%Y-%m-%d} and opens nothing "
            "any more; extend it with gpg --quick-set-expire, export it again, and put it in place"
        )
    return KeyFault(f"our key {next(iter(keys)).fingerprint} cannot decrypt: is its passphrase right?")


def check_signer(signer: Certificate, *, received: datetime) -> None:
    """Refuse a signer whose term has not begun, or that is revoked, when the message came.

    Who has stolen a key can write any date into a message. So revocation is a matter of when the message came to us.
    """
    if signer.revoked is not None:
        raise Refused(Code.KEY_OUT_OF_TERM, f"key {signer.fingerprint} {signer.unfit(received)}")
    pin = signer.pin
    if pin is not None and pin.revoked_at is not None and received >= pin.revoked_at:
        raise Refused(Code.KEY_OUT_OF_TERM, f"key {pin.fingerprint} {_out_of_term(pin, max(received, pin.begins))}")
    if pin is not None and received < pin.begins - SKEW:
        raise Refused(Code.KEY_OUT_OF_TERM, f"key {pin.fingerprint} {_out_of_term(pin, received)}")


def check_signed_at(signer: Certificate, signed: datetime) -> None:
    """Refuse a signer that was out of its term when it signed: the time that the message itself gives."""
    late = None if signer.pin is None else _out_of_term(signer.pin, signed, SKEW)
    if late is not None:
        raise Refused(Code.KEY_OUT_OF_TERM, f"key {signer.fingerprint} {late}")


def _newest(certificates: list[Certificate], moment: datetime, what: str) -> Certificate:
    fit = [each for each in certificates if each.unfit(moment) is None]
    if not fit:
        said = "; ".join(f"{each.fingerprint} {each.unfit(moment)}" for each in certificates)
        raise KeyFault(f"no {what} may be used today: {said}. See docs/production.md, Keys")
    return max(fit, key=lambda each: each.pin.begins if each.pin is not None else _LONG_AGO)


def _certificates(
    given: Material | tuple[Material, ...], pins: tuple[PinnedKey, ...], *, secret: bool
) -> list[Certificate]:
    materials = given if isinstance(given, tuple) else (given,)
    found: dict[str, Certificate] = {}
    for material in materials:
        several = _read(material, secret=secret)
        if not pins and len(several) > 1:
            raise KeyFault(
                f"{_called(material)} holds {len(several)} certificates; without keys in the agreement each file is a "
                "pin and holds one: export it alone"
            )
        for each in several:
            found[each.fingerprint] = each
    if not pins:
        return list(found.values())
    pinned = [Certificate(found[pin.fingerprint].content, pin) for pin in pins if pin.fingerprint in found]
    if not pinned:
        named, held = ", ".join(pin.fingerprint for pin in pins), ", ".join(sorted(found)) or "none"
        raise KeyFault(f"the agreement names the keys {named}; node.yaml holds {held}")
    return pinned


def _read(material: Material, *, secret: bool) -> list[Certificate]:
    if isinstance(material, Path) and secret:
        check_mode(material)
    try:
        content = material if isinstance(material, bytes) else material.read_bytes()
    except OSError as error:
        raise KeyFault(f"{_called(material)} cannot be read: {error.strerror or type(error).__name__}") from None
    wanted, other = (Tag.SecretKey, Tag.PublicKey) if secret else (Tag.PublicKey, Tag.SecretKey)
    found: list[bytes] = []
    try:
        for packet in PacketPile.from_bytes(content):
            if packet.tag == other:
                raise KeyFault(
                    f"{_called(material)} holds no secret key; write it with gpg --export-secret-keys"
                    if secret
                    else f"{_called(material)} holds a secret key, and the partner's is never here; use gpg --export"
                )
            if packet.tag == wanted:
                found.append(b"")
            if found:
                found[-1] += bytes(packet)
        certificates = [Certificate(each) for each in found if pysequoia.Tsk.from_bytes(each)]
    except RuntimeError:
        certificates = []
    if not certificates:
        kind = "gpg --export-secret-keys" if secret else "gpg --export"
        raise KeyFault(f"{_called(material)} is no OpenPGP key; write it with {kind}")
    return certificates


def check_mode(file: Path) -> None:
    """A secret key that others can read is no secret. Raises ``KeyFault`` with the command that mends it."""
    try:
        found = file.stat()
    except OSError as error:
        raise KeyFault(f"{file} cannot be read: {error.strerror}") from None
    if stat.S_IMODE(found.st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFault(f"{file} can be read by others than its owner; run: chmod 600 {file}")
    if found.st_uid not in (os.geteuid(), 0):
        raise KeyFault(f"{file} belongs to another user, who can read it; run: chown {os.geteuid()} {file}")


def _secret_fault(key: Certificate, error: RuntimeError) -> str:
    if str(error).startswith("No suitable"):
        return f"our key {key.fingerprint} has no part that may sign; make one with gpg --quick-gen-key"
    return f"our key {key.fingerprint} cannot be used with this passphrase; check keys.passphrase"


def _called(material: Material) -> str:
    return str(material) if isinstance(material, Path) else "the key from the secrets backend"
