"""A real Airflow in which a person decides: a batch that is unusual waits for them and goes on as they say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import CANARIES, with_canaries
from corridor import MONTH, Corridor, holds
from deciding import decide
from offices import Office
from post_office import PostOffice
from running import running

from amanah.demo.services.airflow_client import AirflowClient
from amanah.demo.services.postgres import Postgres
from amanah.node.settings import NodeSettings
from amanah.store import confirmations

pytestmark = pytest.mark.slow

PATIENCE = 240
PUBLISH = "idn-sau.idn.publish"
RIGHT, WRONG = "right_office.validate", "wrong_office.validate"
WHY = "passports of this month are still at the consulate"


@pytest.fixture
def airflow(corridor: Corridor, postgres: Postgres, post_office: PostOffice, tmp_path: Path) -> Iterator[AirflowClient]:
    """An Airflow whose Indonesian node has two offices that gave no passport number this month."""
    offices = [Office(tmp_path / "offices", "IDN", "placement", name) for name in ("right_office", "wrong_office")]
    for number, office in enumerate(offices, start=1):
        office.lay(MONTH, with_canaries(f"IDN-P-{number}") | {"passport_no": None})
    content = corridor.idn.settings.model_dump()
    sources = {office.name: office.settings.model_dump() for office in offices}
    corridor.idn.settings = NodeSettings.model_validate({**content, "sources": sources, "mail": post_office.settings})
    with running(tmp_path / "services", "airflow_that_asks", corridor, postgres, post_office) as client:
        yield client


def test_a_held_batch_waits_for_a_person_and_goes_on_as_they_decide(
    airflow: AirflowClient, corridor: Corridor, post_office: PostOffice
) -> None:
    airflow.wait_for_dags([PUBLISH], PATIENCE)
    run = airflow.trigger(PUBLISH, MONTH)

    asked = decide(airflow, PUBLISH, run, {RIGHT: "Load it as it is", WRONG: "Leave it out"}, WHY)

    assert airflow.wait(PUBLISH, run, PATIENCE) == "failed"
    assert asked[RIGHT].startswith(f"right_office {MONTH}")
    assert "present.passport_no" in asked[RIGHT]
    assert not any(canary in str(asked) for canary in CANARIES)
    found = {task["task_id"]: task["state"] for task in airflow.task_instances(PUBLISH, run)}
    assert (found[RIGHT], found[WRONG]) == ("success", "failed")
    assert holds(corridor.idn, "IDN").keys() == {"IDN-P-1"}
    with corridor.idn.database.engine.connect() as connection:
        [kept] = confirmations.of_batch(connection, "right_office", MONTH)
        assert confirmations.of_batch(connection, "wrong_office", MONTH) == []
    assert (kept.by, kept.why, kept.checks) == ("admin", WHY, ["present.passport_no"])
    mails = [mail.get_body(("plain", "html")).get_content() for mail in post_office.taken]
    assert any("batch right_office" in text and "required_actions" in text for text in mails)
