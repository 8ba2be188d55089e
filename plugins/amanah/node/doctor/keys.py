"""The keys of packages: can we sign and open, can the partner read us, and when does that end."""

from collections.abc import Callable, Iterator
from datetime import datetime

from amanah.exchange.seal import check_profile, keyring
from amanah.exchange.seal.keyring import Certificate, KeyFault, Keys
from amanah.node.doctor.finding import WARN_BEFORE, Finding, State, ending

_ROTATE = "replace it: docs/production.md, Keys"


def look_at(keys: Keys, now: datetime) -> Iterator[Finding]:
    """Each key of ours and of the partner that counts, and whether each side can seal to the other now."""
    yield from _side("our key", keyring.ours, lambda: keyring.to_sign_with(keys, now), keys, now)
    yield from _side(
        "partner's key", keyring.partners, lambda: check_profile(keys, keyring.to_encrypt_to(keys, now)), keys, now
    )


def _side(
    check: str,
    load: Callable[[Keys], list[Certificate]],
    use: Callable[[], object],
    keys: Keys,
    now: datetime,
) -> Iterator[Finding]:
    try:
        found = load(keys)
        for key in found:
            yield one(check, key, now, others=[each for each in found if each is not key])
        use()
    except KeyFault as fault:
        yield Finding(check, State.FAILED, str(fault), _ROTATE)


def one(check: str, key: Certificate, now: datetime, *, others: list[Certificate]) -> Finding:
    """One key. One that ends while another one goes on is being replaced, as it should be."""
    name, end = f"{check} {key.fingerprint}", key.ends
    if key.pin is not None and now < key.pin.begins:
        return Finding(name, State.OK, f"counts from {key.pin.not_before}")
    if end is None:
        return Finding(name, State.OK, "counts; it has no end: the agreement names none, nor does the key itself")
    found = ending(name, "counts", end, now, _ROTATE)
    goes_on = [each for each in others if each.ends is None or each.ends - now > WARN_BEFORE]
    if found.state is not State.OK and goes_on:
        return Finding(name, State.OK, f"{found.said}; {goes_on[0].fingerprint} takes its place")
    return found
