"""The memory of other processes, looked at while they run."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

LOOK_EVERY = 0.02  # seconds


def peak_of_tree(process: "subprocess.Popen[str]", *, itself: bool) -> int:
    """Wait until ``process`` ends; return the most memory in MB that what it started, and ``itself``, had at once.

    What is counted is memory of their own (``RssAnon``): pages of a file that is being read are not.
    """
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(_own(each) for each in _tree(process.pid) if itself or each != process.pid))
        time.sleep(LOOK_EVERY)
    return round(peak / 1000)


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in _read(f"/proc/{pid}/task/{pid}/children").split():
        yield from _tree(int(task))


def _own(pid: int) -> int:
    """In kB; nothing of one that has just ended."""
    said = _read(f"/proc/{pid}/status").partition("RssAnon:")[2].split()
    return int(said[0]) if said else 0


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return ""
