"""The exchange point's folder tree: ``<root>/<corridor>/<sender>/<stream>/<message id>.tar.pgp``.

Paths are made from parsed message ids only, never from what a caller wrote. A file gets its final name in one step
that never replaces another (``link``), after its bytes and before its folder entry are on the disk.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.envelope import MessageId


@dataclass(frozen=True)
class Stored:
    """A complete package and what tells whether it is still the same file."""

    message_id: MessageId
    path: Path
    size: int
    mtime_ns: int
    inode: int


class Tree:
    """The folders of all corridors below ``root``; ``file_mode`` is that of stored packages."""

    def __init__(self, root: Path, file_mode: int) -> None:
        self._root, self._file_mode = root, file_mode

    def path(self, corridor: str, message_id: MessageId) -> Path:
        """Where the package is, or would be."""
        return self._root / corridor / message_id.sender / message_id.stream / message_id.file_name

    def find(self, corridor: str, message_id: MessageId) -> Stored | None:
        """The package, if it is complete; links are not followed."""
        path = self.path(corridor, message_id)
        try:
            found = path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return _stored(message_id, path, found)

    def packages(self, corridor: str, sender: str, receiver: str, streams: tuple[str, ...]) -> Iterator[Stored]:
        """Every complete package of ``sender`` to ``receiver``; other files in the folders are passed over."""
        for stream in streams:
            folder = self._root / corridor / sender / stream
            try:
                names = os.listdir(folder)  # noqa: PTH208 - names only, in one read
            except (FileNotFoundError, NotADirectoryError):
                continue
            for name in names:
                message_id = _named(name)
                if message_id is None or (message_id.sender, message_id.receiver, message_id.stream) != (
                    sender,
                    receiver,
                    stream,
                ):
                    continue
                found = self.find(corridor, message_id)
                if found is not None:
                    yield found

    def admit(self, finished: Path, corridor: str, message_id: MessageId) -> bool:
        """Give ``finished`` its final name beside the one it has; False when that name is taken already."""
        final = self.path(corridor, message_id)
        self._make_folder(final.parent)
        finished.chmod(self._file_mode)
        try:
            final.hardlink_to(finished)
            first = True
        except FileExistsError:
            first = False
        sync_folder(final.parent)
        return first

    def _make_folder(self, folder: Path) -> None:
        """Make ``folder`` and those above it, each entry on the disk before what is below it."""
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            return  # another request was quicker
        opened_by_readers = (self._file_mode & 0o444) >> 2
        folder.chmod(0o700 | self._file_mode | opened_by_readers)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Have the entries of ``folder`` on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def canonical(text: str) -> MessageId | None:
    """The message id that ``text`` is, in its one spelling; None for anything else."""
    try:
        found = MessageId.parse(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def _named(file_name: str) -> MessageId | None:
    message_id = canonical(file_name.removesuffix(".tar.pgp"))
    return message_id if message_id is not None and message_id.file_name == file_name else None


def _stored(message_id: MessageId, path: Path, found: os.stat_result) -> Stored | None:
    if not stat.S_ISREG(found.st_mode):
        return None
    return Stored(message_id, path, found.st_size, found.st_mtime_ns, found.st_ino)
