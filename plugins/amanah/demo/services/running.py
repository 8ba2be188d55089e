"""Which processes belong to a folder, and how they are stopped.

A folder's services are written down in ``run/services.json`` when they start, and each carries the environment marker
``AMANAH_RUN=<folder>``, which its children inherit. From the two, a later process (the next demonstration, the guard,
``make down``) finds exactly what belongs to the folder, and nothing else. Starting processes does not belong here.
"""

import contextlib
import json
import math
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil

MARKER = "AMANAH_RUN"
_POLL = 0.05
_AFTER_KILL = 5.0  # seconds for the kernel to take a killed process away
_CLOCK_SLACK = 1.0  # seconds by which two readings of a process's start may differ


@dataclass(frozen=True)
class Running:
    """One service as it was started.

    Attributes:
        name: what people call it.
        pid: its process, and its session.
        created: when the process began, seconds since 1970; a number that came back has another beginning.
        stop_signal: what asks it to end.
        grace: seconds that it then gets.
        wave: counts the groups that were started together.
    """

    name: str
    pid: int
    created: float
    stop_signal: int
    grace: float
    wave: int

    def process(self) -> psutil.Process | None:
        """The living process, or None when it has ended (also when its number now belongs to another process)."""
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.created) <= _CLOCK_SLACK
        except psutil.NoSuchProcess:
            return None
        return found if same and _alive(found) else None


@dataclass(frozen=True)
class Record:
    """What was started for one folder; ``detached`` when it is meant to outlive the program that started it."""

    detached: bool = False
    services: tuple[Running, ...] = ()

    def adding(self, service: Running) -> "Record":
        """The record with ``service`` behind those it has."""
        return replace(self, services=(*self.services, service))

    def lives(self) -> bool:
        """Whether any of the services is still there."""
        return any(service.process() for service in self.services)


def read_record(folder: Path) -> Record:
    """Read the record of ``folder``; an empty one when nothing was ever started there."""
    try:
        kept = json.loads(_record_file(folder).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Record()
    return Record(kept["detached"], tuple(Running(**service) for service in kept["services"]))


def write_record(folder: Path, record: Record) -> None:
    """Write the record of ``folder``, in one step, so that a reader never sees half of it."""
    file = _record_file(folder)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".part")
    draft.write_text(json.dumps(asdict(record), indent=2), encoding="utf-8")
    draft.replace(file)


def members(folder: Path) -> list[psutil.Process]:
    """Every living process of ``folder``: the services in its record, what they started, and whatever is marked."""
    services = read_record(folder).services
    sessions = {service.pid for service in services}
    found = {process.pid: process for service in services if (process := service.process())}
    for process in psutil.process_iter():
        if process.pid not in found and _belongs(process, folder, sessions):
            found[process.pid] = process
    for process in list(found.values()):
        found |= {child.pid: child for child in _children(process)}
    return [process for process in found.values() if process.pid != os.getpid() and _alive(process)]


def stop_all(folder: Path, grace: float = math.inf) -> None:
    """Stop everything that belongs to ``folder``, the last started first; kill what outlives its grace.

    Services that were started together are stopped together. The record is emptied.

    Args:
        folder: the folder of the services.
        grace: seconds at most for each group of services, where their own grace is longer.

    Raises:
        TimeoutError: processes survived even SIGKILL (a hanging disk, or another user's processes).
    """
    services = read_record(folder).services
    for wave in sorted({service.wave for service in services}, reverse=True):
        _stop_together([service for service in services if service.wave == wave], grace)
    _kill(members(folder))
    survivors = members(folder)
    if survivors:
        numbers = ", ".join(str(process.pid) for process in survivors)
        raise TimeoutError(f"processes {numbers} of {folder} do not end: stop them by hand, as the user who owns them")
    write_record(folder, Record())


def _stop_together(services: Iterable[Running], grace: float) -> None:
    leaders: list[psutil.Process] = []
    families: list[psutil.Process] = []
    patience = 0.0
    for service in services:
        if process := service.process():
            leaders.append(process)
            families += [process, *_children(process)]
            patience = max(patience, service.grace)
            _signal(process, service.stop_signal)
    _wait_gone(leaders, min(patience, grace))
    _kill(families)


def _belongs(process: psutil.Process, folder: Path, sessions: set[int]) -> bool:
    """Whether ``process`` carries the marker, or sits in a recorded session and works inside the folder.

    The second covers programs that write their title over their environment, as Airflow's do. A session's number alone
    is no proof, since numbers come back; nor is the working folder, since somebody's shell may stand there.
    """
    try:
        if process.environ().get(MARKER) == str(folder):
            return True
        return os.getsid(process.pid) in sessions and Path(process.cwd()).is_relative_to(folder)
    except (psutil.Error, OSError):  # gone meanwhile, or another user's
        return False


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _signal(process: psutil.Process, number: int) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _wait_gone(processes: list[psutil.Process], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(_alive(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(_POLL)


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        _signal(process, signal.SIGKILL)
    _wait_gone(processes, _AFTER_KILL)


def _record_file(folder: Path) -> Path:
    return folder / "run" / "services.json"
