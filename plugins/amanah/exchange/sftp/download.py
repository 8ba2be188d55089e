"""Fetching one file from the exchange point: taken up where it was cut, whole or not there at all."""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from amanah.exchange.sftp.messages import Attributes, NotThere, Open
from amanah.exchange.sftp.reading import Shorter, begins_like, has_empty_page, stream
from amanah.exchange.sftp.session import Session
from amanah.exchange.transport import TransportError

Progress = Callable[[int], None]  # told how many bytes are where they belong


def download(session: Session, path: str, target: Path, progress: Progress) -> None:
    """Fetch the file at ``path`` into ``target``; what has come before lies beside it as ``.part``.

    What is here already is kept when its last megabyte is what stands there, and when no page of it is empty. That the
    whole is what the sender made, its signature says when it is opened. The file is on the disk when this returns; its
    name is after :func:`sync_folder`.
    """
    asked = session.lstat(path), session.open(path, Open.READ)
    there = session.attributes_if_there(asked[0])
    if there is None or not there.is_file:
        session.abandon(asked[1:])
        what = "it is not there any more" if there is None else "it is no plain file: a link, a folder or a device"
        raise TransportError(f"{what}; nothing was fetched, the next round lists the folder again")
    try:
        handle = session.handle(asked[1])
    except NotThere:
        raise TransportError("it went away between two requests; the next round lists the folder again") from None
    try:
        unfinished = target.with_name(f"{target.name}.part")
        with _unfinished(unfinished) as local:
            _fetch(session, handle, there, local, progress)
            with _here():
                local.flush()
                os.fsync(local.fileno())
                unfinished.replace(target)
    finally:
        session.abandon([session.close(handle)])


def _fetch(session: Session, handle: bytes, before: Attributes, local: BinaryIO, progress: Progress) -> None:
    size = before.size
    if size is None:
        raise TransportError("the server does not say how long the file is; nothing can be fetched whole from it")
    start = _kept(session, handle, local, size)
    _check_room(local, size - start)
    with _here():
        local.truncate(start)
        local.seek(start)
    try:
        for piece in stream(session, handle, start, size):
            with _here():
                local.write(piece)
            progress(start := start + len(piece))
    except Shorter:
        raise TransportError("it became shorter while it was fetched; it will be fetched again") from None
    after = session.attributes(session.fstat(handle))
    if (after.size, after.modified) != (before.size, before.modified):
        raise TransportError(
            "it is still being written there; the sender must upload as .part and rename when it is whole"
        )


def _kept(session: Session, handle: bytes, local: BinaryIO, size: int) -> int:
    """How much of what is here already can be kept."""
    have = os.fstat(local.fileno()).st_size
    if not 0 < have <= size or has_empty_page(local, have):
        return 0
    return have if begins_like(session, handle, local, have) else 0


def _check_room(local: BinaryIO, size: int) -> None:
    free = shutil.disk_usage(local.fileno()).free
    if free < size:
        raise TransportError(
            f"this node's disk has {free / 1e6:,.0f} MB left and {size / 1e6:,.0f} MB are to come; make room for it"
        )


@contextmanager
def _unfinished(path: Path) -> Iterator[BinaryIO]:
    """Open what has come so far, for us alone."""
    with _here():
        found = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(found, "r+b") as local:
        try:
            fcntl.flock(local, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = os.path.samestat(os.fstat(local.fileno()), path.stat())
        except (BlockingIOError, FileNotFoundError):
            ours = False
        if not ours:
            raise TransportError("another process on this node is fetching it just now")
        yield local


@contextmanager
def _here() -> Iterator[None]:
    """Tell what goes wrong on this machine from what goes wrong there."""
    try:
        yield
    except OSError as error:
        hint = "; make room on this node's disk" if error.errno in {errno.ENOSPC, errno.EDQUOT} else ""
        raise TransportError(f"it cannot be kept on this node: {error.strerror or error}{hint}") from error


def sync_folder(folder: Path) -> None:
    """Bring the names of files in ``folder`` to the disk."""
    with _here():
        found = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(found)
        finally:
            os.close(found)
