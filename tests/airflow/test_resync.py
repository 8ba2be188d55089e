"""A real Airflow in which a person decides whether the partner gets the whole of a stream once more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import CANARIES, with_canaries
from corridor import MONTH, Corridor, holds, states
from deciding import decide
from post_office import PostOffice
from running import running
from sqlalchemy import delete

from amanah.demo.services.airflow_client import AirflowClient
from amanah.demo.services.postgres import Postgres
from amanah.store.tables import RECORDS

pytestmark = pytest.mark.slow

PATIENCE = 240
RESYNC = "idn-sau.idn.resync"
SNAPSHOT = "IDN-SAU-placement-000002"


@pytest.fixture
def airflow(corridor: Corridor, postgres: Postgres, post_office: PostOffice, tmp_path: Path) -> Iterator[AirflowClient]:
    """An Airflow for a corridor in which the partner's copy of two placements was lost."""
    corridor.send(with_canaries("IDN-P-1"), with_canaries("IDN-P-2"))
    corridor.exchange()
    assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1", "IDN-P-2"}
    with corridor.sau.database.engine.begin() as connection:
        connection.execute(delete(RECORDS["placement"]).where(RECORDS["placement"].c.holder == "IDN"))
    with running(tmp_path / "services", "airflow_that_resyncs", corridor, postgres, post_office) as client:
        yield client


def test_a_snapshot_is_sent_when_a_person_approves_and_not_before(
    airflow: AirflowClient, corridor: Corridor, post_office: PostOffice
) -> None:
    airflow.wait_for_dags([RESYNC], PATIENCE)

    refused = airflow.trigger(RESYNC, conf={"stream": "placement", "month": MONTH})
    decide(airflow, RESYNC, refused, {"approve": "Reject"})
    assert airflow.wait(RESYNC, refused, PATIENCE) == "success"
    ended = {task["task_id"]: task["state"] for task in airflow.task_instances(RESYNC, refused)}
    assert ended == {"measure_snapshot": "success", "approve": "success"} | dict.fromkeys(
        ("publish_snapshot", "deliver"), "skipped"
    )
    assert SNAPSHOT not in states(corridor.idn)

    run = airflow.trigger(RESYNC, conf={"stream": "placement", "month": MONTH})
    asked = decide(airflow, RESYNC, run, {"approve": "Approve"})
    assert airflow.wait(RESYNC, run, PATIENCE) == "success"
    corridor.exchange()

    assert f"2 records, as they were known at the end of {MONTH}" in asked["approve"]
    assert "IDN: send all of placement to the partner once more?" in asked["approve"]
    assert not any(canary in str(asked) for canary in CANARIES)
    assert states(corridor.idn)[SNAPSHOT] == "accepted"
    assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1", "IDN-P-2"}
    mails = [mail.get_body(("plain", "html")).get_content() for mail in post_office.taken]
    assert any("required_actions" in text for text in mails)
