"""How long to wait for a server that is busy: as long as it says, or a little longer each time."""

from collections import abc
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

ATTEMPTS = 5
LONGEST_WAIT = 120.0  # seconds; whoever needs longer is asked again by the next run, not by a sleeping one

# De facto headers of rate limits: seconds from now, or a Unix time, which is a larger number than any wait.
_RESETS = ("RateLimit-Reset", "X-RateLimit-Reset")
_UNIX_TIMES = 1_000_000_000


def seconds_to_wait(headers: abc.Mapping[str, str], *, attempt: int, now: datetime) -> float | None:
    """Seconds before the next try, or None when that is longer than we wait.

    ``headers`` are those of the answer: ``Retry-After`` in seconds or as an HTTP date, else when the rate limit is
    reset; without any that can be read, the wait doubles with each ``attempt`` (1, 2, 4 ...).
    """
    asked = _retry_after(headers.get("Retry-After"), now)
    for name in _RESETS:
        asked = _reset(headers.get(name), now) if asked is None else asked
    seconds = 2.0 ** (attempt - 1) if asked is None else max(0.0, asked)
    return seconds if seconds <= LONGEST_WAIT else None


def _retry_after(given: str | None, now: datetime) -> float | None:
    if given is None:
        return None
    if _is_number(given):
        return float(given)
    try:
        moment = parsedate_to_datetime(given)
    except ValueError:
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()


def _reset(given: str | None, now: datetime) -> float | None:
    if given is None or not _is_number(given):
        return None
    seconds = float(given)
    return seconds - now.timestamp() if seconds >= _UNIX_TIMES else seconds


def _is_number(text: str) -> bool:
    return text.strip().isascii() and text.strip().isdecimal()
