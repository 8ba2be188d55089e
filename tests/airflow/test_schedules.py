"""When pipelines run, and for which month: by the party's own calendar, and by what has arrived."""

from typing import Any

import pytest

pytestmark = pytest.mark.slow

Dags = dict[str, dict[str, Any]]


@pytest.mark.parametrize(
    ("party", "moment"), [("idn", "2029-12-31T19:00:00+00:00"), ("sau", "2029-12-31T23:00:00+00:00")]
)
def test_the_run_in_the_first_night_of_a_month_is_for_the_month_before(dags: Dags, party: str, moment: str) -> None:
    """Two in the morning of 1 January in Jakarta and in Riyadh: both still publish December."""
    assert dags[f"idn-sau.{party}.publish"]["run"] == {"at": moment, "key": "2029-12"}


@pytest.mark.parametrize(
    ("party", "moment"), [("idn", "2030-01-02T00:30:00+00:00"), ("sau", "2030-01-02T04:30:00+00:00")]
)
def test_the_desks_are_told_at_half_past_seven_of_their_own_morning(dags: Dags, party: str, moment: str) -> None:
    assert dags[f"idn-sau.{party}.notify"]["run"] == {"at": moment, "key": "2030-01-02"}


@pytest.mark.parametrize("party", ["idn", "sau"])
def test_a_backfill_has_one_run_for_each_month(dags: Dags, party: str) -> None:
    assert dags[f"idn-sau.{party}.publish"]["backfill"] == ["2026-07", "2026-08", "2026-09"]


@pytest.mark.parametrize(
    ("party", "midnight"), [("idn", "2025-12-31T17:00:00+00:00"), ("sau", "2025-12-31T21:00:00+00:00")]
)
def test_pipelines_run_from_the_day_the_agreement_is_in_force(dags: Dags, party: str, midnight: str) -> None:
    """1 January 2026 begins in Jakarta four hours before it begins in Riyadh."""
    assert {dag["start"] for dag_id, dag in dags.items() if f".{party}." in dag_id} == {midnight}


def test_a_quarter_is_complete_with_its_three_months(dags: Dags) -> None:
    evaluate = dags["idn-sau.idn.evaluate"]

    assert evaluate["quarter_of"] == {"2026-07": "2026-Q3", "2026-12": "2026-Q4"}
    assert evaluate["months_of"] == ["2026-07", "2026-08", "2026-09"]


def test_each_pipeline_waits_for_what_the_ones_before_it_announce(dags: Dags) -> None:
    idn = {dag_id.rpartition(".")[2]: dag for dag_id, dag in dags.items() if ".idn." in dag_id}
    announced = {
        verb: sorted(asset for task in dag["tasks"].values() for asset in task["outlets"]) for verb, dag in idn.items()
    }

    assert announced == {
        "publish": ["idn-sau.idn.published"],
        "collect": ["idn-sau.idn.admitted"],
        "reconcile": ["idn-sau.idn.reconciled"],
        "notify": [],
        "evaluate": ["idn-sau.idn.evaluated"],
        "verify": [],
        "resync": [],
    }
    assert {verb: dag["waits_for"] for verb, dag in idn.items()} == {
        "publish": [],
        "collect": [],
        "reconcile": ["idn-sau.idn.admitted", "idn-sau.idn.published"],
        "notify": [],
        "evaluate": ["idn-sau.idn.reconciled"],
        "verify": [],
        "resync": [],
    }
