"""How long to wait before a server is asked again: as long as it says, or a little longer each time.

Shared by whatever asks over HTTP: the ministry's systems (``sources``) and the exchange point (``exchange/api``).
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# De facto headers of rate limits: seconds from now, or a Unix time, which is a larger number than any wait.
_RESETS = ("RateLimit-Reset", "X-RateLimit-Reset")
_UNIX_TIMES = 1_000_000_000


@dataclass(frozen=True)
class Patience:
    """``attempts`` without progress, and no single wait above ``longest`` seconds: the next run is patient too."""

    attempts: int = 6
    first: float = 0.5  # seconds
    longest: float = 60.0  # seconds

    def seconds(self, attempt: int, headers: Mapping[str, str], *, now: datetime) -> float | None:
        """Seconds before try ``attempt`` + 1, or None when it is not worth waiting for (``attempt`` counts from 1).

        ``headers`` are those of the answer, none where there was none: ``Retry-After`` in seconds or as an HTTP date
        (RFC 9110, 10.2.3), else when the rate limit is reset. Without any that can be read the wait doubles, and is
        drawn, so that two clients that lost the same link do not come back together.
        """
        if attempt >= self.attempts:
            return None
        asked = _retry_after(headers.get("Retry-After"), now)
        for name in _RESETS:
            asked = _reset(headers.get(name), now) if asked is None else asked
        if asked is not None:
            return max(0.0, asked) if asked <= self.longest else None
        return min(self.longest, self.first * 2.0 ** (attempt - 1)) * random.uniform(0.5, 1)  # noqa: S311 - no secret


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
