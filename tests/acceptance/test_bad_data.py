"""Data that is not what was agreed stops the pipeline at once; the engineer is told where to look, and not more."""

import pytest
from bad_month import DAG_ID, MONTH, PARTY, SOURCE, BadMonth
from demonstrations import Demonstration

pytestmark = pytest.mark.slow


def test_the_run_fails_at_the_first_try(bad_month: BadMonth) -> None:
    refused = bad_month.tasks[f"{SOURCE}.validate"]

    assert bad_month.state == "failed"
    assert (refused["state"], refused["try_number"]) == ("failed", 1)


def test_nothing_of_the_month_is_published(bad_month: BadMonth, demonstration: Demonstration) -> None:
    assert bad_month.tasks["publish_placement"]["state"] == "upstream_failed"
    assert bad_month.tasks["deliver"]["state"] == "upstream_failed"
    sent = "SELECT count(*) FROM message WHERE direction = 'out' AND stream = 'placement' AND period = %(month)s"
    assert demonstration.ask(PARTY, sent, month=MONTH) == [(0,)]


def test_the_engineer_is_told_which_task_failed(bad_month: BadMonth, demonstration: Demonstration) -> None:
    assert bad_month.mail["To"] == demonstration.agreement.parties[PARTY].engineer
    assert bad_month.mail["Subject"] == f"[amanah] {DAG_ID}: {SOURCE}.validate failed"


def test_the_engineer_is_told_before_that_where_to_decide(bad_month: BadMonth, demonstration: Demonstration) -> None:
    page = bad_month.waited.get_body(("plain",))

    assert page is not None
    assert bad_month.waited["To"] == demonstration.agreement.parties[PARTY].engineer
    assert f"{demonstration.address}/dags/{DAG_ID}/runs/" in page.get_content().replace("\n", "")
    assert f"{SOURCE} {MONTH}" in bad_month.asked


def test_the_mail_links_the_log_of_the_task(bad_month: BadMonth, demonstration: Demonstration) -> None:
    page = bad_month.mail.get_body(("html",))

    assert page is not None
    assert f'<a href="{demonstration.address}/dags/{DAG_ID}/runs/' in page.get_content()
