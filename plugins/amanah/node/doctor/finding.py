"""One thing that was looked at: how it stands, and what to do about it. No secret and no record is ever in its text."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# A new key or a new review needs two ministries, a meeting and a signed agreement: weeks, with holidays in between.
# Whoever looks once a month sees the warning at least once with a month left.
WARN_BEFORE = timedelta(days=60)


class State(StrEnum):
    """How something stands. ``unreachable`` is failed too, but perhaps through no fault of this node."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Finding:
    """``check`` is what was looked at, ``said`` what was found, ``do`` what to do unless it is ok."""

    check: str
    state: State
    said: str
    do: str = ""


def ending(check: str, what: str, end: datetime, now: datetime, do: str) -> Finding:
    """A finding about something that ends at ``end``: ended, near its end, or neither."""
    if end <= now:
        return Finding(check, State.FAILED, f"{what} ended on {end:%Y-%m-%d}", do)
    days = (end - now).days
    state = State.WARNING if end - now <= WARN_BEFORE else State.OK
    return Finding(check, state, f"{what} until {end:%Y-%m-%d}, {days} days", do if state is State.WARNING else "")
