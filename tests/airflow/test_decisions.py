"""A real Airflow in which a person decides: whether a stream is sent anew, an edition published, a batch loaded.

One Airflow for all of them: starting it takes longer than what is decided.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import CANARIES, with_canaries
from corridor import MONTH, NEXT_MONTH, Corridor, hold, holds, states
from deciding import decide
from offices import Office
from post_office import PostOffice
from running import running
from sqlalchemy import delete

from amanah.demo.services.airflow_client import AirflowClient
from amanah.demo.services.postgres import Postgres
from amanah.node.settings import NodeSettings, PublishedSettings
from amanah.store import confirmations
from amanah.store.tables import RECORDS

pytestmark = pytest.mark.slow

PATIENCE = 240
RESYNC, EVALUATE, PUBLISH = "idn-sau.idn.resync", "idn-sau.idn.evaluate", "idn-sau.idn.publish"
SNAPSHOT = "IDN-SAU-placement-000002"
QUARTER = "2026-Q3"
MEMBER = "jtf.secretariat@kp2mi.example"
AFTER = ("publish_edition", "tell_members")
RIGHT, WRONG = "right_office.validate", "wrong_office.validate"
WHY = "passports of this month are still at the consulate"


@pytest.fixture
def airflow(corridor: Corridor, postgres: Postgres, post_office: PostOffice, tmp_path: Path) -> Iterator[AirflowClient]:
    """An Airflow for a corridor in which all of that is to be decided.

    The partner's copy of two placements was lost; Indonesia's node puts its editions into a folder for readers; two of
    its offices gave no passport number this month.
    """
    corridor.send(with_canaries("IDN-P-1"), with_canaries("IDN-P-2"))
    corridor.exchange()
    assert holds(corridor.sau, "IDN").keys() == {"IDN-P-1", "IDN-P-2"}
    with corridor.sau.database.engine.begin() as connection:
        connection.execute(delete(RECORDS["placement"]).where(RECORDS["placement"].c.holder == "IDN"))
    hold(corridor.idn, *(with_canaries(f"IDN-P-{number}") for number in range(10, 30)), month=NEXT_MONTH)
    offices = [Office(tmp_path / "offices", "IDN", "placement", name) for name in ("right_office", "wrong_office")]
    for number, office in enumerate(offices, start=31):
        office.lay(MONTH, with_canaries(f"IDN-P-{number}") | {"passport_no": None})
    content = corridor.idn.settings.model_dump() | {
        "sources": {office.name: office.settings.model_dump() for office in offices},
        "mail": post_office.settings,
        "published": PublishedSettings(to=str(tmp_path / "readers"), address="https://editions.example"),
    }
    corridor.idn.settings = NodeSettings.model_validate(content)
    with running(tmp_path / "services", "airflow_that_asks", corridor, postgres, post_office) as client:
        client.wait_for_dags([RESYNC, EVALUATE, PUBLISH], PATIENCE)
        yield client


def test_nothing_happens_before_a_person_has_decided(
    airflow: AirflowClient, corridor: Corridor, post_office: PostOffice, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    with subtests.test("a snapshot is sent when a person approves"):
        a_snapshot_is_sent_when_a_person_approves(airflow, corridor, post_office)
    with subtests.test("an edition is published when a person approves"):
        an_edition_is_published_when_a_person_approves(airflow, corridor, post_office, tmp_path / "readers")
    with subtests.test("a held batch waits for a person and goes on as they decide"):
        a_held_batch_goes_on_as_a_person_decides(airflow, corridor, post_office)


def ended(airflow: AirflowClient, dag: str, run: str) -> dict[str, str]:
    return {task["task_id"]: task["state"] for task in airflow.task_instances(dag, run)}


def a_snapshot_is_sent_when_a_person_approves(
    airflow: AirflowClient, corridor: Corridor, post_office: PostOffice
) -> None:
    refused = airflow.trigger(RESYNC, conf={"stream": "placement", "month": MONTH})
    decide(airflow, RESYNC, refused, {"approve": "Reject"})
    assert airflow.wait(RESYNC, refused, PATIENCE) == "success"
    assert ended(airflow, RESYNC, refused) == {"measure_snapshot": "success", "approve": "success"} | dict.fromkeys(
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


def an_edition_is_published_when_a_person_approves(
    airflow: AirflowClient, corridor: Corridor, post_office: PostOffice, readers: Path
) -> None:
    idn = corridor.idn
    refused = airflow.trigger(EVALUATE, QUARTER)
    asked = decide(airflow, EVALUATE, refused, {"approve": "Reject"}, why="August is not right")
    draft = next((idn.store / "drafts" / QUARTER).glob("*.en.html")).read_text(encoding="utf-8")
    assert airflow.wait(EVALUATE, refused, PATIENCE) == "success"
    done = dict.fromkeys(("wait", "freeze", "draft", "approve"), "success")
    assert ended(airflow, EVALUATE, refused) == done | dict.fromkeys(AFTER, "skipped")
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
    assert ended(airflow, EVALUATE, run) == done | dict.fromkeys(AFTER, "success")
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


def a_held_batch_goes_on_as_a_person_decides(
    airflow: AirflowClient, corridor: Corridor, post_office: PostOffice
) -> None:
    run = airflow.trigger(PUBLISH, MONTH)

    asked = decide(airflow, PUBLISH, run, {RIGHT: "Load it as it is", WRONG: "Leave it out"}, WHY)

    assert airflow.wait(PUBLISH, run, PATIENCE) == "failed"
    assert asked[RIGHT].startswith(f"right_office {MONTH}")
    assert "present.passport_no" in asked[RIGHT]
    assert not any(canary in str(asked) for canary in CANARIES)
    found = ended(airflow, PUBLISH, run)
    assert (found[RIGHT], found[WRONG]) == ("success", "failed")
    assert holds(corridor.idn, "IDN").keys() & {"IDN-P-31", "IDN-P-32"} == {"IDN-P-31"}
    with corridor.idn.database.engine.connect() as connection:
        [kept] = confirmations.of_batch(connection, "right_office", MONTH)
        assert confirmations.of_batch(connection, "wrong_office", MONTH) == []
    assert (kept.by, kept.why, kept.checks) == ("admin", WHY, ["present.passport_no"])
    mails = [mail.get_body(("plain", "html")).get_content() for mail in post_office.taken]
    assert any("batch right_office" in text and "required_actions" in text for text in mails)
