"""A node's mail: told within the run, counted and not quoted, and the engineer hears of what did not arrive."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from found import of

from amanah.cases.bounce import NoBounce
from amanah.cases.worklist import update_cases
from amanah.node.mail import NoSuchMail
from amanah.node.settings import SettingsError
from amanah.store import findings
from amanah.store.tables import discrepancy, link

pytestmark = pytest.mark.slow

DESK, ENGINEER = "protection.desk@kp2mi.example", "pipeline@kp2mi.example"
FOUND = {
    "id": "9f2e77aa01bc34de",
    "stream": "placement",
    "class": "protection",
    "severity": "high",
    "reason": "unknown_death",
    "field": None,
    "ours_ref": "IDN-P-1",
    "theirs_ref": "SAU-P-1",
    "area": "SA-01",
    "ours": "working",
    "theirs": "died",
}
AUGUST = date(2026, 8, 1)


@pytest.fixture
def node(a_node, post_office):
    """A node with a case that may mean danger."""
    node = a_node("IDN", mail=post_office.settings)
    with node.database.engine.begin() as connection:
        findings.record(connection, "2026-07", links=of(link, []), discrepancies=of(discrepancy, [FOUND]), summary={})
        update_cases(connection, node.agreement, us="IDN", period="2026-07")
    return node


def bounce_of(message):
    """What a mail server sends when ``message`` cannot arrive."""
    return (
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n\r\n'
        "--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--B\r\nContent-Type: message/rfc822-headers\r\n\r\nMessage-ID: {message['Message-ID']}\r\n\r\n--B--\r\n"
    ).encode()


def test_what_a_task_hands_on_are_counts(node):
    told = asdict(node.notify(AUGUST))

    assert told == {"protection": 1, "missed": 0, "digests": 1, "weekly": 0, "sent": 2, "later": 0, "refused": 0}


@pytest.mark.parametrize("pages", ["https://node.example/amanah", "https://node.example/amanah/"])
def test_the_link_in_a_mail_leads_to_the_partys_own_worklist(node, post_office, pages):
    node.settings = node.settings.model_copy(update={"pages": pages})

    node.notify(AUGUST)

    for mail in post_office.sent_to(DESK):
        text = mail.get_body(("plain",)).get_content()
        assert "https://node.example/amanah/IDN/worklist" in text.split()


def test_a_desk_that_does_not_exist_is_told_to_the_engineer(node, post_office):
    post_office.no_such_desk = {DESK}
    assert node.notify(AUGUST).refused == 2

    assert {(each.what, each.detail) for each in node.concerns()} == {("mail refused", f"{DESK}: 550")}
    node.tell_engineer()
    [notice] = post_office.sent_to(ENGINEER)
    assert "put its address right" in notice.get_body(("plain",)).get_content()

    post_office.no_such_desk = set()
    assert node.retry_mail() == 2
    node.notify(AUGUST)
    assert len(post_office.sent_to(DESK)) == 2
    assert node.concerns() == []


def test_an_engineer_who_cannot_be_reached_is_not_told_of_that_for_ever(node, post_office):
    post_office.no_such_desk = {ENGINEER, DESK}
    node.notify(AUGUST)

    assert [node.tell_engineer().concerns for _ in range(3)] == [2, 2, 2]
    assert [each["official"] for each in node.mails()].count(ENGINEER) == 1


def test_a_mail_that_came_back_is_seen(node, post_office):
    node.notify(AUGUST)
    back = post_office.taken[0]

    assert node.mail_bounced(bounce_of(back)) == back["Message-ID"]

    assert [(each["message_id"], each["state"], each["answer"]) for each in node.mails()] == [
        (back["Message-ID"], "bounced", "5.1.1")
    ]
    assert [each.what for each in node.concerns()] == ["mail came back"]
    with pytest.raises(NoSuchMail, match="noted already"):
        node.mail_bounced(bounce_of(back))


def test_a_bounce_of_somebody_elses_mail_changes_nothing(node):
    node.notify(AUGUST)

    with pytest.raises(NoSuchMail, match="no mail that left from here"):
        node.mail_bounced(bounce_of({"Message-ID": "<other@kp2mi.example>"}))
    with pytest.raises(NoBounce):
        node.mail_bounced(b"hello")
    assert node.mails() == []


def test_without_a_day_it_is_for_today_where_the_party_lives(node):
    node.notify()

    assert {each["day"] for each in node.mails(every=True)} <= {
        datetime.now(ZoneInfo("Asia/Jakarta")).date() - timedelta(days=late) for late in (0, 1)
    }


def test_people_of_a_desk_that_no_route_names_are_refused(a_node, post_office, tmp_path):
    file = tmp_path / "people.yaml"
    file.write_text("desks: {desk@elsewhere.example: {language: en}}\n", encoding="utf-8")

    with pytest.raises(SettingsError, match=r"no route of IDN in the agreement leads to desk@elsewhere\.example"):
        a_node("IDN", mail=post_office.settings, people=file).notify(AUGUST)
