"""Our clock beside another one: packages say when they were made, and keys when they begin to count."""

from datetime import timedelta

from amanah.exchange.seal.keyring import SKEW
from amanah.node.doctor.finding import Finding, State

_NEAR = timedelta(minutes=1)


def apart(check: str, whose: str, found: timedelta) -> Finding:
    """A finding about a clock that is ``found`` from ours; beyond ``SKEW`` a package can be refused for it."""
    state = State.FAILED if found > SKEW else State.WARNING if found > _NEAR else State.OK
    said = f"{found.total_seconds():.0f} s from {whose}"
    return Finding(check, state, said, "" if state is State.OK else "set both by a time service (NTP)")
