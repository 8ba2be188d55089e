"""Storing one file at the exchange point: taken up where it was cut, under its name only when it is whole.

A part is named after the file and its content. So two that store the same content at once do not disturb each other:
both write the same bytes at the same places, the first to be done renames, and the second finds the file there. And two
that store different content under one name never write into the same file. Nothing here depends on a lock.
"""

import hashlib
import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from amanah.exchange.sftp.messages import Attributes, NotThere, Open, ServerSaid
from amanah.exchange.sftp.reading import agree, ask_samples, begins_like, is_same, looks_same
from amanah.exchange.sftp.session import Session
from amanah.exchange.transport import OtherContent, TransportError

UNANSWERED = 24  # writes under way at most; each 255 KB

_ENDS = 64 * 1024  # bytes of a file's beginning and end

Progress = Callable[[int], None]  # told how many bytes are where they belong


class NameTaken(OtherContent):
    """Something else stands at the exchange point under the name of our file. A person has to find out why."""


class Upload:
    """One file on its way to ``folder``."""

    def __init__(self, session: Session, local: BinaryIO, folder: str, name: str, *, read_back: bool) -> None:
        self._session, self._local, self._folder = session, local, folder
        self._final, self._plain = f"{folder}/{name}", f"{folder}/{name}.part"
        self._size = os.fstat(local.fileno()).st_size
        self._part = f"{folder}/{part_name(name, local)}"
        self._read_back = read_back

    def run(self, progress: Progress, turn: Callable[[], None] = lambda: None) -> None:
        """Store it, unless it is there; it gets its name when ``turn`` returns.

        Raises:
            NameTaken: something else has its name.
            TransportError: what the server kept is not what was sent; it has been removed.
        """
        asked = [self._session.lstat(path) for path in (self._final, self._part, self._plain)]
        there, begun, left = map(self._session.attributes_if_there, asked)
        if there is not None:
            self._check_ours(there)
            return
        if begun is not None and not begun.is_file:
            raise TransportError(f"{self._part} is no plain file but a link, a folder or a device; have it removed")
        handle, was_there, at = self._open(begun)
        closing = None
        try:
            writes = self._write(handle, at, progress)
            self._verify(handle, writes, whole=was_there or self._read_back or self._session.hashes)
            closing = self._session.close(handle)
        finally:
            if closing is None:
                self._session.abandon([self._session.close(handle)])
        turn()
        self._rename(closing)
        if left is not None and left.is_file:  # of another program, or of another content
            self._discard(self._plain)

    def _open(self, begun: Attributes | None) -> tuple[bytes, bool, int]:
        """Open the part; return it, whether something was in it, and how much of that can be kept."""
        size = (begun.size or 0) if begun is not None else 0
        if size > self._size:
            self._discard(self._part)
            size = 0
        handle = self._create()
        keep = size > 0 and begins_like(self._session, handle, self._local, size)
        return handle, size > 0, size if keep else 0

    def _create(self) -> bytes:
        how = Open.READ | Open.WRITE | Open.CREATE
        try:
            return self._session.handle(self._session.open(self._part, how))
        except NotThere:
            self._make_folder()
            return self._session.handle(self._session.open(self._part, how))

    def _write(self, handle: bytes, at: int, progress: Progress) -> list[int]:
        """Write what is missing from ``at`` on; return the requests whose answers have not been waited for."""
        session, local = self._session, self._local
        progress(at)
        unanswered: deque[tuple[int, int]] = deque()  # the request, and up to where it writes
        local.seek(at)
        try:
            while at < self._size:
                if len(unanswered) == UNANSWERED:
                    number, reached = unanswered.popleft()
                    session.done(number)
                    progress(reached)
                piece = self._next_piece(self._size - at)
                unanswered.append((session.write(handle, at, piece), at := at + len(piece)))
                session.flush()
        except BaseException:
            session.abandon(number for number, _ in unanswered)
            raise
        return [number for number, _ in unanswered]

    def _next_piece(self, left: int) -> bytes:
        piece = self._local.read(min(self._session.piece, left))
        if not piece:
            raise ValueError(f"{self._local.name} became shorter while it was sent")
        return piece

    def _verify(self, handle: bytes, writes: list[int], *, whole: bool) -> None:
        """Compare what the server kept with what was sent, and have it brought to the server's disk.

        Its size always, and samples from all over. All of it where it was put together from several attempts (a crash
        of the server may have left a hole), where the server tells us its hash, and where the settings ask for it.
        """
        session = self._session
        synced, asked = session.sync(handle), session.fstat(handle)
        samples = [] if whole else ask_samples(session, handle, self._size)
        waiting = [*writes, synced, asked, *(sample.asked for sample in samples)]
        try:
            for number in (*writes, synced):
                session.done(number)
            size = session.attributes(asked).size
            kept = size == self._size
            kept = kept and (self._is_whole(handle) if whole else agree(session, samples, self._local))
        finally:
            session.abandon(waiting)
        if not kept:
            self._discard(self._part)
            raise TransportError(
                f"the exchange point kept {size} of {self._size} bytes"
                if size != self._size
                else "the exchange point kept other bytes than were sent; removed, the next attempt begins anew"
            )

    def _is_whole(self, handle: bytes) -> bool:
        told = self._session.sha256(handle, self._size)
        if told is not None:
            self._local.seek(0)
            ours = hashlib.file_digest(self._local, "sha256")  # type: ignore[arg-type]  # a BinaryIO will do
            if told == ours.digest():
                return True  # else the server may have worked it out wrongly: see for ourselves
        return is_same(self._session, handle, self._local, 0, self._size)

    def _rename(self, closing: int) -> None:
        """Give it its name. A server that would replace another file by that does not keep to the protocol."""
        standing = self._session.lstat(self._part)
        self._session.done(closing)
        stands = self._session.attributes_if_there(standing)
        if stands is not None and stands.size != self._size:
            there = self._session.attributes_if_there(self._session.lstat(self._final))
            if there is not None:  # one with the same content was done first, and a third has begun anew
                self._check_ours(there)
                return
            raise TransportError("something else is being stored under the same name just now; try again later")
        try:
            self._session.rename(self._part, self._final)
        except ServerSaid:
            there = self._session.attributes_if_there(self._session.lstat(self._final))
            if there is None:
                raise
            self._check_ours(there)
            self._discard(self._part)

    def _check_ours(self, there: Attributes) -> None:
        """Make sure that what stands under our name is what we would store."""
        if there.is_file and there.size == self._size:
            handle = self._session.handle(self._session.open(self._final, Open.READ))
            try:
                if looks_same(self._session, handle, self._local, self._size):
                    return
            finally:
                self._session.abandon([self._session.close(handle)])
        raise NameTaken(
            f"store {self._final}: something else stands there under that name and was left as it is. Is there a "
            "second node of this party, or one restored from a backup? Find out which content is right before going on"
        )

    def _discard(self, path: str) -> None:
        with suppress(NotThere):  # another may have done so
            self._session.remove(path)

    def _make_folder(self) -> None:
        path = ""
        for step in self._folder.strip("/").split("/"):
            path += f"/{step}"
            if self._session.attributes_if_there(self._session.lstat(path)) is None:
                try:
                    self._session.mkdir(path)
                except ServerSaid:  # another made it meanwhile?
                    if self._session.attributes_if_there(self._session.lstat(path)) is None:
                        raise


def part_name(name: str, local: BinaryIO) -> str:
    """What the unfinished upload of a file is called: ``<name>.<16 digits from its content>.part``.

    Its size, beginning and end are enough: a sealed package begins with a key that no other package has.
    """
    size = os.fstat(local.fileno()).st_size
    known = b"%d " % size + os.pread(local.fileno(), _ENDS, 0) + os.pread(local.fileno(), _ENDS, max(0, size - _ENDS))
    return f"{name}.{hashlib.sha256(known).hexdigest()[:16]}.part"


def upload(
    session: Session,
    source: Path,
    folder: str,
    progress: Progress,
    *,
    read_back: bool = False,
    turn: Callable[[], None] = lambda: None,
) -> None:
    """Store ``source`` in ``folder`` under its own name; see :class:`Upload`."""
    with source.open("rb") as local:
        Upload(session, local, folder, source.name, read_back=read_back).run(progress, turn)
