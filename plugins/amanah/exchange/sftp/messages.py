"""The messages of SFTP version 3 in bytes: their kinds, how text, attributes and names are written, what a refusal is.

draft-ietf-secsh-filexfer-02. When a message is sent and what is made of its answer belongs to ``session``.
"""

import errno
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, IntFlag


class Ask(IntEnum):
    """Kinds of request."""

    INIT = 1
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    FSTAT = 8
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    STAT = 17
    RENAME = 18
    EXTENDED = 200


class Answer(IntEnum):
    """Kinds of answer."""

    VERSION = 2
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 201


class Open(IntFlag):
    """How a file is opened."""

    READ = 1
    WRITE = 2
    CREATE = 8
    EMPTY = 16


class ServerSaid(OSError):
    """The server did not do what was asked; the text is its own."""


class NotThere(ServerSaid, FileNotFoundError):
    """The server knows no such file or folder."""


class NotAllowed(ServerSaid, PermissionError):
    """The server does not let us."""


class Unsupported(ServerSaid):
    """The server does not know this request."""


_REFUSALS = {2: (NotThere, errno.ENOENT), 3: (NotAllowed, errno.EACCES), 8: (Unsupported, errno.EOPNOTSUPP)}


def refusal(code: int, said: str) -> ServerSaid:
    """The error for a status of the server that is not OK."""
    kind, number = _REFUSALS.get(code, (ServerSaid, errno.EIO))
    return kind(number, said or f"status {code}")


class Garbled(OSError):
    """The server said what SFTP does not allow."""


@dataclass(frozen=True)
class Attributes:
    """What a server says of a file; None for what it leaves out."""

    size: int | None = None
    mode: int | None = None
    modified: int | None = None

    @property
    def is_file(self) -> bool:
        """Whether it is a plain file: no link, folder, pipe or device. A server that does not say is believed."""
        return self.mode is None or stat.S_ISREG(self.mode)


@dataclass(frozen=True)
class Room:
    """What is left on the server's disk: bytes, and whether anything may be written at all."""

    free: int
    read_only: bool


def string(value: bytes) -> bytes:
    """A string of bytes, with its length in front."""
    return struct.pack(">I", len(value)) + value


def text(value: str) -> bytes:
    """A text, in UTF-8."""
    return string(value.encode())


def take_string(body: bytes, at: int) -> tuple[bytes, int]:
    """The string that stands at ``at``, and where it ends."""
    start = at + 4
    end = start + struct.unpack_from(">I", body, at)[0]
    if end > len(body):
        raise Garbled("the server's answer is cut off")
    return body[start:end], end


def take_attributes(body: bytes, at: int) -> tuple[Attributes, int]:
    """The attributes that stand at ``at``, and where they end."""
    flags, at = struct.unpack_from(">I", body, at)[0], at + 4
    size = mode = modified = None
    if flags & 1:
        size, at = struct.unpack_from(">Q", body, at)[0], at + 8
    if flags & 2:
        at += 8  # owner and group
    if flags & 4:
        mode, at = struct.unpack_from(">I", body, at)[0], at + 4
    if flags & 8:
        modified, at = struct.unpack_from(">II", body, at)[1], at + 8
    if flags & 0x80000000:
        count, at = struct.unpack_from(">I", body, at)[0], at + 4
        for _ in range(2 * count):
            _, at = take_string(body, at)
    return Attributes(size, mode, modified), at


def take_names(body: bytes) -> Iterator[tuple[bytes, Attributes]]:
    """The names in an answer to READDIR, as the server has them: not necessarily text."""
    count, at = struct.unpack_from(">I", body)[0], 4
    for _ in range(count):
        name, at = take_string(body, at)
        _, at = take_string(body, at)  # as ls shows it
        attributes, at = take_attributes(body, at)
        yield name, attributes
