"""A real Airflow, with a real triggerer: a scheduled run waits without a slot and goes on when a package is there."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from corridor import SILENT, Corridor, settings_file
from served import Server, api_connection

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
def {name}():
    wait = WaitForPackages(
        task_id="wait",
        node={node!r},
        schedule="0 0 1 1 *",
        time_zone="Asia/Jakarta",
        poke_interval=1,
    )

    @task
    def collect(new: int) -> int:
        return new

    collect(wait.output)

{name}()
"""


@pytest.fixture
def server(corridor: Corridor, tmp_path: Path) -> Iterator[Server]:
    """The HTTPS service over the folders that the SSH server serves."""
    server = Server(tmp_path, corridor.point.files, state=str(tmp_path / "state"))
    yield server
    server.stop()


@pytest.fixture
def airflow(corridor: Corridor, server: Server, postgres: Postgres, tmp_path: Path) -> Iterator[AirflowClient]:
    """An Airflow with a DAG for each node: Indonesia's waits over SFTP, Saudi Arabia's over HTTPS."""
    text = SILENT.replace("{use: sftp}", "{use: api}")
    (tmp_path / "over-https.yaml").write_text(text, encoding="utf-8")
    agreed = {"agreement": tmp_path / "over-https.yaml"}
    corridor.sau.settings = corridor.sau.settings.model_copy(update=agreed)
    (tmp_path / "dags").mkdir()
    for name, node in (("over_sftp", corridor.idn), ("over_https", corridor.sau)):
        dag = DAG.format(name=name, node=str(settings_file(node)))
        (tmp_path / "dags" / f"{name}.py").write_text(dag, encoding="utf-8")
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
        extra={
            "AIRFLOW_CONN_AMANAH_IDN_SFTP": json.dumps(login | {"extra": extra}),
            "AIRFLOW_CONN_AMANAH_SAU_API": json.dumps(api_connection("SAU", server)),
        },
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
    dags = ("over_sftp", "over_https")
    airflow.wait_for_dags(list(dags), PATIENCE)

    def states(dag: str) -> dict[str, str]:
        runs = airflow.runs(dag)
        found = airflow.task_instances(dag, runs[0]["dag_run_id"]) if runs else []
        return {task["task_id"]: task["state"] for task in found}

    until(lambda: all(states(dag).get("wait") == "deferred" for dag in dags))
    for sender, receiver in (("SAU", "IDN"), ("IDN", "SAU")):
        room = corridor.point.room(sender, "placement")
        room.mkdir(parents=True)
        (room / f"{sender}-{receiver}-placement-000001.tar.pgp").write_bytes(b"sealed")
    until(lambda: all(states(dag).get("collect") in ("success", "failed") for dag in dags))

    assert [states(dag) for dag in dags] == [{"wait": "success", "collect": "success"}] * 2
