"""How long to wait for a server that is busy: as long as it says, or a little longer each time."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

ATTEMPTS = 5
LONGEST_WAIT = 120.0  # seconds; whoever needs longer is asked again by the next run, not by a sleeping one


def seconds_to_wait(retry_after: str | None, *, attempt: int, now: datetime) -> float | None:
    """Seconds before the next try, or None when that is longer than we wait.

    ``retry_after`` is the header as it came, seconds or an HTTP date; without one that can be read, the wait doubles
    with each ``attempt`` (1, 2, 4 ...).
    """
    asked = _asked_for(retry_after, now)
    seconds = 2.0 ** (attempt - 1) if asked is None else max(0.0, asked)
    return seconds if seconds <= LONGEST_WAIT else None


def _asked_for(retry_after: str | None, now: datetime) -> float | None:
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
