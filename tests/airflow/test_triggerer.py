"""A real Airflow, with a real triggerer: a scheduled run waits without a slot and goes on when a package is there."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from corridor import Corridor, settings_file

from amanah.demo.house import PROJECT
from amanah.demo.services.airflow import ADMIN, AirflowServices
from amanah.demo.services.airflow_client import AirflowClient
from amanah.demo.services.airflow_settings import settings
from amanah.demo.services.ports import free_port
from amanah.demo.services.postgres import Postgres
from amanah.demo.services.processes import Supervisor

pytestmark = pytest.mark.slow

PATIENCE = 180
DAG = """
import pendulum
from airflow.sdk import dag, task
from amanah.airflow.arrivals import WaitForPackages

@dag(schedule="@once", start_date=pendulum.datetime(2026, 1, 1), catchup=False)
def waits():
    wait = WaitForPackages(
        task_id="wait",
        node={node!r},
        sftp_conn_id="amanah_idn_sftp",
        schedule="0 0 1 1 *",
        time_zone="Asia/Jakarta",
        poke_interval=1,
    )

    @task
    def collect(new: int) -> int:
        return new

    collect(wait.output)

waits()
"""


@pytest.fixture
def airflow(corridor: Corridor, postgres: Postgres, tmp_path: Path) -> Iterator[AirflowClient]:
    """An Airflow with the one DAG, and the connection of Indonesia's node."""
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "waits.py").write_text(DAG.format(node=str(settings_file(corridor.idn))), encoding="utf-8")
    point = corridor.point.settings("IDN")
    login = {"conn_type": "sftp", "host": point.host, "port": point.port, "login": point.username}
    extra = {"key_file": str(point.private_key), "host_key": point.host_key}
    postgres.create_database("airflow_that_waits")
    env = settings(
        tmp_path / "services",
        database_url=postgres.url("airflow_that_waits"),
        port=free_port(),
        dags=tmp_path / "dags",
        plugins=PROJECT / "plugins",
        users={ADMIN: "admin"},
        extra={"AIRFLOW_CONN_AMANAH_IDN_SFTP": json.dumps(login | {"extra": extra})},
    )
    with Supervisor(tmp_path / "services") as supervisor:
        services = AirflowServices(tmp_path / "services", env)
        services.start(supervisor)
        with services.client() as client:
            yield client


def until(holds: Callable[[], bool]) -> None:
    """Look until ``holds``."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_run_waits_without_a_slot_until_a_package_is_there(airflow: AirflowClient, corridor: Corridor) -> None:
    airflow.wait_for_dags(["waits"], PATIENCE)

    def states() -> dict[str, str]:
        runs = airflow.runs("waits")
        found = airflow.task_instances("waits", runs[0]["dag_run_id"]) if runs else []
        return {task["task_id"]: task["state"] for task in found}

    until(lambda: states().get("wait") == "deferred")
    room = corridor.point.room("SAU", "placement")
    room.mkdir(parents=True)
    (room / "SAU-IDN-placement-000001.tar.pgp").write_bytes(b"sealed")
    until(lambda: states().get("collect") in ("success", "failed"))

    assert states() == {"wait": "success", "collect": "success"}
