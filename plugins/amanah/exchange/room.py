"""A private room for what one step unpacks or builds in the clear; nothing of it outlives the step for long.

Each room has a fixed name and is used under a lock, so that what a killed step left behind is cleared by the next.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def private_room(folder: Path, name: str) -> Iterator[Path]:
    """Give an empty folder below ``folder``, closed to other users, and remove it afterwards.

    The caller holds a lock that no other user of the same room can hold.
    """
    room = folder / f".{name}"
    if room.exists():
        shutil.rmtree(room)
    room.mkdir(mode=0o700)
    try:
        yield room
    finally:
        shutil.rmtree(room)
