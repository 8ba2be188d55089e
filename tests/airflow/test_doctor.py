"""``amanah doctor`` where Airflow runs: what the pipelines would use is what is looked at, wherever it is kept."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corridor import Corridor, settings_file
from post_office import PostOffice

from amanah.demo.services.ports import free_port
from amanah.demo.services.postgres import Postgres

pytestmark = pytest.mark.slow

Found = dict[str, dict[str, str]]
Doctor = Callable[..., tuple[int, Found, str]]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The variables of an Airflow without a database."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "AMANAH"))},
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path / 'no' / 'database'}",
    }


@pytest.fixture
def doctor(corridor: Corridor, home: dict[str, str]) -> Doctor:
    """Ask for Indonesia's node, whose ``node.yaml`` leads nowhere, with these variables of the environment."""
    point = corridor.idn.settings.sftp
    assert point is not None
    corridor.idn.settings = corridor.idn.settings.model_copy(
        update={"sftp": point.model_copy(update={"port": free_port()})}
    )
    file = str(settings_file(corridor.idn))

    def ask(*options: str, **variables: str) -> tuple[int, Found, str]:
        argv = [str(Path(sys.executable).with_name("amanah")), "doctor", "--node", file, "--json", *options]
        env = {**home, "AMANAH_NODES": file, **variables}
        done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=180)
        return done.returncode, {each["check"]: each for each in json.loads(done.stdout)}, done.stdout + done.stderr

    return ask


@pytest.fixture
def connections(corridor: Corridor, post_office: PostOffice) -> dict[str, dict[str, Any]]:
    """Airflow's connections to what can be reached."""
    point, mail = corridor.point.settings("IDN"), post_office.settings
    extra = {"key_file": str(point.private_key), "host_key": point.host_key}
    return {
        "amanah_idn_sftp": {
            "conn_type": "sftp",
            "host": point.host,
            "port": point.port,
            "login": point.username,
            "extra": extra,
        },
        "amanah_idn_smtp": {
            "conn_type": "smtp",
            "host": mail.host,
            "port": mail.port,
            "extra": {"disable_ssl": True, "disable_tls": True, "from_email": "a@b.example"},
        },
    }


def test_the_connections_are_what_is_looked_at(doctor: Doctor, connections: dict[str, Any]) -> None:
    given = {f"AIRFLOW_CONN_{name.upper()}": json.dumps(value) for name, value in connections.items()}

    status, found, _ = doctor(**given)

    assert status == 0, found
    for check in ("connection amanah_idn_sftp", "connection amanah_idn_smtp", "SFTP sign-in", "SFTP storing", "mail"):
        assert found[check]["state"] == "ok", check
    assert found["connection amanah_idn_keys"]["said"] == "Airflow has none; keys of node.yaml is used"
    assert "connection amanah_idn_api" not in found  # the agreement has no such wire

    status, found, _ = doctor("--no-airflow", **given)
    assert (status, found["SFTP sign-in"]["state"]) == (3, "unreachable")
    assert not [check for check in found if check.startswith("connection")]


def test_one_that_cannot_be_used_is_named_and_shows_no_secret(doctor: Doctor, connections: dict[str, Any]) -> None:
    sftp = connections["amanah_idn_sftp"]
    unpinned = json.dumps({**sftp, "password": "GEHEIM", "extra": {"no_host_key_check": "true"}})

    status, found, everything = doctor(AIRFLOW_CONN_AMANAH_IDN_SFTP=unpinned)

    assert status == 1
    assert found["SFTP sign-in"]["state"] == found["connection amanah_idn_smtp"]["state"] == "failed"
    assert "must pin the exchange point's host key" in found["SFTP sign-in"]["said"]
    assert "GEHEIM" not in everything


def test_connections_kept_in_airflows_database_are_found_too(
    doctor: Doctor, connections: dict[str, Any], home: dict[str, str], postgres: Postgres
) -> None:
    postgres.create_database("airflow_with_connections")
    url = postgres.url("airflow_with_connections")
    home |= {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": url}
    airflow = str(Path(sys.executable).with_name("airflow"))
    subprocess.run([airflow, "db", "migrate"], env=home, check=True, capture_output=True)
    for name, value in connections.items():
        argv = [airflow, "connections", "add", name, "--conn-json", json.dumps(value)]
        subprocess.run(argv, env=home, check=True, capture_output=True)

    status, found, _ = doctor()

    assert status == 0, found
    assert found["connection amanah_idn_sftp"]["said"] == "Airflow has it"
    assert found["SFTP storing"]["state"] == "ok"
