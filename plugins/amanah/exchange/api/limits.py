"""Who asks too much: headers without end, too many requests of a client, failed attempts from an address.

Counted in memory, per process.
"""

import time
from collections import deque
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from amanah.exchange.api.problem import Problem, wait
from amanah.exchange.codes import Code

_WINDOW = 900.0  # seconds in which failed attempts count
_MOST_ADDRESSES = 10_000  # remembered; the one silent for longest is forgotten first

Clock = Callable[[], float]


class RequestRate:
    """A token bucket for each client: a minute's worth at once, refilled evenly."""

    def __init__(self, per_minute: int, clock: Clock = time.monotonic) -> None:
        self._size, self._rate, self._clock = float(per_minute), per_minute / 60, clock
        self._left: dict[str, tuple[float, float]] = {}  # client -> requests left, as of when

    def count(self, client_id: str) -> None:
        """Note a request. Raises ``Problem`` 429 when it is one too many."""
        now = self._clock()
        left, since = self._left.get(client_id, (self._size, now))
        left = min(self._size, left + (now - since) * self._rate)
        if left < 1:
            self._left[client_id] = (left, now)
            raise wait(Code.TOO_MANY, (1 - left) / self._rate, "requests of this client")
        self._left[client_id] = (left - 1, now)


class FailedAttempts:
    """Wrong secrets and tokens, by the address they came from."""

    def __init__(self, most: int, clock: Clock = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._failed: dict[str, deque[float]] = {}

    def check(self, address: str) -> None:
        """Raise ``Problem`` 429 when ``address`` has failed too often to be heard now."""
        failed = self._recent(address)
        if len(failed) >= self._most:
            raise wait(Code.TOO_MANY, failed[0] + _WINDOW - self._clock(), "failed attempts from this address")

    def note(self, address: str) -> None:
        """Note a failure."""
        failed = self._recent(address)
        failed.append(self._clock())
        self._failed.pop(address, None)
        self._failed[address] = failed  # at the end: heard last
        if len(self._failed) > _MOST_ADDRESSES:
            self._failed.pop(next(iter(self._failed)))

    def _recent(self, address: str) -> deque[float]:
        failed = self._failed.get(address, deque(maxlen=self._most))
        while failed and failed[0] <= self._clock() - _WINDOW:
            failed.popleft()
        return failed


class HeaderSize:
    """Refuses requests whose path and headers are longer than ``most`` bytes."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        app = self._app
        if scope["type"] == "http":
            size = len(scope["raw_path"]) + len(scope["query_string"])
            size += sum(len(name) + len(value) for name, value in scope["headers"])
            if size > self._most:
                app = Problem(431, Code.TOO_LARGE, f"at most {self._most} bytes of path and headers").response()
        await app(scope, receive, send)
