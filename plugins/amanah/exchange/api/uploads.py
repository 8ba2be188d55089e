"""Uploads that are not complete: one file each, named by message id and digest, so that the name says all there is.

Bytes are appended under an exclusive lock of the file, which a killed process loses with its life. What is complete
and is what its digest says gets its final name (:mod:`.tree`); half a package is never seen under one. An upload that
cannot be right any more, and one that nobody goes on with, is removed.
"""

import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from amanah.exchange.api.problem import Problem, wait
from amanah.exchange.api.settings import Limits
from amanah.exchange.api.tree import Tree, sync_folder
from amanah.exchange.codes import Code
from schemas.envelope import MessageId

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BUSY_FOR = 2.0  # seconds after which trying again is worth it


class Uploads:
    """The unfinished uploads of all corridors, below ``folder``."""

    def __init__(self, folder: Path, tree: Tree, limits: Limits) -> None:
        self._folder, self._tree, self._limits = folder, tree, limits

    def offset(self, corridor: str, message_id: MessageId, sha256: str) -> int | None:
        """Bytes kept of an upload; None when there is none."""
        try:
            return self._path(corridor, message_id, sha256).stat().st_size
        except FileNotFoundError:
            return None

    def remove(self, corridor: str, message_id: MessageId, sha256: str) -> bool:
        """Give up an upload; False when there is none."""
        with self.open(corridor, message_id, sha256, create=False) as upload:
            if upload is None:
                return False
            upload.remove()
            return True

    @contextmanager
    def open(self, corridor: str, message_id: MessageId, sha256: str, *, create: bool) -> Iterator["Upload | None"]:
        """An upload, locked for this request alone; None when there is none and it is not to be made.

        Raises ``Problem`` when another request holds it, or the party has too many.
        """
        path = self._path(corridor, message_id, sha256)
        if create and not path.exists():
            self._make_room(path.parent)
        with no_room_is_said():
            file = _locked(path, create=create)
        if file is None:
            yield None
            return
        with file:
            yield Upload(path, file, sha256, self._limits.package_bytes)

    def admit(self, upload: "Upload", corridor: str, message_id: MessageId) -> bool:
        """Give a finished upload its final name and forget it; False when that name is taken already."""
        with no_room_is_said():
            first = self._tree.admit(upload.path, corridor, message_id)
        upload.remove()
        return first

    def _path(self, corridor: str, message_id: MessageId, sha256: str) -> Path:
        return self._folder / corridor / message_id.sender / f"{message_id}.{sha256}.part"

    def _make_room(self, folder: Path) -> None:
        """Make the party's folder, remove what nobody goes on with, and see that there are not too many."""
        with no_room_is_said():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        oldest = time.time() - self._limits.keep_unfinished_hours * 3600
        kept = 0
        for path in folder.glob("*.part"):
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
                else:
                    kept += 1
            except FileNotFoundError:
                continue  # finished, or removed by another process
        if kept >= self._limits.unfinished_uploads:
            raise wait(Code.TOO_MANY, 60, f"{kept} unfinished uploads; finish or delete one")


class Upload:
    """One upload, held by one request. Everything here blocks; the service calls it off its event loop."""

    def __init__(self, path: Path, file: FileIO, sha256: str, largest: int) -> None:
        self.path = path
        self._file, self._sha256, self._largest = file, sha256, largest
        self.size = os.fstat(file.fileno()).st_size
        self._hash = hashlib.sha256() if self.size == 0 else None

    def start_over(self) -> None:
        """Forget what is there."""
        self._file.truncate(0)
        self.size, self._hash = 0, hashlib.sha256()

    def append(self, content: bytes) -> None:
        """Write at the end. Raises ``Problem`` 413 or 507, after either of which nothing is kept."""
        if self.size + len(content) > self._largest:
            self.remove()
            raise Problem(413, Code.TOO_LARGE, f"at most {self._largest} bytes")
        if self._hash is None:
            self._file.seek(0)
            self._hash = hashlib.file_digest(self._file, "sha256")
        try:
            with no_room_is_said():
                self._file.seek(self.size)
                left = memoryview(content)
                while left:
                    left = left[self._file.write(left) :]
        except Problem:
            self.remove()
            raise
        self._hash.update(content)
        self.size += len(content)

    def finish(self) -> None:
        """Have all of it on the disk. Raises ``Problem`` 400 when it is not what its digest says, and forgets it."""
        if self._hash is None:
            self._file.seek(0)
            self._hash = hashlib.file_digest(self._file, "sha256")
        if self._hash.hexdigest() != self._sha256:
            self.remove()
            raise Problem(400, Code.DIGEST_DIFFERS, f"{self.size} bytes arrived; begin again")
        try:
            with no_room_is_said():
                os.fsync(self._file.fileno())
        except Problem:
            self.remove()
            raise

    def remove(self) -> None:
        """Take the unfinished file's name away; its room is free once this request is over."""
        self.path.unlink(missing_ok=True)


def _locked(path: Path, *, create: bool) -> FileIO | None:
    """Open ``path`` under an exclusive lock, sure that it still has this name, and no other."""
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if create else 0), 0o600)
        except FileNotFoundError:
            if create:
                raise
            return None
        file = FileIO(handle, "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found = os.fstat(handle)
            if found.st_nlink > 1:
                path.unlink()  # stored, and killed before this name was removed: its bytes are the package's now
            elif found.st_ino == path.stat().st_ino:
                sync_folder(path.parent)
                return file
        except BlockingIOError:
            file.close()
            raise wait(Code.UPLOAD_BUSY, _BUSY_FOR, status=409) from None
        except FileNotFoundError:
            pass  # finished or removed between opening and locking
        file.close()


@contextmanager
def no_room_is_said() -> Iterator[None]:
    """Say a full disk, quota or file size limit as ``Problem`` 507."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise Problem(507, Code.NO_ROOM, "nothing of this upload was kept; send it again later") from None
        raise
