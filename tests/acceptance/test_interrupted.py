"""Killed at any moment, the demonstration leaves nothing running, and the next one copes with what is left.

Run as an ordinary user, also where the tests are run by root, in one folder from the first kill to the last run.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from demonstrations import AMANAH, PATIENCE, Place, left_running, until

pytestmark = pytest.mark.slow

NOBODY = 65534
RECORDS = "100"
ALL, LAST = "9", "1"  # months: Airflow has the last one, after what the verbs do
# What is killed, and when: when the file of what was started, or what it has said so far, holds this.
KILLED = {
    "PostgreSQL is up": ("up", ALL, "demo/run/services.json", '"postgres"'),
    "the nodes exchange by their verbs": ("run", ALL, "said.txt", "2026-01: exchanged"),
    "Airflow runs a pipeline": ("run", LAST, "said.txt", "idn-sau.idn.publish: success"),
}


@dataclass(frozen=True)
class Person:
    """Who runs the demonstration, and where."""

    place: Place
    prefix: tuple[str, ...]

    @property
    def environment(self) -> dict[str, str]:
        """A plain environment, as of somebody who has just signed in."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        return kept | {"HOME": str(self.place.home), "TMPDIR": str(self.place.temporary)}

    @property
    def said(self) -> Path:
        """What the demonstration prints."""
        return self.place.folder.parent / "said.txt"

    @contextmanager
    def running(self, verb: str, months: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run the demonstration in a session of its own, as a terminal would."""
        argv = [*self.prefix, AMANAH, "demo", verb, "--months", months, "--records", RECORDS]
        argv += ["--folder", str(self.place.folder)]
        with (
            self.said.open("wb") as said,
            subprocess.Popen(
                argv,
                env=self.environment,
                cwd=self.place.home,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    def stop_it_when(
        self, verb: str, months: str, file: str, text: str, stop: Callable[[int], None]
    ) -> tuple[int, list[str]]:
        """Start it, stop it at a moment, and give its exit status and what then still runs."""
        known = self.place.folder.parent / file
        known.unlink(missing_ok=True)
        with self.running(verb, months) as process:

            def reached() -> bool:
                assert process.poll() is None, self.said.read_text()
                return known.exists() and text in known.read_text()

            until(reached, f"{text} in {file}", PATIENCE)
            stop(process.pid)
            status = process.wait(60)
        return status, left_running(self.place.folder, process.pid)


def _ordinary_user(place: Place) -> tuple[str, ...]:
    """Give the place to ``nobody``; return what makes a command run as them, nothing when they cannot run this Python.

    A Python below /root is closed to others. The one right given back is to read what is closed, nothing more.
    """
    become = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    read = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    check = [sys.executable, "-c", f"import sys, amanah.cli; assert sys.version == {sys.version!r}"]
    for prefix in (become, (*become, *read)):
        if subprocess.run([*prefix, *check], cwd="/", capture_output=True, check=False).returncode == 0:
            for path in (place.folder, place.home, place.temporary):
                os.chown(path, NOBODY, NOBODY)
            return prefix
    return ()


@pytest.fixture(scope="module")
def person() -> Iterator[Person]:
    """An ordinary user with a folder; root only where the system lets nobody else run this Python."""
    with tempfile.TemporaryDirectory(prefix="amanah-") as parent:  # pytest's own folders are closed to other users
        Path(parent).chmod(0o755)
        place = Place.below(Path(parent).resolve())
        place.folder.mkdir(mode=0o700)
        yield Person(place, _ordinary_user(place) if os.geteuid() == 0 and shutil.which("setpriv") else ())


@pytest.fixture(scope="module")
def killed(person: Person) -> dict[str, list[str]]:
    """What still ran after a ``kill -9`` at each moment."""
    return {
        moment: person.stop_it_when(*mark, stop=lambda pid: os.kill(pid, signal.SIGKILL))[1]
        for moment, mark in KILLED.items()
    }


@pytest.fixture(scope="module")
def interrupted(person: Person, killed: dict[str, list[str]]) -> tuple[int, list[str]]:
    """Exit status, and what still ran, after Ctrl-C, which a terminal sends to the whole group of processes."""
    second_month = ("run", ALL, "said.txt", "2026-02: exchanged")
    return person.stop_it_when(*second_month, stop=lambda pid: os.killpg(pid, signal.SIGINT))


@pytest.fixture(scope="module")
def afterwards(person: Person, interrupted: tuple[int, list[str]]) -> tuple[int, str, list[str]]:
    """Exit status, output and what still runs of a demonstration in the same folder after all that."""
    with person.running("run", LAST) as process:
        status = process.wait(PATIENCE)
    return status, person.said.read_text(), left_running(person.place.folder, process.pid)


@pytest.mark.parametrize("moment", KILLED)
def test_kill_9_leaves_nothing_running(killed: dict[str, list[str]], moment: str) -> None:
    assert killed[moment] == []


def test_ctrl_c_stops_everything_and_is_not_a_success(interrupted: tuple[int, list[str]]) -> None:
    status, left = interrupted

    assert status != 0
    assert left == []


def test_the_next_demonstration_copes_with_what_was_left(afterwards: tuple[int, str, list[str]]) -> None:
    status, output, left = afterwards

    assert status == 0, output[-4000:]
    assert "idn-sau.sau.evaluate: success" in output
    assert left == []


def test_an_ordinary_user_can_run_it(person: Person, afterwards: tuple[int, str, list[str]]) -> None:
    if os.geteuid() == 0 and not person.prefix:
        pytest.skip(f"NOT TESTED as an ordinary user: nobody but root can read {sys.prefix} or its Python here")
    owners = {path.lstat().st_uid for path in person.place.folder.rglob("*")}

    assert afterwards[0] == 0
    assert owners == {NOBODY if person.prefix else os.geteuid()}
    assert list(person.place.temporary.rglob("*")) == []
