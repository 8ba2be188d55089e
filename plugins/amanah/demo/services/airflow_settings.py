"""How Airflow is configured for a demonstration: environment variables, and the secrets of one folder.

Nothing is read from a configuration file that somebody may have. Measured reasons for the two speed settings stand in
``docs/``; production settings stand in ``docker-compose.yml``.
"""

import json
import secrets
import sys
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

from amanah.demo.services.processes import base_environment

_SPEED = {
    "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",  # default 1: a second lost before each task
    "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",  # default 5: a decision is given after two of them
    "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",  # default 5: a finished task's slot stays taken so long
    "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",  # default 30: parsing again takes a core from the tasks
    "DAG_PROCESSOR__REFRESH_INTERVAL": "10",  # default 300: how soon a new DAG file is seen
    "DATABASE__CHECK_MIGRATIONS": "False",  # we migrate ourselves; the API server may then start meanwhile
}
_FIXED = {
    "CORE__EXECUTOR": "LocalExecutor",
    "CORE__PARALLELISM": "4",
    "CORE__LOAD_EXAMPLES": "False",
    "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "CORE__DEFAULT_TIMEZONE": "utc",
    "CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
    "DAG_PROCESSOR__PARSING_PROCESSES": "2",
    "API__HOST": "127.0.0.1",
    "API__WORKERS": "1",
    "LOGGING__COLORED_CONSOLE_LOG": "False",
}
# Airflow 3.3 itself reports to nobody; these are for what our tasks import.
_NO_TELEMETRY = {"DO_NOT_TRACK": "1", "SCARF_ANALYTICS": "false", "GX_ANALYTICS_ENABLED": "false"}
# The system libraries of macOS end a process that looks up a proxy or a class after a fork.
_MACOS = {"no_proxy": "*", "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES"}


def settings(
    folder: Path,
    *,
    database_url: str,
    port: int,
    dags: Path,
    plugins: Path,
    users: Mapping[str, str],
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The whole environment of every Airflow program of ``folder``; makes the folder's secrets on the first call.

    Args:
        folder: everything that Airflow writes goes below ``folder/airflow``.
        database_url: the metadata database, ``postgresql+psycopg://...``; that driver serves Airflow's synchronous and
            asynchronous sides alike, so no second one (asyncpg) is installed.
        port: where the pages and the API listen, on 127.0.0.1.
        dags: the DAG files.
        plugins: the plugin files; Airflow puts this folder on the import path.
        users: name to role (``admin``, ``op``, ``user``, ``viewer``).
        extra: more variables, such as ``AIRFLOW_CONN_...``; they win.
    """
    home = folder.resolve() / "airflow"
    temporary = home / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    base_url = f"http://127.0.0.1:{port}"
    here = {
        **_secrets(home),
        "DATABASE__SQL_ALCHEMY_CONN": database_url,
        "DATABASE__SQL_ALCHEMY_CONN_ASYNC": database_url,
        "CORE__DAGS_FOLDER": str(dags.resolve()),
        "CORE__PLUGINS_FOLDER": str(plugins.resolve()),
        "CORE__EXECUTION_API_SERVER_URL": f"{base_url}/execution/",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in users.items()),
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_passwords(home, users)),
        "API__PORT": str(port),
        "API__BASE_URL": base_url,
        "LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dag_processor"),
        "DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(home / "bundles"),
    }
    return {
        **base_environment(),
        **_NO_TELEMETRY,
        **(_MACOS if sys.platform == "darwin" else {}),
        **{f"AIRFLOW__{name}": value for name, value in (_FIXED | _SPEED | here).items()},
        "AIRFLOW_HOME": str(home),
        "HOME": str(home),
        "TMPDIR": str(temporary),
        **(extra or {}),
    }


def password_of(folder: Path, user: str) -> str:
    """The password of ``user`` in the Airflow of ``folder``."""
    kept: dict[str, str] = json.loads(_passwords_file(folder.resolve() / "airflow").read_text(encoding="utf-8"))
    return kept[user]


def _secrets(home: Path) -> dict[str, str]:
    """The keys of this folder, made once: Airflow's programs must agree on them, also after a restart."""
    file = home / "secrets.json"
    if not file.exists():
        made = {
            "CORE__FERNET_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "API__SECRET_KEY": secrets.token_urlsafe(48),
            "API_AUTH__JWT_SECRET": secrets.token_urlsafe(64),
        }
        _write_private(file, made)
    kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return kept


def _passwords(home: Path, users: Mapping[str, str]) -> Path:
    file = _passwords_file(home)
    kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    missing = users.keys() - kept.keys()
    if missing:
        _write_private(file, kept | {name: secrets.token_urlsafe(12) for name in sorted(missing)})
    return file


def _passwords_file(home: Path) -> Path:
    return home / "passwords.json"


def _write_private(file: Path, content: Mapping[str, str]) -> None:
    file.touch(mode=0o600)
    file.write_text(json.dumps(content), encoding="utf-8")
