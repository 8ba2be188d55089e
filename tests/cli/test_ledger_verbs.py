"""``amanah ledger``: the head, the check, the search and the evidence, as a person calls them."""

import json

import pytest
from builders import a_placement
from corridor import settings_file
from pydantic import SecretStr
from sqlalchemy import text

from amanah.exchange import ledger
from amanah.node.node import Node
from amanah.node.settings import LedgerSettings
from amanah.store.database import Database

pytestmark = pytest.mark.slow

FIRST = "IDN-SAU-placement-000001"


@pytest.fixture
def node_file(corridor):
    """Indonesia's node after a message with one good and one refused record."""
    corridor.send(a_placement("IDN-P-1"), a_placement("IDN-P-2", sex="W"))
    corridor.exchange()
    return str(settings_file(corridor.idn))


def test_the_head_that_is_printed_is_the_one_that_is_checked(amanah, node_file):
    head = amanah("ledger", "head", "--node", node_file).output.strip()
    said = amanah("ledger", "verify", "--node", node_file, "--known-head", head)

    assert (said.status, said.error) == (0, "")
    assert said.output == f"the ledger holds: 6 entries, 2 messages, 2 packages\nhead {head}\n"
    assert json.loads(amanah("ledger", "head", "--node", node_file, "--json").output)["position"] == 6


def test_a_fault_is_told_with_what_to_do_and_the_status_is_1(amanah, node_file, corridor):
    corridor.idn.endpoint.outbox(f"{FIRST}.tar.pgp").unlink()

    said = amanah("ledger", "verify", "--node", node_file)
    as_json = amanah("ledger", "verify", "--node", node_file, "--json")

    assert (said.status, as_json.status) == (1, 1)
    assert said.output.startswith(
        f"{FIRST}: its package is gone from outbox/\n    bring the package back from a backup"
    )
    assert "1 fault(s): 6 entries" in said.output
    assert json.loads(as_json.output)["faults"][0]["where"] == FIRST
    assert amanah("ledger", "verify", "--node", node_file, "--no-packages").status == 0


def test_a_node_with_one_role_is_told_what_is_weaker(amanah, corridor, postgres):
    name = str(corridor.idn.database.url.database)
    settings = corridor.idn.settings.model_copy(update={"database": SecretStr(postgres.url(name))})

    said = amanah("ledger", "verify", "--node", str(settings_file(Node(settings))))

    assert said.status == 0
    assert "role amanah could change the ledger" in said.error
    assert "database_owner" in said.error


def test_a_ledger_that_fills_its_room_is_told_and_nothing_stops(amanah, corridor, node_file, postgres):
    owner = Database(postgres.url(str(corridor.idn.database.url.database)))
    with owner.engine.begin() as connection:
        connection.execute(text("ALTER TABLE ledger ALTER COLUMN detail SET STORAGE EXTERNAL"))
        ledger.append(connection, FIRST, "alarm")
        connection.execute(text("ALTER TABLE ledger DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE ledger SET detail = jsonb_build_object('x', repeat('x', 900000))"))
    owner.engine.dispose()
    settings = corridor.idn.settings.model_copy(update={"ledger": LedgerSettings(room_mb=1)})

    said = amanah("ledger", "head", "--node", str(settings_file(Node(settings))))

    assert said.status == 0
    assert "of the 1 MB that node.yaml gives it" in said.error
    corridor.send(a_placement("IDN-P-3"), month="2026-08")


def test_the_life_of_a_record_is_told_in_plain_lines(amanah, node_file):
    said = amanah("ledger", "find", "--node", node_file, "--record", "IDN-P-2")

    lines = said.output.splitlines()
    assert lines[0] == f"{FIRST}: records of 2026-07, 2 record(s), sent; accepted"
    assert [line.split()[3] for line in lines[1:5]] == ["built", "sent", "stored", "accepted"]
    assert "receipt_sha256" in lines[4]
    assert lines[5] == "  refused: 401 x1"
    assert lines[6].startswith("  record IDN-P-2: new, revision 1; refused: 401 the record does not keep to its schema")


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        ((), 2, "say what to look for"),
        (("--message", "IDN-SAU-placement-000009"), 1, "no message fits"),
        (("--period", "July"), 2, "expected a month such as 2026-07"),
        (("--since", "yesterday"), 2, "expected a day or a time"),
        (("--since", "2099-01-01"), 1, "no message fits"),
    ],
)
def test_a_search_that_finds_nothing_or_is_asked_wrongly_says_so(amanah, node_file, arguments, status, why):
    said = amanah("ledger", "find", "--node", node_file, *arguments)

    assert (said.status, why in said.error) == (status, True), said.error


def test_a_search_says_when_there_is_more(amanah, node_file):
    said = amanah("ledger", "find", "--node", node_file, "--period", "2026-07", "--limit", "1", "--json")

    assert [life["message_id"] for life in json.loads(said.output)] == [FIRST]
    assert "only the first 1 are shown" in said.error


def test_evidence_is_written_where_it_is_asked_for(amanah, node_file, tmp_path):
    said = amanah(
        "ledger", "evidence", "--node", node_file, "--period", "2026-07", "--out", str(tmp_path / "e"), "--json"
    )

    assert json.loads(said.output)["receipts"] == 1
    assert (tmp_path / "e" / "SHA256SUMS.asc").read_text().startswith("-----BEGIN PGP SIGNATURE-----")


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        ((), 2, "give either --period or --message"),
        (("--period", "2026-07", "--message", FIRST), 2, "give either --period or --message"),
        (("--period", "2026-06"), 1, "there is no message of 2026-06"),
    ],
)
def test_evidence_that_cannot_be_written_says_why(amanah, node_file, tmp_path, arguments, status, why):
    said = amanah("ledger", "evidence", "--node", node_file, "--out", str(tmp_path / "e"), *arguments)

    assert (said.status, why in said.error) == (status, True), said.error
    assert not (tmp_path / "e").exists()


@pytest.mark.parametrize("head", ["nonsense", "abc:1"])
def test_a_head_that_is_none_is_a_wrong_call(amanah, node_file, head):
    said = amanah("ledger", "verify", "--node", node_file, "--known-head", head)

    assert (said.status, "expected HASH:POSITION" in said.error) == (2, True)
