"""``amanah node notify`` and ``amanah node mail``: what was sent, what did not arrive, and trying it again."""

import json

import pytest
from corridor import settings_file
from sqlalchemy import insert

from amanah.store.tables import case

pytestmark = pytest.mark.slow

DESK = "attache.riyadh@kp2mi.example"


@pytest.fixture
def node_file(a_node, post_office):
    """A node with one case."""
    node = a_node("IDN", mail=post_office.settings)
    values = {
        "number": "9f2e77aa01bc34de",
        "stream": "placement",
        "class": "field",
        "severity": "medium",
        "state": "open",
    }
    rest = {"handed_over": False, "version": 1, "opened_in": "2026-07", "due_on": "2026-08-14", "escalated": 0}
    with node.database.engine.begin() as connection:
        connection.execute(insert(case).values({**values, **rest, "official": DESK}))
    return str(settings_file(node))


def test_a_day_is_notified_and_counted(amanah, node_file):
    said = amanah("node", "notify", "--day", "2026-08-03", "--node", node_file, "--json")

    assert (said.status, json.loads(said.output)["digests"]) == (0, 1)


def test_what_did_not_arrive_is_listed_and_tried_again(amanah, node_file, post_office):
    post_office.no_such_desk = {DESK}
    amanah("node", "notify", "--day", "2026-08-03", "--node", node_file)

    [refused] = json.loads(amanah("node", "mail", "list", "--node", node_file, "--json").output)
    assert (refused["official"], refused["state"], refused["answer"]) == (DESK, "refused", "550")
    assert "content" not in refused
    assert amanah("node", "overdue", "--node", node_file).status == 1

    post_office.no_such_desk = set()
    assert "queued again: 1" in amanah("node", "mail", "retry", "--node", node_file).output
    amanah("node", "notify", "--day", "2026-08-03", "--node", node_file)
    assert amanah("node", "mail", "list", "--node", node_file).output == "nothing to do\n"
    [sent] = json.loads(amanah("node", "mail", "list", "--all", "--node", node_file, "--json").output)
    assert sent["state"] == "sent"


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (("mail", "retry", "<x@y>"), 1, "no mail <x@y> was refused or came back"),
        (("notify", "--day", "2026-07"), 2, "2026-07"),
        (("mail", "bounced", "/nowhere"), 2, "does not exist"),
    ],
)
def test_a_call_that_cannot_be_done_says_why(amanah, node_file, arguments, status, text):
    said = amanah("node", *arguments, "--node", node_file)

    assert (said.status, text in said.error) == (status, True), said.error


def test_a_file_that_is_no_bounce_is_refused(amanah, node_file, tmp_path):
    (tmp_path / "mail.eml").write_text("Subject: Re: your mail\n\nThank you.\n", encoding="utf-8")

    said = amanah("node", "mail", "bounced", str(tmp_path / "mail.eml"), "--node", node_file)

    assert said.status != 0
    assert "no delivery status notification" in said.error
