"""Start the services of one folder, wait until they are ready, and make sure that they all end.

How a service is configured belongs to its own module; which processes belong to a folder, and how they are stopped, to
``running``.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Any, Self

import psutil

from amanah.demo.services import lock
from amanah.demo.services.lock import AlreadyRunningError
from amanah.demo.services.running import MARKER, Record, Running, read_record, stop_all, write_record

_POLL = 0.05
_LOG_LINES = 15
_ENDING = (signal.SIGTERM, signal.SIGHUP)


class ServiceError(RuntimeError):
    """A service did not start, or ended before it was ready."""


@dataclass(frozen=True)
class Service:
    """A program to run beside us.

    Attributes:
        name: what people call it; also the name of its log file.
        argv: the program and its arguments.
        env: its whole environment; the marker of the folder is added.
        ready: asked again and again until it says True.
        timeout: seconds within which it must be ready.
        stop_signal: the signal that asks it to end in good order.
        grace: seconds that it gets to do so before it is killed.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    ready: Callable[[], bool]
    timeout: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0


class Supervisor:
    """Run services in ``folder`` until the ``with`` block ends, and then stop them all, the last started first.

    They end after an error, Ctrl-C, SIGTERM, SIGHUP, and (through the guard) after ``kill -9``. On entry, whatever an
    earlier run of the same folder left behind is stopped. With ``detached`` the services stay when the block ends
    without an error, until ``down(folder)``.

    Example:
        >>> with Supervisor(Path("var/demo")) as supervisor:  # doctest: +SKIP
        ...     supervisor.start(Service("mail", argv, env, ready=lambda: listens(port)))

    Raises:
        AlreadyRunningError: on entry, when another demonstration lives in the folder.
    """

    def __init__(self, folder: Path, *, detached: bool = False) -> None:
        self.folder = folder.resolve()
        self.logs = self.folder / "logs"
        self._detached = detached
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        self._waves = 0
        self._guard: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        """Take the folder, stop leftovers, begin to watch."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._lock = lock.take(self.folder)
        try:
            self._begin()
        except BaseException:
            self._lock.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything; in detached mode only after an error."""
        try:
            if error is not None or not self._detached:
                self.stop()
            else:
                write_record(self.folder, replace(read_record(self.folder), detached=True))
            if self._guard is not None:
                self._guard.kill()
        finally:
            self._release()

    def start(self, *services: Service) -> None:
        """Start ``services`` all at once, and return when every one is ready.

        Raises:
            ServiceError: one ended or was not ready in time; says which, and the end of its log.
        """
        self.launch(*services)
        self.wait_ready(*services)

    def launch(self, *services: Service) -> None:
        """Start ``services`` all at once and return without waiting for them."""
        self._waves += 1
        for service in services:
            process = self._spawn(service)
            self._started[service.name] = process
            running = Running(
                name=service.name,
                pid=process.pid,
                created=psutil.Process(process.pid).create_time(),
                stop_signal=service.stop_signal,
                grace=service.grace,
                wave=self._waves,
            )
            write_record(self.folder, read_record(self.folder).adding(running))

    def wait_ready(self, *services: Service) -> None:
        """Return when every one of ``services`` is ready.

        Raises:
            ServiceError: one ended or was not ready in time; says which, and the end of its log.
        """
        begin = time.monotonic()
        waiting = list(services)
        while waiting:
            waiting = [service for service in waiting if not self._is_ready(service, time.monotonic() - begin)]
            if waiting:
                time.sleep(_POLL)

    def finish(self, service: Service) -> None:
        """Wait until ``service``, a program that ends by itself, has ended well.

        Raises:
            ServiceError: it failed, or took longer than its timeout; says which, and the end of its log.
        """
        process = self._started[service.name]
        try:
            status = process.wait(service.timeout)
        except subprocess.TimeoutExpired as late:
            raise self._failure(service, f"has not ended within {service.timeout:.0f} s") from late
        if status:
            raise self._failure(service, f"failed with exit status {status}")

    def stop(self) -> None:
        """Stop every service, in the reverse order of starting; kill what does not end by itself."""
        stop_all(self.folder)
        for process in self._started.values():
            process.wait()
        self._started.clear()

    def log(self, name: str) -> Path:
        """The log file of the service called ``name``."""
        return self.logs / f"{name}.log"

    def _spawn(self, service: Service) -> subprocess.Popen[bytes]:
        if service.name in self._started:
            raise ValueError(f"a service called {service.name} was already started: give each its own name")
        with self.log(service.name).open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - the programs of this package
                list(service.argv),
                env={**service.env, MARKER: str(self.folder)},
                cwd=self.folder,  # with the session, this is how its children are recognised; see running
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal is for us, who then stop it in order
            )

    def _is_ready(self, service: Service, waited: float) -> bool:
        status = self._started[service.name].poll()
        if status is not None:
            raise self._failure(service, f"ended with exit status {status} before it was ready")
        if service.ready():
            return True
        if waited > service.timeout:
            raise self._failure(service, f"was not ready within {service.timeout:.0f} s")
        return False

    def _failure(self, service: Service, what: str) -> ServiceError:
        log = self.log(service.name)
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
        return ServiceError("\n".join([f"{service.name} {what}; the end of {log}:", *lines]))

    def _begin(self) -> None:
        record = read_record(self.folder)
        if record.detached and record.lives():
            raise AlreadyRunningError(f"services are kept running in {self.folder}: stop them first (make down)")
        stop_all(self.folder)
        write_record(self.folder, Record())
        self._guard = self._start_guard()
        self._catch_signals()

    def _start_guard(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "amanah.demo.services.guard", str(self.folder)],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def _catch_signals(self) -> None:
        """Turn the signals that end a program into an exception, so that the block is left in order."""
        if threading.current_thread() is threading.main_thread():
            for number in _ENDING:
                self._handlers[number] = signal.signal(number, _leave)
            if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job begins deaf to Ctrl-C
                self._handlers[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)

    def _release(self) -> None:
        """Give back the folder; where stopping was broken off, this lets the guard finish it."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()
        if self._lock is not None:
            self._lock.close()
        if self._guard is not None:
            self._guard.communicate()


def down(folder: Path) -> None:
    """Stop the services that were left running in ``folder``; nothing happens when there are none.

    Raises:
        AlreadyRunningError: a demonstration is at work in the folder and will stop them itself.
    """
    folder = folder.resolve()
    if folder.exists():
        with lock.take(folder):
            stop_all(folder)


def base_environment() -> dict[str, str]:
    """The part of our own environment that a service needs: where programs are, the language, temporary files.

    Everything else is left out, so that a setting in somebody's shell (``AIRFLOW__...``, ``PGHOST``) changes nothing.
    """
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "COVERAGE_PROCESS_CONFIG")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"TZ": "UTC", "PYTHONUNBUFFERED": "1"}


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
