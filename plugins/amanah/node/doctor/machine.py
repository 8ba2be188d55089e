"""The machine itself: room on the disk, and whether anything keeps its clock."""

import ctypes
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from amanah.node.doctor.finding import Finding, State

GIB = 1 << 30
ENOUGH, TOO_LITTLE = 10 * GIB, GIB  # bytes free: a snapshot, a package of both sides, and what they unpack to
_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)


def look_at(store: Path) -> Iterator[Finding]:
    """The disk of ``store`` and the clock."""
    folder = next(each for each in (store.absolute(), *store.absolute().parents) if each.exists())
    free = shutil.disk_usage(folder).free
    state = State.FAILED if free < TOO_LITTLE else State.WARNING if free < ENOUGH else State.OK
    do = "" if state is State.OK else f"make room: {ENOUGH // GIB} GiB or more"
    yield Finding("disk", state, f"{free / GIB:.1f} GiB free at {folder}", do)
    if sys.platform == "linux":
        nothing_to_set = ctypes.create_string_buffer(512)  # a struct timex of zeros: reads, and changes nothing
        kept = ctypes.CDLL(None).adjtimex(nothing_to_set) != _UNSYNCHRONISED
        said = "kept by a time service" if kept else "the kernel knows of no time service that keeps it"
        yield Finding(
            "time service", State.OK if kept else State.WARNING, said, "" if kept else "run chrony or systemd-timesyncd"
        )
