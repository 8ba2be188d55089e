"""Several files under way at once over one connection, each in a session of its own.

A server works off the requests of one session one after the other, and waits for its disk at each ``fsync``. Sessions
beside each other wait at the same time, and a journalling file system brings what they wait for to the disk together.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import AbstractContextManager, contextmanager

from amanah.exchange.sftp.messages import ServerSaid
from amanah.exchange.sftp.session import Session
from amanah.exchange.transport import OtherContent, TransportError

LANES = 6  # with the first session 7 of the 10 that OpenSSH allows (MaxSessions)
FEWEST = 8  # files; for fewer, more sessions cost more than they bring

log = logging.getLogger(__name__)

Turn = Callable[[], None]  # returns when everything before is done
Work = Callable[[Session, Turn], None]  # carries one file

_OF_THE_FILE = (ServerSaid, TransportError, OtherContent)  # what is wrong with one file and not with the link


class HeldBack(TransportError):
    """What comes before it has not been stored, so that it must not be seen yet."""


@contextmanager
def in_lanes(
    dial: Callable[[], AbstractContextManager[Session]], works: Sequence[Work]
) -> Iterator[list["Future[None]"]]:
    """Do ``works``, begun in their order and several at once; give what becomes of each.

    A work that nobody does is cancelled: there are few of them, the link was lost, or the server allows no further
    session. When the block is left, nothing more is begun, and what was under way has ended.
    """
    lanes = _Lanes(dial, works)
    threads = [threading.Thread(target=lanes.run, name=f"sftp-lane-{number}") for number in range(LANES)]
    if len(works) < FEWEST:
        lanes.stop()
        threads = []
    for thread in threads:
        thread.start()
    try:
        yield lanes.done
    finally:
        lanes.stop()
        for thread in threads:
            thread.join()


def error_of(outcome: "Future[None]") -> Exception | None:
    """Wait until a work is done or cancelled; return what is wrong."""
    try:
        error = outcome.exception()
    except CancelledError as cancelled:
        return cancelled
    return error if error is None or isinstance(error, Exception) else TransportError(type(error).__name__)


def as_they_come(outcomes: Sequence["Future[None]"]) -> Iterator[range]:
    """The numbers of the works in their order: as many at a time as are ready, at least one."""
    start = 0
    while start < len(outcomes):
        error_of(outcomes[start])
        stop = start + 1
        while stop < len(outcomes) and outcomes[stop].done():
            stop += 1
        yield range(start, stop)
        start = stop


class _Lanes:
    def __init__(self, dial: Callable[[], AbstractContextManager[Session]], works: Sequence[Work]) -> None:
        self._dial, self._works = dial, works
        self._waiting = deque(range(len(works)))
        self._open, self._lock = LANES, threading.Lock()
        self.done: list[Future[None]] = [Future() for _ in works]

    def run(self) -> None:
        """One lane, until there is nothing left to do."""
        try:
            with self._dial() as session:
                while self._do_next(session):
                    pass
        except Exception as error:
            log.info("a session beside the first ended: %s", type(error).__name__)
        finally:
            with self._lock:
                self._open -= 1
                last = not self._open
            if last:
                self.stop()

    def stop(self) -> None:
        """Begin nothing more."""
        while (number := self._next()) is not None:
            self.done[number].cancel()

    def _do_next(self, session: Session) -> bool:
        """Carry the next file; whether this lane can go on."""
        number = self._next()
        if number is None:
            return False
        try:
            self._works[number](session, lambda: self._await_before(number))
        except Exception as error:
            self.done[number].set_exception(error)
            return isinstance(error, _OF_THE_FILE)
        self.done[number].set_result(None)
        return True

    def _next(self) -> int | None:
        try:
            return self._waiting.popleft()
        except IndexError:
            return None

    def _await_before(self, number: int) -> None:
        """Return when the work before is done; works begin in their order, so that one is done or under way."""
        if number:
            error = error_of(self.done[number - 1])
            if error is not None and not isinstance(error, OtherContent):
                raise HeldBack("a package before it could not be stored")
