"""One user at a time for a folder of services. What the user does there belongs to its own module."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_POLL = 0.05
_STOPPING = "stopping"
_STOPPING_TAKES = 30.0
_NAMING_TAKES = 0.5  # who takes the folder writes down who it is a moment later


class AlreadyRunningError(RuntimeError):
    """Another demonstration works in the same folder."""


def take(folder: Path) -> IO[str]:
    """Take the folder for a demonstration; closing what is returned (also by dying) gives it back.

    Where services of an earlier run are just being stopped, waits until they are.

    Raises:
        AlreadyRunningError: another demonstration has the folder.
    """
    file = _open(folder)
    begin = time.monotonic()
    while not _try(file):
        holder = _holder(folder)
        if time.monotonic() - begin > (_STOPPING_TAKES if holder == _STOPPING else _NAMING_TAKES):
            file.close()
            raise AlreadyRunningError(
                f"another demonstration (process {holder}) is at work in {folder}: "
                "wait until it ends, or choose another folder"
            )
        time.sleep(_POLL)
    _write(file, str(os.getpid()))
    return file


@contextmanager
def for_stopping(folder: Path, patience: float) -> Iterator[bool]:
    """Take the folder to stop what runs there; gives False when it is still taken after ``patience`` seconds."""
    with _open(folder) as file:
        deadline = time.monotonic() + patience
        while not (taken := _try(file)) and time.monotonic() < deadline:
            time.sleep(_POLL)
        if taken:
            _write(file, _STOPPING)
        yield taken


def _open(folder: Path) -> IO[str]:
    file = _file(folder)
    file.parent.mkdir(parents=True, exist_ok=True)
    return file.open("a", encoding="utf-8")


def _try(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(file: IO[str], holder: str) -> None:
    file.truncate(0)
    file.write(holder)
    file.flush()


def _holder(folder: Path) -> str:
    return _file(folder).read_text(encoding="utf-8")


def _file(folder: Path) -> Path:
    return folder / "run" / "lock"
