"""Runs the demonstration as a person would, in a process of its own, and asks its databases and its Airflow."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
import psycopg

from amanah.demo import corridor
from amanah.demo.corridor.corridor import Corridor
from amanah.demo.run import AGREEMENT, SEED
from amanah.demo.services.airflow import ADMIN
from amanah.demo.services.airflow_client import AirflowClient
from amanah.demo.services.airflow_settings import password_of
from schemas.agreement import Agreement, load

AMANAH = str(Path(sys.executable).with_name("amanah"))
PARTIES = ("IDN", "SAU")
LANGUAGES = load(AGREEMENT).report.languages
VERBS = ("publish", "collect", "reconcile", "notify", "evaluate", "verify", "resync")
QUARTER, LAST_MONTH = "2026-Q3", "2026-09"
PATIENCE = 1200.0  # seconds; several times what a demonstration takes, for machines that are busy


@dataclass(frozen=True)
class Place:
    """Where a demonstration works: its folder, and a home and a folder for temporary files it should leave alone."""

    folder: Path
    home: Path
    temporary: Path

    @classmethod
    def below(cls, parent: Path) -> "Place":
        """A place in ``parent``."""
        for name in ("home", "temporary"):
            (parent / name).mkdir()
        return cls(parent / "demo", parent / "home", parent / "temporary")

    @property
    def environment(self) -> dict[str, str]:
        """Our environment with that home."""
        return {**os.environ, "HOME": str(self.home), "TMPDIR": str(self.temporary), "COLUMNS": "200"}

    def amanah(self, *arguments: str, patience: float = PATIENCE) -> subprocess.CompletedProcess[str]:
        """Run ``amanah demo ...`` on this folder to its end."""
        return subprocess.run(
            [AMANAH, "demo", *arguments, "--folder", str(self.folder)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=patience,
            check=False,
        )


@dataclass(frozen=True)
class Demonstration:
    """A demonstration that has done its work and is kept up to look at."""

    place: Place
    records: int
    output: str
    runs: dict[str, list[dict[str, Any]]] = field(repr=False)
    import_errors: dict[str, str] = field(repr=False)

    @classmethod
    def up(cls, place: Place, records: int) -> "Demonstration":
        """Run ``amanah demo up`` to its end, and note what Airflow then says of every DAG."""
        done = place.amanah("up", "--records", str(records))
        assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout[-4000:]}"
        with _client(place.folder) as client:
            runs = {dag_id: client.runs(dag_id) for dag_id in client.dags()}
            return cls(place, records, done.stdout, runs, client.import_errors())

    @property
    def folder(self) -> Path:
        """Where it works."""
        return self.place.folder

    @cached_property
    def agreement(self) -> Agreement:
        """The agreement it used."""
        return load(AGREEMENT)

    @cached_property
    def corridor(self) -> Corridor:
        """The same synthetic corridor, made again."""
        return corridor.generate(records=self.records, seed=SEED, agreement=self.agreement)

    @property
    def address(self) -> str:
        """Where its Airflow listens."""
        return _address(self.folder)

    def client(self) -> AirflowClient:
        """Its Airflow's own API, signed in."""
        return _client(self.folder)

    def store(self, party: str) -> Path:
        """The folder of a party's node."""
        return self.folder / "nodes" / party / "store"

    def edition(self, party: str) -> Path:
        """The folder of the first version of a party's edition of the quarter."""
        return self.store(party) / "editions" / QUARTER / "v1"

    def database_url(self, database: str) -> str:
        """The libpq URL of ``node_idn``, ``airflow`` and so on."""
        password = (self.folder / "postgres" / "password").read_text(encoding="utf-8").strip()
        port = _house(self.folder)["postgres_port"]
        return f"postgresql://amanah:{password}@127.0.0.1:{port}/{database}"

    def ask(self, party: str, query: str, **parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a query to a party's database."""
        with psycopg.connect(self.database_url(f"node_{party.lower()}")) as connection:
            return connection.execute(query, parameters).fetchall()


def _house(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "house.json").read_text(encoding="utf-8"))


def _address(folder: Path) -> str:
    return f"http://127.0.0.1:{_house(folder)['airflow_port']}"


def _client(folder: Path) -> AirflowClient:
    return AirflowClient(_address(folder), ADMIN, password_of(folder, ADMIN))


def until(happened: Callable[[], object], what: str, patience: float = 60.0) -> None:
    """Wait until ``happened`` says so; fail with ``what`` when it does not."""
    deadline = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < deadline, f"not within {patience:.0f} s: {what}"
        time.sleep(0.1)


def left_running(folder: Path, session: int | None = None, patience: float = 30.0) -> list[str]:
    """What still runs for ``folder`` (or in ``session``) after ``patience`` seconds, as people recognise it.

    Found by what the processes say themselves, not by the demonstration's own notes.
    """
    deadline = time.monotonic() + patience
    while (found := _running(str(folder.resolve()), session)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def _running(folder: str, session: int | None) -> list[str]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            said = [*process.cmdline(), *process.environ().values(), process.cwd()]
            ours = any(folder in text for text in said) or os.getsid(process.pid) == session
            if ours and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{process.pid} {' '.join(process.cmdline())[:120]}")
    return found
