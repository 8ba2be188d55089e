"""Questions and answers over the channel of an SSH connection, many under way at once.

Each question has a number, and its answer the same; what they say belongs to ``session``. paramiko's own client
costs a second copy of its whole window for every answer it reads (it takes four bytes, then the rest, each from the
front of one long buffer) and sends 32 KB at a time; this one empties the channel at once.
"""

import itertools
import struct
import time
from collections.abc import Iterable

import paramiko

from amanah.exchange.sftp.messages import Ask, Garbled

WINDOW = 2 * 1024 * 1024  # bytes the server may send ahead of us
_PACKET = 32 * 1024  # bytes that every server takes at once (RFC 4253, 6.1)
_TAKE = 4 * 1024 * 1024  # more than the window: empty the channel at once
_LONGEST = 1024 * 1024  # bytes of one answer; none that is asked for here comes near


class Silent(TimeoutError):
    """The server did not answer in time."""


class Conversation:
    """What is asked and answered on one channel. Not for several threads.

    Args:
        channel: a channel on which the ``sftp`` subsystem has been started.
        timeout: seconds within which each whole answer must be here, and each question be on its way.

    Raises:
        Garbled: the server said what SFTP does not allow.
        Silent: it did not answer in time.
        EOFError: the connection ended.
    """

    def __init__(self, channel: paramiko.Channel, timeout: float) -> None:
        self._channel, self._timeout = channel, timeout
        self._numbers = itertools.count(1)
        self._answers: dict[int, tuple[int, bytes]] = {}
        self._outgoing: list[bytes] = []
        self._open: set[int] = set()  # asked and not answered
        self._abandoned: set[int] = set()  # nobody waits for their answers any more
        self._came, self._at = b"", 0  # what came, and up to where it was taken

    def greet(self, message: bytes) -> tuple[int, bytes]:
        """Send the one message that has no number; return what comes back."""
        self._outgoing.append(struct.pack(">I", len(message)) + message)
        self.flush()
        return self._next_message()

    def ask(self, kind: Ask, *fields: bytes) -> int:
        """Send a request with the next flush; return its number."""
        number = next(self._numbers)
        self._open.add(number)
        size = 5 + sum(map(len, fields))
        self._outgoing += (struct.pack(">IBI", size, kind, number), *fields)
        return number

    def answer(self, number: int) -> tuple[int, bytes]:
        """The answer to question ``number``: its kind, and what it says."""
        if self._outgoing:
            self.flush()
        while number not in self._answers:
            kind, message = self._next_message()
            answered = struct.unpack_from(">I", message)[0]
            if answered not in self._open:
                raise Garbled("the server answered what was not asked")
            self._open.remove(answered)
            if answered in self._abandoned:
                self._abandoned.remove(answered)
            else:
                self._answers[answered] = (kind, message[4:])
        return self._answers.pop(number)

    def abandon(self, numbers: Iterable[int | None]) -> None:
        """Do not wait for the answers to these requests; they are dropped when they come."""
        for number in numbers:
            if number in self._open:
                self._abandoned.add(number)
            elif number is not None:
                self._answers.pop(number, None)

    def flush(self) -> None:
        """Send what has been asked and is not on its way yet."""
        message, self._outgoing = b"".join(self._outgoing), []
        deadline = time.monotonic() + self._timeout
        for start in range(0, len(message), _PACKET):
            piece = message[start : start + _PACKET]
            while piece:
                self._wait_until(deadline)
                sent = self._channel.send(piece)
                if not sent:
                    raise EOFError("the server closed the session")
                piece = piece[sent:]

    def _next_message(self) -> tuple[int, bytes]:
        """The next message: its kind, and what follows the kind."""
        deadline = time.monotonic() + self._timeout
        self._gather(5, deadline)  # its length and its kind
        length = struct.unpack_from(">I", self._came, self._at)[0]
        if not 1 < length < _LONGEST:
            raise Garbled(
                f"the server announced a message of {length} bytes; does it print text when somebody signs in?"
            )
        self._gather(4 + length, deadline)
        start, self._at = self._at, self._at + 4 + length
        return self._came[start + 4], self._came[start + 5 : self._at]

    def _gather(self, size: int, deadline: float) -> None:
        """Have ``size`` bytes that were not taken yet."""
        here = len(self._came) - self._at
        if here >= size:
            return
        pieces = [self._came[self._at :]]
        while here < size:
            self._wait_until(deadline)
            piece = self._channel.recv(_TAKE)
            if not piece:
                raise EOFError("the server closed the session")
            pieces.append(piece)
            here += len(piece)
        self._came, self._at = b"".join(pieces), 0

    def _wait_until(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise Silent(f"no whole answer within {self._timeout:.0f} s")
        self._channel.settimeout(left)
