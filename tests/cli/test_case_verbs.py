"""``amanah node case``: a case is listed without anything personal, worked on, and every look at it is kept."""

import json

import pytest
from corridor import settings_file
from found import of
from sqlalchemy import select

from amanah.cases.worklist import update_cases
from amanah.store import findings
from amanah.store.tables import case_look, discrepancy, link

pytestmark = pytest.mark.slow

ONE, TWO = "0" * 15 + "1", "0" * 15 + "2"


@pytest.fixture
def node(a_node):
    """A node on whose worklist two values differ."""
    node = a_node("IDN")
    found = [
        {
            "id": number,
            "stream": "placement",
            "class": "field",
            "severity": "medium",
            "field": "wage_amount",
            "ours_ref": f"IDN-P-{number[-1]}",
            "theirs_ref": f"SAU-P-{number[-1]}",
            "area": "SA-01",
            "ours": "4321.09 SAR",
            "theirs": "1500.00 SAR",
        }
        for number in (ONE, TWO)
    ]
    with node.database.engine.begin() as connection:
        findings.record(connection, "2026-07", links=of(link, []), discrepancies=of(discrepancy, found), summary={})
        update_cases(connection, node.agreement, us="IDN", period="2026-07")
    return node


@pytest.fixture
def case(amanah, node):
    def call(*arguments):
        return amanah("node", "case", *arguments, "--node", str(settings_file(node)))

    return call


def test_the_list_holds_nothing_personal(case):
    said = case("list")

    assert said.status == 0
    assert f"number {ONE}, state open, age " in said.output
    assert "desk attache.riyadh@kp2mi.example" in said.output
    assert "4321.09" not in said.output


def test_a_list_goes_on_where_it_stopped(case):
    first = case("list", "--most", "1", "--json")
    assert f"more: --after {ONE}" in first.error

    second = case("list", "--most", "1", "--after", ONE, "--json")

    assert [json.loads(said.output)[0]["number"] for said in (first, second)] == [ONE, TWO]


def test_one_case_is_shown_with_both_values_and_the_look_is_kept(case, node):
    said = case("show", ONE, "--why", "the worker called", "--by", "siti", "--json")

    shown = json.loads(said.output)
    assert (shown["ours"], shown["theirs"]) == ("4321.09 SAR", "1500.00 SAR")
    assert shown["history"][0]["action"] == "found"
    assert shown["possible"][:3] == ["take", "hand_over", "wait"]
    assert "personal data: for this terminal only" in said.error
    with node.database.engine.connect() as connection:
        [look] = connection.execute(select(case_look)).all()
    assert (look.by, look.role, look.number, look.why) == ("siti", "terminal", ONE, "the worker called")


def test_a_case_whose_month_was_reconciled_again_without_it_is_still_shown(case, node):
    with node.database.engine.begin() as connection:
        findings.record(connection, "2026-07", links=of(link, []), discrepancies=of(discrepancy, []), summary={})
        update_cases(connection, node.agreement, us="IDN", period="2026-07")

    said = case("show", ONE, "--why", "what became of it", "--json")

    assert said.status == 0, said.error
    assert (json.loads(said.output)["case"]["state"], json.loads(said.output)["ours"]) == ("closed", None)


def test_several_at_once_and_what_cannot_be_done_is_said(case):
    assert case("take", ONE, TWO, "--by", "siti").status == 0
    assert case("resolve", ONE, "--as", "theirs_wrong", "--why", "seen the contract", "--by", "siti").status == 0

    said = case("wait", ONE, TWO, "--for", "partner", "--why", "asked them", "--by", "siti", "--json")

    done = {each["number"]: each for each in json.loads(said.output)}
    assert said.status == 1
    assert done[TWO]["state"] == "waiting"
    assert done[ONE]["fault"].startswith(f"case {ONE} is resolved: wait is not possible")


def test_a_case_that_has_changed_is_not_overwritten(case):
    case("take", ONE, "--by", "budi")

    said = case("comment", ONE, "--why", "x", "--by", "siti", "--seen", "1", "--json")

    assert said.status == 1
    assert "has changed since it was looked at (budi: take)" in json.loads(said.output)[0]["fault"]


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (("show", ONE, "--why", " "), 2, "expected what it is looked at for"),
        (("witnessed", "--why", " "), 2, "expected what it is looked at for"),
        (("show", "9", "--why", "x"), 1, "there is no case 9"),
        (("resolve", ONE, TWO, "--as", "ours_wrong", "--ours", "1", "--why", "x"), 2, "a value is one case's"),
        (("take", ONE, TWO, "--seen", "1"), 2, "a version is one case's"),
        (("list", "--state", "lost"), 2, "is not one of"),
    ],
)
def test_a_call_that_cannot_be_done_says_why(case, arguments, status, text):
    said = case(*arguments)

    assert (said.status, text in said.error) == (status, True), said.error
    assert "4321.09" not in said.error
