"""SFTP version 3 as packages need it: the requests, and what is made of their answers.

Which files are moved, and when they count as whole, belongs to ``sftp``. The protocol: draft-ietf-secsh-filexfer-02;
extensions: OpenSSH's ``PROTOCOL`` file, and ``check-file`` of draft-ietf-secsh-filexfer-extensions-00.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import paramiko

from amanah.exchange.sftp.connection import start_sftp
from amanah.exchange.sftp.conversation import Conversation
from amanah.exchange.sftp.messages import (
    Answer,
    Ask,
    Attributes,
    Garbled,
    NotThere,
    Open,
    Room,
    ServerSaid,
    refusal,
    string,
    take_attributes,
    take_names,
    take_string,
    text,
)

PIECE = 255 * 1024  # bytes per read or write; OpenSSH takes messages of up to 256 KB
SMALL_PIECE = 32 * 1024  # what every server takes
_VERSION = 3
_END_OF_FILE, _OK = 1, 0


class Session(Conversation):
    """One SFTP session. Not for several threads.

    Args:
        channel: an SSH channel on which the ``sftp`` subsystem has been started.
        timeout: seconds within which each whole answer must be here, and each request be on its way.

    Raises:
        ServerSaid: the server refused, as ``NotThere`` and ``NotAllowed`` where it says so.
        Garbled: it said what SFTP does not allow.
        Silent: it did not answer in time.
        EOFError: the connection ended.
    """

    def __init__(self, channel: paramiko.Channel, timeout: float) -> None:
        super().__init__(channel, timeout)
        self.extensions = self._greet()
        self.piece = self._agree_on_piece()

    @contextmanager
    def beside(self) -> Iterator["Session"]:
        """Another session over the same connection. Raises ``SSHException`` when the server allows no more."""
        channel = start_sftp(self._channel.get_transport(), self._timeout)
        try:
            yield Session(channel, self._timeout)
        finally:
            channel.close()

    # Requests: each returns the number to ask its answer by, so that many can be under way.

    def open(self, path: str, how: Open) -> int:
        """Ask to open the file at ``path``; answered by a handle."""
        return self.ask(Ask.OPEN, text(path), struct.pack(">II", how, 0))

    def read(self, handle: bytes, offset: int, size: int) -> int:
        """Ask for ``size`` bytes from ``offset``; answered by data."""
        return self.ask(Ask.READ, string(handle), struct.pack(">QI", offset, size))

    def write(self, handle: bytes, offset: int, data: bytes) -> int:
        """Ask to write ``data`` at ``offset``; answered when done."""
        return self.ask(Ask.WRITE, string(handle), struct.pack(">QI", offset, len(data)), data)

    def fstat(self, handle: bytes) -> int:
        """Ask for the attributes of an open file."""
        return self.ask(Ask.FSTAT, string(handle))

    def lstat(self, path: str) -> int:
        """Ask for the attributes of what stands at ``path``, not of what a link there points to."""
        return self.ask(Ask.LSTAT, text(path))

    def close(self, handle: bytes) -> int:
        """Ask to close a file; answered when done."""
        return self.ask(Ask.CLOSE, string(handle))

    def sync(self, handle: bytes) -> int | None:
        """Ask to bring an open file to the disk, if the server knows how."""
        if "fsync@openssh.com" not in self.extensions:
            return None
        return self.ask(Ask.EXTENDED, text("fsync@openssh.com"), string(handle))

    # Answers.

    def handle(self, number: int) -> bytes:
        """The handle that request ``number`` opened."""
        body = self._answer(number, Answer.HANDLE)
        return take_string(body, 0)[0]

    def data(self, number: int) -> memoryview:
        """The data that request ``number`` read; nothing at the end of the file."""
        kind, body = self.answer(number)
        if kind == Answer.DATA:
            return memoryview(body)[4:]
        if kind == Answer.STATUS and struct.unpack_from(">I", body)[0] == _END_OF_FILE:
            return memoryview(b"")
        return self._refuse(kind, body, Answer.DATA)

    def attributes(self, number: int) -> Attributes:
        """The attributes that request ``number`` asked for."""
        return take_attributes(self._answer(number, Answer.ATTRS), 0)[0]

    def attributes_if_there(self, number: int) -> Attributes | None:
        """The same; None when there is no such file."""
        try:
            return self.attributes(number)
        except NotThere:
            return None

    def done(self, number: int | None) -> None:
        """Return when request ``number`` has been done."""
        if number is None:
            return
        kind, body = self.answer(number)
        if kind != Answer.STATUS or struct.unpack_from(">I", body)[0] != _OK:
            self._refuse(kind, body, Answer.STATUS)

    # Whole steps.

    def entries(self, folder: str) -> Iterator[tuple[bytes, Attributes]]:
        """What stands in ``folder``, as the server gives it: in no order, a part at a time."""
        handle = self.handle(self.ask(Ask.OPENDIR, text(folder)))
        asked = [self.ask(Ask.READDIR, string(handle)) for _ in range(4)]
        at_end = False
        while asked:
            kind, body = self.answer(asked.pop(0))
            if kind == Answer.NAME:
                yield from take_names(body)
                if not at_end:
                    asked.append(self.ask(Ask.READDIR, string(handle)))
            elif kind == Answer.STATUS and struct.unpack_from(">I", body)[0] == _END_OF_FILE:
                at_end = True
            else:
                self._refuse(kind, body, Answer.NAME)
        self.done(self.close(handle))

    def rename(self, old: str, new: str) -> None:
        """Rename; it fails when ``new`` is taken (draft-02, 6.5), which OpenSSH guarantees by making a hard link."""
        self.done(self.ask(Ask.RENAME, text(old), text(new)))

    def remove(self, path: str) -> None:
        """Delete a file."""
        self.done(self.ask(Ask.REMOVE, text(path)))

    def mkdir(self, path: str) -> None:
        """Make a folder."""
        self.done(self.ask(Ask.MKDIR, text(path), struct.pack(">I", 0)))

    def room(self, folder: str) -> Room | None:
        """What is left where ``folder`` lies; None when the server cannot say."""
        if "statvfs@openssh.com" not in self.extensions:
            return None
        body = self._answer(self.ask(Ask.EXTENDED, text("statvfs@openssh.com"), text(folder)), Answer.EXTENDED)
        _, fragment, _, _, available, _, _, _, _, flags, _ = struct.unpack_from(">11Q", body)
        return Room(free=fragment * available, read_only=bool(flags & 1))

    @property
    def hashes(self) -> bool:
        """Whether the server says that it can work out what a file's SHA-256 is."""
        return b"sha256" in self.extensions.get("check-file", b"").split(b",")

    def sha256(self, handle: bytes, size: int) -> bytes | None:
        """The SHA-256 of the first ``size`` bytes of an open file; None when the server cannot work it out."""
        if not self.hashes:
            return None
        range_and_block = struct.pack(">QQI", 0, size, 0)
        fields = (text("check-file-handle"), string(handle), text("sha256"), range_and_block)
        try:
            body = self._answer(self.ask(Ask.EXTENDED, *fields), Answer.EXTENDED)
        except ServerSaid:
            return None  # it knows the request, not the algorithm
        name, after = take_string(body, 0)
        if name == b"check-file":
            name, after = take_string(body, after)
        return body[after:] if name == b"sha256" else None

    def _greet(self) -> dict[str, bytes]:
        kind, body = self.greet(struct.pack(">BI", Ask.INIT, _VERSION))
        if kind != Answer.VERSION:
            raise Garbled("the server did not begin with its version")
        version, at, extensions = struct.unpack_from(">I", body)[0], 4, {}
        if version != _VERSION:
            raise Garbled(f"the server speaks SFTP version {version}; this needs version {_VERSION}")
        while at < len(body):
            name, at = take_string(body, at)
            extensions[name.decode("utf-8", "replace")], at = take_string(body, at)
        return extensions

    def _agree_on_piece(self) -> int:
        if "limits@openssh.com" not in self.extensions:
            return SMALL_PIECE
        body = self._answer(self.ask(Ask.EXTENDED, text("limits@openssh.com")), Answer.EXTENDED)
        _, reads, writes, _ = struct.unpack_from(">4Q", body)
        return min(PIECE, *(limit or PIECE for limit in (reads, writes)))  # 0: no limit

    def _answer(self, number: int, kind: Answer) -> bytes:
        found, body = self.answer(number)
        if found != kind:
            self._refuse(found, body, kind)
        return body

    def _refuse(self, kind: int, body: bytes, expected: Answer) -> NoReturn:
        if kind != Answer.STATUS:
            raise Garbled(f"the server gave an answer of kind {kind} where one of kind {expected} belongs")
        code = struct.unpack_from(">I", body)[0]
        said = take_string(body, 4)[0].decode("utf-8", "replace") if len(body) > 4 else ""  # noqa: PLR2004
        raise refusal(code, said)
