"""How long to wait before asking again: as long as the server says, or longer each time."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Patience:
    """``attempts`` without progress, and no single wait above ``longest`` seconds: the next run is patient too."""

    attempts: int = 6
    first: float = 0.5  # seconds
    longest: float = 60.0  # seconds

    def seconds(self, attempt: int, headers: Mapping[str, str], *, now: datetime) -> float | None:
        """Seconds before try ``attempt`` + 1, or None when it is not worth waiting for (``attempt`` counts from 1).

        ``headers`` are those of the answer, none where there was none. Waits are drawn, so that two clients that lost
        the same link do not come back together.
        """
        if attempt >= self.attempts:
            return None
        asked = _retry_after(headers.get("Retry-After"), now)
        if asked is not None:
            return asked if asked <= self.longest else None
        return min(self.longest, self.first * 2.0 ** (attempt - 1)) * random.uniform(0.5, 1)  # noqa: S311 - no secret


def _retry_after(given: str | None, now: datetime) -> float | None:
    if given is None:
        return None
    if given.isascii() and given.isdecimal():
        return float(given)
    try:
        moment = parsedate_to_datetime(given)
    except ValueError:
        return None
    return max(0.0, ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds())
