"""DAGs can be read, say what to do when it fails, tell a lost link from bad data, and keep their steps in order."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amanah.demo.house import PROJECT

pytestmark = pytest.mark.slow

PARTIES = ("IDN", "SAU")
VERBS = ("publish", "collect", "reconcile", "notify", "evaluate", "verify", "resync")
Run = Callable[..., dict[str, Any]]
Dags = dict[str, dict[str, Any]]

LOST_LINK = (
    "ConnectionError",
    "ConnectionResetError",
    "TimeoutError",
    "SourceUnavailable",
    "TransportError",
    "MailServerUnavailable",
)
BAD_DATA = (
    "ValueError",
    "LookupError",
    "BatchRefused",
    "NotExtracted",
    "SourceError",
    "MappingError",
    "SettingsError",
    "SftpMisconfigured",
    "NameTaken",
    "ReconcileError",
)
STEPS = {
    "idn-sau.idn.publish": {
        "siskop2mi.extract": [],
        "siskop2mi.validate": ["siskop2mi.extract"],
        "siapkerja.extract": [],
        "siapkerja.validate": ["siapkerja.extract"],
        "peduli_wni.extract": [],
        "peduli_wni.validate": ["peduli_wni.extract"],
        "crisis_center.extract": [],
        "crisis_center.validate": ["crisis_center.extract"],
        "kbri_riyadh.extract": [],
        "kbri_riyadh.validate": ["kbri_riyadh.extract"],
        "publish_placement": ["siapkerja.validate", "siskop2mi.validate"],  # nothing waits for a witness
        "publish_complaint": ["crisis_center.validate", "kbri_riyadh.validate"],
        "deliver": ["publish_complaint", "publish_placement"],
    },
    "idn-sau.sau.collect": {
        "wait": [],
        "collect": ["wait"],
        "admit": ["collect"],
        "deliver": ["admit"],
        "complete_months": ["deliver"],
        "any_complete": ["complete_months"],
        "announce": ["any_complete", "complete_months"],
        "watch": ["deliver"],
    },
    "idn-sau.idn.reconcile": {"reconcile": [], "notify": ["reconcile"]},
    "idn-sau.sau.notify": {"notify": []},
    "idn-sau.sau.evaluate": {
        "wait": [],
        "freeze": ["wait"],
        "draft": ["freeze"],
        "approve": ["draft"],
        "publish_edition": ["approve", "freeze"],
        "tell_members": ["freeze", "publish_edition"],
    },
    "idn-sau.idn.verify": {"verify": [], "room": []},
    "idn-sau.idn.resync": {
        "measure_snapshot": [],
        "approve": ["measure_snapshot"],
        "publish_snapshot": ["approve"],
        "deliver": ["publish_snapshot"],
    },
}


@pytest.fixture(params=VERBS)
def both(request: pytest.FixtureRequest, dags: Dags) -> list[dict[str, Any]]:
    """The DAGs of both nodes for one verb."""
    return [dags[f"idn-sau.{party.lower()}.{request.param}"] for party in PARTIES]


def tasks(dags: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"{dag['file']} {name}": task for dag in dags for name, task in dag["tasks"].items()}


def test_each_node_has_seven_dags_and_there_are_no_import_errors(parsed: dict[str, Any]) -> None:
    assert parsed["import_errors"] == {}
    assert parsed["dags"].keys() == {f"idn-sau.{party.lower()}.{verb}" for party in PARTIES for verb in VERBS}


def test_one_node_has_its_own_seven_dags_only(in_airflow: Run, node_files: list[Path]) -> None:
    found = in_airflow("parsed.py", str(PROJECT / "dags"), nodes=node_files[:1])

    assert found["import_errors"] == {}
    assert found["dags"].keys() == {f"idn-sau.idn.{verb}" for verb in VERBS}


def test_an_airflow_without_nodes_has_no_dags_and_no_errors(in_airflow: Run) -> None:
    found = in_airflow("parsed.py", str(PROJECT / "dags"), nodes=[])

    assert (found["import_errors"], found["dags"]) == ({}, {})


def test_reading_the_dags_reaches_nothing_and_loads_nothing_heavy(parsed: dict[str, Any]) -> None:
    assert parsed["reached"] == []
    assert parsed["loaded"] == []


def test_every_dag_says_what_to_do_when_it_fails(both: list[dict[str, Any]]) -> None:
    assert ["**When it fails**" in dag["doc"] for dag in both] == [True, True]


def test_every_task_says_what_it_does(both: list[dict[str, Any]]) -> None:
    assert [name for name, task in tasks(both).items() if not task["doc"]] == []


def test_a_task_leads_to_the_page_that_explains_its_result(dags: Dags) -> None:
    leads = {
        task_id.rpartition(".")[2]: task["links"]
        for verb in VERBS
        for task_id, task in dags[f"idn-sau.idn.{verb}"]["tasks"].items()
        if task["links"]
    }

    assert leads == {
        "validate": ["Data Docs"],
        "publish_placement": ["Messages"],
        "publish_complaint": ["Messages"],
        "publish_snapshot": ["Messages"],
        "deliver": ["Messages"],
        "collect": ["Messages"],
        "admit": ["Messages"],
        "watch": ["Corridor"],
        "reconcile": ["Worklist"],
        "notify": ["Worklist"],
        "draft": ["Draft"],
        "publish_edition": ["Edition"],
    }


def test_dags_are_found_by_corridor_party_and_verb(dags: Dags) -> None:
    assert dags["idn-sau.sau.collect"]["tags"] == ["SAU", "amanah", "collect", "idn-sau"]


def test_every_task_has_an_owner_whose_address_is_known(both: list[dict[str, Any]]) -> None:
    for dag in both:
        assert {task["owner"] for task in dag["tasks"].values()} == set(dag["owner_links"])
        assert all(link.startswith("mailto:") for link in dag["owner_links"].values())


def test_an_earlier_month_runs_only_when_somebody_asks_for_it(both: list[dict[str, Any]]) -> None:
    assert [dag["catchup"] for dag in both] == [False, False]


def test_runs_follow_each_other_but_one_that_waits_keeps_nobody_back(dags: Dags) -> None:
    assert {dag_id.rpartition(".")[2]: dag["max_active_runs"] for dag_id, dag in dags.items() if ".idn." in dag_id} == {
        "publish": 1,
        "collect": 2,
        "reconcile": 1,
        "notify": 1,
        "evaluate": 4,
        "verify": 1,
        "resync": 1,
    }


def test_a_collection_that_hangs_is_told_an_hour_after_the_next_was_due(dags: Dags) -> None:
    minutes = {dag_id: dag["deadline"] for dag_id, dag in dags.items() if dag["deadline"]}

    assert minutes == {f"idn-sau.{party.lower()}.collect": [30 + 60] for party in PARTIES}


def test_every_task_is_tried_again_with_growing_pauses(both: list[dict[str, Any]]) -> None:
    assert {(task["retries"], task["backoff"]) for task in tasks(both).values()} == {(5, True)}


@pytest.mark.parametrize(("kinds", "verdict"), [(LOST_LINK, "retry"), (BAD_DATA, "fail")])
def test_a_lost_link_is_tried_again_and_bad_data_fails_at_once(
    both: list[dict[str, Any]], kinds: tuple[str, ...], verdict: str
) -> None:
    for name, task in tasks(both).items():
        assert {kind: task["verdicts"][kind] for kind in kinds} == dict.fromkeys(kinds, verdict), name


def test_what_nobody_foresaw_is_left_to_the_usual_retries(both: list[dict[str, Any]]) -> None:
    foreseen = {*LOST_LINK, *BAD_DATA}
    verdicts = {task["verdicts"][kind] for task in tasks(both).values() for kind in task["verdicts"].keys() - foreseen}

    assert verdicts == {"default"}


@pytest.mark.parametrize("party", PARTIES)
def test_the_engineer_of_the_node_is_told_of_every_failure(dags: Dags, party: str) -> None:
    engineer = {"IDN": "pipeline@kp2mi.example", "SAU": "pipeline@mhrsd.example"}[party]
    told = {"kind": "SmtpNotifier", "connection": f"amanah_{party.lower()}_smtp", "to": engineer}
    ours = [dags[f"idn-sau.{party.lower()}.{verb}"] for verb in VERBS]

    assert [name for name, task in tasks(ours).items() if task["on_failure"] != [told]] == []


def test_what_reaches_the_partner_waits_in_a_pool_and_nothing_else_does(dags: Dags) -> None:
    pooled = {
        (dag_id, name): task["pool"]
        for dag_id, dag in dags.items()
        for name, task in dag["tasks"].items()
        if task["pool"] != "default_pool"
    }

    assert pooled == {
        (f"idn-sau.{party}.{verb}", name): f"amanah_{party}_partner"
        for party in ("idn", "sau")
        for verb, name in (
            ("publish", "deliver"),
            ("collect", "collect"),
            ("collect", "deliver"),
            ("resync", "deliver"),
        )
    }


@pytest.mark.parametrize("dag_id", STEPS)
def test_steps_follow_each_other(dags: Dags, dag_id: str) -> None:
    assert {name: task["upstream"] for name, task in dags[dag_id]["tasks"].items()} == STEPS[dag_id]
