"""Sealing for several readers: small content, signed by us, that each of them opens with a key of their own."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pysequoia

from amanah.exchange.seal import keyring
from amanah.exchange.seal.keyring import Certificate, KeyFault, Keys


def seal_to(content: bytes, sealed: Path, keys: Keys, readers: Iterable[Path]) -> None:
    """Sign ``content``, encrypt it to the certificates in the files ``readers`` and to us, and write ``sealed`` whole.

    Raises ``KeyFault`` for a certificate that cannot be used today; nothing is written then.
    """
    now = datetime.now(UTC)
    ours = [each for each in keyring.ours(keys) if each.unfit(now) is None]
    theirs = [_fit(each, now) for each in readers]
    recipients = {each.fingerprint: each.openpgp for each in (*ours, *theirs)}
    message = pysequoia.encrypt(content, list(recipients.values()), signer=keyring.to_sign_with(keys, now), armor=False)
    unfinished = sealed.with_name(f".{sealed.name}.part")
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(message)
    unfinished.replace(sealed)


def _fit(file: Path, moment: datetime) -> Certificate:
    [certificate] = keyring.partners(Keys(ours=(), partner=(file,)))
    why_not = certificate.unfit(moment)
    if why_not is not None:
        raise KeyFault(f"{file}: certificate {certificate.fingerprint} {why_not}; ask its owner for a new one")
    return certificate
