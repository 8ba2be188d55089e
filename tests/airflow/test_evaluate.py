"""A real Airflow in which a person decides whether an edition is published."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import CANARIES, with_canaries
from corridor import Corridor, hold
from deciding import decide
from post_office import PostOffice
from running import running

from amanah.demo.services.airflow_client import AirflowClient
from amanah.demo.services.postgres import Postgres
from amanah.node.settings import PublishedSettings

pytestmark = pytest.mark.slow

PATIENCE = 240
EVALUATE, QUARTER = "idn-sau.idn.evaluate", "2026-Q3"
MEMBER = "jtf.secretariat@kp2mi.example"
AFTER = ("publish_edition", "tell_members")


@pytest.fixture
def airflow(corridor: Corridor, postgres: Postgres, post_office: PostOffice, tmp_path: Path) -> Iterator[AirflowClient]:
    """An Airflow for a corridor whose Indonesian node puts its editions into a folder for readers."""
    hold(corridor.idn, *(with_canaries(f"IDN-P-{number}") for number in range(20)))
    published = PublishedSettings(to=str(tmp_path / "readers"), address="https://editions.example")
    corridor.idn.settings = corridor.idn.settings.model_copy(update={"published": published})
    with running(tmp_path / "services", "airflow_that_evaluates", corridor, postgres, post_office) as client:
        yield client


def ended(airflow: AirflowClient, run: str) -> dict[str, str]:
    return {task["task_id"]: task["state"] for task in airflow.task_instances(EVALUATE, run)}


def test_an_edition_is_published_when_a_person_approves_and_not_before(
    airflow: AirflowClient, corridor: Corridor, post_office: PostOffice, tmp_path: Path
) -> None:
    idn, readers = corridor.idn, tmp_path / "readers"
    airflow.wait_for_dags([EVALUATE], PATIENCE)

    refused = airflow.trigger(EVALUATE, QUARTER)
    asked = decide(airflow, EVALUATE, refused, {"approve": "Reject"}, why="August is not right")
    draft = next((idn.store / "drafts" / QUARTER).glob("*.en.html")).read_text(encoding="utf-8")
    assert airflow.wait(EVALUATE, refused, PATIENCE) == "success"
    done = dict.fromkeys(("wait", "freeze", "draft", "approve"), "success")
    assert ended(airflow, refused) == done | dict.fromkeys(AFTER, "skipped")
    assert not readers.exists()
    assert not (idn.store / "editions").exists()
    assert post_office.sent_to(MEMBER) == []
    link = re.search(r"\(([^)]+)\)", asked["approve"])[1]
    assert link == f"{airflow.base_url}/amanah/IDN/draft/{QUARTER}"
    assert f"IDN: publish version 1 of {QUARTER}?" in asked["approve"]
    assert "draft, not approved" in draft
    assert "the certificate of Saudi Arabia for September 2026" in draft

    run = airflow.trigger(EVALUATE, QUARTER)
    asked |= decide(airflow, EVALUATE, run, {"approve": "Approve"})
    assert airflow.wait(EVALUATE, run, PATIENCE) == "success"
    assert ended(airflow, run) == done | dict.fromkeys(AFTER, "success")
    there = readers / "idn-sau" / QUARTER / "v1"
    assert {"SHA256SUMS.IDN.asc", "publish.json"} <= {path.name for path in there.iterdir()}
    [mail] = post_office.sent_to(MEMBER)
    assert f"https://editions.example/idn-sau/{QUARTER}/v1/" in mail.get_body(("plain",)).get_content()
    with idn.database.engine.connect() as connection:
        decisions = connection.exec_driver_sql("SELECT approved, by, why FROM edition_decision ORDER BY id").all()
    assert [(each.approved, each.why) for each in decisions] == [
        (False, "August is not right"),
        (True, "no reason given"),
    ]
    assert {each.by for each in decisions} == {"admin"}

    reason = {"en": "A package came late.", "id": "Satu paket terlambat.", "ar": "تأخرت حزمة."}
    revised = airflow.trigger(EVALUATE, QUARTER, conf={"reason": reason})
    decide(airflow, EVALUATE, revised, {"approve": "Approve"})
    assert airflow.wait(EVALUATE, revised, PATIENCE) == "success"
    assert {path.name for path in (readers / "idn-sau" / QUARTER).iterdir()} == {"v1", "v2"}
    assert len(post_office.sent_to(MEMBER)) == 2
    edition = airflow.links(EVALUATE, revised, "publish_edition")["Edition"]
    assert re.search(rf"/amanah/IDN/editions/{QUARTER}/v2/evaluation-IDN-SAU-2026Q3\.\w+\.html$", edition)
    assert not any(canary in str([asked, *post_office.taken]) for canary in CANARIES)
