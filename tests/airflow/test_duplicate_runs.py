"""Runs of one pipeline at the same moment, in a real Airflow: nothing is sent, taken or answered twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import a_placement
from corridor import MONTH, Corridor, entries, hold, holds, ledger_is_whole, states
from post_office import PostOffice
from running import running

from amanah.demo.services.airflow_client import AirflowClient
from amanah.demo.services.postgres import Postgres

pytestmark = pytest.mark.slow

PATIENCE = 300
PUBLISH, COLLECT = "idn-sau.idn.publish", "idn-sau.sau.collect"
SENT = {"IDN-SAU-placement-000001", "IDN-SAU-complaint-000001"}


@pytest.fixture
def airflow(corridor: Corridor, postgres: Postgres, post_office: PostOffice, tmp_path: Path) -> Iterator[AirflowClient]:
    """An Airflow with the pipelines of both nodes, and room for both runs of each task."""
    with running(tmp_path / "services", "airflow_twice", corridor, postgres, post_office) as client:
        yield client


def test_what_two_runs_do_at_once_is_done_once(airflow: AirflowClient, corridor: Corridor) -> None:
    hold(corridor.idn, a_placement("IDN-P-1"))
    airflow.wait_for_dags([PUBLISH, COLLECT], PATIENCE)

    for dag, key in ((PUBLISH, MONTH), (COLLECT, None)):
        runs = [airflow.trigger(dag, key) for _ in range(2)]
        assert [airflow.wait(dag, run, PATIENCE) for run in runs] == ["success", "success"]
    corridor.exchange()

    for node, event in ((corridor.idn, "built"), (corridor.idn, "stored"), (corridor.sau, "received")):
        done = [entry.message_id for entry in entries(node) if entry.event == event]
        assert len(done) == len(set(done))
        assert set(done) >= SENT
    answered = [entry.message_id for entry in entries(corridor.sau) if entry.event == "answered"]
    assert len(answered) == len(set(answered))
    assert {states(corridor.idn)[name] for name in SENT} == {"accepted"}
    assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1"}
    assert ledger_is_whole(corridor.idn)
    assert ledger_is_whole(corridor.sau)
