"""A real Airflow whose run hangs: the engineer gets the mail that it would have sent, and is told that it hangs."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import a_placement
from corridor import Corridor, settings_file
from post_office import PostOffice
from running import running
from sqlalchemy import update

from amanah.demo.services.airflow_client import AirflowClient
from amanah.demo.services.postgres import Postgres
from amanah.store.tables import message

pytestmark = pytest.mark.slow

PATIENCE = 240
DAG = """
from datetime import timedelta
from pathlib import Path

import pendulum
from airflow.sdk import DeadlineAlert, DeadlineReference, dag, task
from amanah.airflow.deadlines import run_hangs
from amanah.airflow.plans import NodePlan

told = run_hangs(NodePlan.load(Path({node!r}))).callback
soon = DeadlineAlert(reference=DeadlineReference.DAGRUN_QUEUED_AT, interval=timedelta(seconds=1), callback=told)

@dag(schedule="@once", start_date=pendulum.datetime(2026, 1, 1), catchup=False, deadline=soon)
def hangs():
    @task(pool="a pool without a slot")
    def collect():
        pass

    collect()

hangs()
"""


@pytest.fixture
def airflow(corridor: Corridor, postgres: Postgres, post_office: PostOffice, tmp_path: Path) -> Iterator[AirflowClient]:
    """An Airflow with one pipeline, which waits for a slot that it does not get."""
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "hangs.py").write_text(DAG.format(node=str(settings_file(corridor.idn))), encoding="utf-8")
    folder = {"AIRFLOW__CORE__DAGS_FOLDER": str(dags)}
    with running(tmp_path / "services", "airflow_that_hangs", corridor, postgres, post_office, **folder) as client:
        yield client


def test_the_engineer_is_mailed_what_is_late_although_the_run_does_not_end(
    corridor: Corridor, post_office: PostOffice, request: pytest.FixtureRequest
) -> None:
    late = corridor.send(a_placement())
    with corridor.idn.database.engine.begin() as connection:  # the answer was due in 2020
        connection.execute(update(message).values(answer_due_at="2020-01-01T00:00Z"))
    airflow: AirflowClient = request.getfixturevalue("airflow")
    deadline = time.monotonic() + PATIENCE
    while not post_office.taken:
        assert time.monotonic() < deadline
        time.sleep(0.2)

    assert [run["state"] for run in airflow.runs("hangs")] == ["running"]
    mail = post_office.taken[0]
    text = mail.get_body(("plain",)).get_content()
    assert mail["To"] == corridor.idn.agreement.parties["IDN"].engineer
    assert "pipeline hangs" in text
    assert "not answered" in text
    assert late in text
