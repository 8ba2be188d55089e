"""The mail: one per official and month, sent once whatever is repeated or breaks, with nothing personal in it."""

import pytest
from sqlalchemy import select

from amanah.cases import digest, outbox
from amanah.cases.outbox import MailServerUnavailable
from amanah.demo.services.ports import free_port
from amanah.store.tables import mail

pytestmark = pytest.mark.slow

RIYADH, JEDDAH = "attache.riyadh@kp2mi.example", "attache.jeddah@kp2mi.example"


@pytest.fixture
def notify(database, agreement, post_office):
    """Queue the month's digests and send what is queued; returns how many were queued and how many left."""

    def both(month, pages="https://node.example/worklist"):
        with database.engine.begin() as connection:
            queued = digest.queue(
                connection, agreement, us="IDN", period=month, sender=post_office.settings.sender, pages=pages
            )
        return queued, outbox.send(database, post_office.settings)

    return both


@pytest.fixture
def mails(database):
    def ask():
        with database.engine.connect() as connection:
            return {row.official: row for row in connection.execute(select(mail))}

    return ask


def texts(message):
    return {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}


def test_an_official_gets_what_is_theirs(month_ends, notify, post_office, a_discrepancy):
    month_ends("2026-07", a_discrepancy("D1"), a_discrepancy("D2", area="SA-02"), a_discrepancy("D3", severity="high"))

    assert notify("2026-07") == (2, 2)

    [riyadh], [jeddah] = post_office.sent_to(RIYADH), post_office.sent_to(JEDDAH)
    assert riyadh["Subject"] == "[idn-sau] 2026-07: 2 new, 0 overdue, 2 open"
    assert jeddah["Subject"] == "[idn-sau] 2026-07: 1 new, 0 overdue, 1 open"
    plain, html = texts(riyadh)["text/plain"], texts(riyadh)["text/html"]
    for text in (plain, html):
        assert "https://node.example/worklist" in text
        assert "D2" not in text
        assert text.index("D3") < text.index("D1")  # the severe one first
    assert "field - a value differs: 2 open (2 new, 0 overdue)" in plain
    assert "due 2026-08-14" in plain


def test_a_mail_says_what_it_is_in_its_headers(month_ends, notify, post_office, a_discrepancy):
    month_ends("2026-07", a_discrepancy())
    notify("2026-07")

    [sent] = post_office.taken
    assert sent["From"] == "pipeline@kp2mi.example"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Content-Language"] == "en"
    assert sent["Message-ID"].startswith("<digest.")
    assert sent["Message-ID"].endswith("@kp2mi.example>")
    assert sent.get_content_type() == "multipart/alternative"
    assert list(texts(sent)) == ["text/plain", "text/html"]


def test_no_value_of_a_record_is_in_a_mail(month_ends, notify, post_office, a_discrepancy):
    month_ends("2026-07", *(a_discrepancy(f"D{n}") for n in range(20)))
    notify("2026-07")

    [sent] = post_office.taken
    said = str(sent) + "".join(texts(sent).values())
    assert not [value for value in ("QZ9990001", "QZ9990002", "IDN-P-1", "SAU-P-1") if value in said]
    assert "... and 5 more." in said


def test_it_is_sent_once_however_often_it_is_asked_for(month_ends, notify, post_office, mails, a_discrepancy):
    month_ends("2026-07", a_discrepancy())

    assert [notify("2026-07") for _ in range(3)] == [(1, 1), (0, 0), (0, 0)]
    assert len(post_office.taken) == len(mails()) == 1
    assert mails()[RIYADH].state == "sent"


@pytest.mark.parametrize("refusal", ["451 try again later", "421 shutting down", "554 no"])
def test_a_server_that_fails_gets_it_again_under_the_same_id(
    month_ends, notify, post_office, mails, a_discrepancy, refusal
):
    month_ends("2026-07", a_discrepancy())
    post_office.refuse = [refusal]

    with pytest.raises(MailServerUnavailable, match=r"127\.0\.0\.1"):
        notify("2026-07")
    assert mails()[RIYADH].state == "queued"
    queued = mails()[RIYADH].message_id

    assert notify("2026-07") == (0, 1)
    assert [sent["Message-ID"] for sent in post_office.taken] == [queued]


def test_a_server_that_is_down_keeps_the_mails_queued(month_ends, database, notify, post_office, mails, a_discrepancy):
    month_ends("2026-07", a_discrepancy())
    post_office.port = free_port()

    with pytest.raises(MailServerUnavailable, match=f"{post_office.port}: ConnectionRefusedError"):
        notify("2026-07")

    assert mails()[RIYADH].state == "queued"


def test_one_desk_that_does_not_exist_keeps_nobody_else_waiting(month_ends, notify, post_office, mails, a_discrepancy):
    month_ends("2026-07", *(a_discrepancy(f"D{n}", area=f"SA-0{n}") for n in (1, 2)))
    post_office.no_such_desk = {RIYADH}

    with pytest.raises(MailServerUnavailable, match="refused the address of 1 of 2 mails"):
        notify("2026-07")

    assert {official: row.state for official, row in mails().items()} == {RIYADH: "queued", JEDDAH: "sent"}


def test_a_case_that_waits_too_long_is_said_and_one_that_agreed_is_not(month_ends, notify, post_office, a_discrepancy):
    month_ends("2026-07", a_discrepancy())
    notify("2026-07")
    month_ends("2026-08", a_discrepancy())
    assert notify("2026-08") == (1, 1)
    month_ends("2026-09")
    assert notify("2026-09") == (0, 0)

    assert [sent["Subject"] for sent in post_office.taken] == [
        "[idn-sau] 2026-07: 1 new, 0 overdue, 1 open",
        "[idn-sau] 2026-08: 0 new, 1 overdue, 1 open",
    ]


def test_nothing_at_all_needs_no_server(month_ends, notify, post_office):
    month_ends("2026-07")
    post_office.port = free_port()

    assert notify("2026-07") == (0, 0)
