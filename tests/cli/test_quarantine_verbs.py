"""``amanah node quarantine``: what waits is listed without its row, and let out once it is right."""

import json

import pytest
from builders import with_canaries
from corridor import settings_file

from amanah.store import quarantine

pytestmark = pytest.mark.slow


@pytest.fixture
def node_file(a_node):
    """A node with one refused row of a source that it no longer has."""
    node = a_node("IDN")
    raw = {name: None if value is None else str(value) for name, value in with_canaries("IDN-P-3").items()}
    row = {"source": "office", "period": "2026-07", "position": "line 3", "record_ref": "IDN-P-3", "field": "sex"}
    with node.database.engine.begin() as connection:
        quarantine.add(connection, [row | {"code": "unknown_code", "message": "sex: unknown", "raw": raw}])
    return str(settings_file(node))


def test_the_list_says_why_and_never_what(amanah, node_file):
    said = amanah("node", "quarantine", "list", "--node", node_file)

    assert said.status == 0
    assert "id 1, source office, period 2026-07, record_ref IDN-P-3, field sex, code unknown_code" in said.output
    assert "KANARI" not in said.output


def test_one_entry_is_shown_with_its_row_and_a_warning(amanah, node_file):
    said = amanah("node", "quarantine", "show", "1", "--node", node_file, "--json")

    assert json.loads(said.output)["raw"]["name_latin"] == "KANARI BURUNG"
    assert "personal data: for this terminal only" in said.error


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (("show", "9"), 1, "quarantine entry 9 does not exist"),
        (("release", "9", "--why", "x"), 1, "quarantine entry 9 does not exist"),
        (("release", "1", "--why", "x"), 2, "node.yaml has no source 'office'"),
        (("release", "1", "--why", "x", "--set", "sex"), 2, "expected COLUMN=VALUE"),
        (("release", "1", "--why", "  "), 2, "expected what was wrong and how it is known"),
        (("show", str(2**70)), 2, "Input should be less than or equal to"),
        (("list", "--period", "July"), 2, "expected a month such as 2026-07"),
    ],
)
def test_a_call_that_cannot_be_done_says_why(amanah, node_file, arguments, status, text):
    said = amanah("node", "quarantine", *arguments, "--node", node_file)

    assert (said.status, text in said.error) == (status, True), said.error
    assert "KANARI" not in said.error
