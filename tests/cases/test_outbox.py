"""The outbox: mails leave once, over TLS and signed in; what cannot leave now leaves later and keeps nobody waiting."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from letters import JEDDAH, RIYADH
from post_office import LOGIN, PASSWORD, PostOffice
from pydantic import SecretStr
from sqlalchemy import update

from amanah.cases import digest, outbox
from amanah.cases.letter import Writer
from amanah.cases.mail_server import MailServerUnavailable
from amanah.cases.outbox import Sent, State
from amanah.cases.people import NOBODY
from amanah.demo.services.ports import free_port
from amanah.store.tables import mail

pytestmark = pytest.mark.slow


@pytest.fixture
def send(database, post_office):
    return lambda **settings: outbox.send(database, post_office.settings.model_copy(update=settings))


@pytest.fixture
def queued(month_ends, database, agreement, a_discrepancy):
    """Two mails wait, one for each desk."""
    month_ends("2026-07", a_discrepancy("D1"), a_discrepancy("D2", area="SA-02"))
    writer = Writer(agreement, "IDN", NOBODY, "pipeline@kp2mi.example", datetime(2026, 8, 3, tzinfo=UTC).date())
    with database.engine.begin() as connection:
        assert digest.queue(connection, writer) == 2


@pytest.fixture
def wait_is_over(database):
    """What is to be tried again later is due now."""

    def pass_time():
        with database.engine.begin() as connection:
            connection.execute(update(mail).values(next_try_at=datetime.now(UTC) - timedelta(seconds=1)))

    return pass_time


def states(mails):
    return {official: row.state for official, row in mails().items()}


@pytest.mark.parametrize("from_the_first_byte", [False, True], ids=["STARTTLS", "TLS"])
def test_mails_leave_over_tls_and_signed_in(queued, database, tmp_path, from_the_first_byte):
    with PostOffice.guarded(tmp_path, from_the_first_byte=from_the_first_byte) as office:
        settings = office.settings.model_copy(
            update={
                "ssl": from_the_first_byte,
                "starttls": True,
                "ca": tmp_path / "cert.pem",
                "username": LOGIN,
                "password": SecretStr(PASSWORD),
                "bounce": "bounces@kp2mi.example",
            }
        )
        assert outbox.send(database, settings) == Sent(sent=2)

    assert sorted(office.envelopes) == [("bounces@kp2mi.example", [JEDDAH]), ("bounces@kp2mi.example", [RIYADH])]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password": SecretStr("wrong")}, "SMTPAuthenticationError"),
        ({"ca": None}, "SSLCertVerificationError"),  # nobody we know vouches for it
        ({"starttls": False, "username": None}, "SMTPSenderRefused"),
    ],
)
def test_nothing_leaves_without_what_was_asked_for(queued, database, mails, tmp_path, wrong, said):
    with PostOffice.guarded(tmp_path) as office:
        right = {"starttls": True, "ca": tmp_path / "cert.pem", "username": LOGIN, "password": SecretStr(PASSWORD)}
        with pytest.raises(MailServerUnavailable, match=said) as caught:
            outbox.send(database, office.settings.model_copy(update=right | wrong))

    assert office.taken == []
    assert set(states(mails).values()) == {"queued"}
    assert {row.attempts for row in mails().values()} == {0}  # nothing is held against the mails
    assert PASSWORD not in str(caught.value)


def test_a_server_without_tls_gets_nothing_when_tls_is_asked_for(queued, send, post_office):
    with pytest.raises(MailServerUnavailable, match="SMTPNotSupportedError"):
        send(starttls=True)

    assert post_office.taken == []


def test_what_the_server_cannot_take_now_leaves_later_and_once(queued, send, post_office, mails, wait_is_over):
    post_office.refuse = ["451 4.7.1 try again later"]

    assert send() == Sent(sent=1, later=1)
    assert send() == Sent()  # it is not asked again before the wait is over
    [(later, row)] = [(who, row) for who, row in mails().items() if row.state == "queued"]
    assert (row.attempts, row.answer) == (1, "451 4.7.1")
    assert row.next_try_at > datetime.now(UTC)

    wait_is_over()
    assert send() == Sent(sent=1)
    assert [sent["Message-ID"] for sent in post_office.sent_to(later)] == [row.message_id]
    assert states(mails) == {RIYADH: "sent", JEDDAH: "sent"}


def test_the_waits_grow(queued, send, post_office, mails, wait_is_over):
    waits = []
    for _ in range(9):
        post_office.refuse = ["451 no"] * 2
        wait_is_over()
        now = datetime.now(UTC)
        send()
        waits.append(round((mails()[RIYADH].next_try_at - now).total_seconds() / 60))

    assert waits == [5, 10, 20, 40, 80, 160, 240, 240, 240]  # minutes


def test_an_address_that_does_not_exist_is_not_tried_again_by_itself(queued, send, post_office, mails, database):
    post_office.no_such_desk = {RIYADH}

    assert send() == Sent(sent=1, refused=1)
    assert send() == Sent()
    assert states(mails) == {RIYADH: "refused", JEDDAH: "sent"}
    assert mails()[RIYADH].answer == "550"

    post_office.no_such_desk = set()
    with database.engine.begin() as connection:
        assert outbox.retry(connection) == 1
    assert send() == Sent(sent=1)
    assert states(mails) == {RIYADH: "sent", JEDDAH: "sent"}


def test_a_mail_that_is_refused_for_what_it_holds_keeps_nobody_else_waiting(queued, send, post_office):
    post_office.refuse = ["554 5.7.1 no"]

    assert send() == Sent(sent=1, refused=1)


@pytest.mark.parametrize("refusal", ["421 shutting down", None])
def test_a_server_that_goes_away_gets_the_rest_with_the_next_try(
    queued, send, post_office, mails, wait_is_over, refusal
):
    post_office.refuse = [refusal] if refusal else []
    post_office.hangs_up = refusal is None
    with pytest.raises(MailServerUnavailable):
        send()
    assert set(states(mails).values()) == {"queued"}

    post_office.hangs_up = False
    assert send() == Sent(sent=1)  # the one that was not offered does not wait for the one that was
    wait_is_over()
    assert send() == Sent(sent=1)
    assert len({sent["Message-ID"] for sent in post_office.taken}) == len(post_office.taken) == 2


def test_a_server_that_is_down_keeps_the_mails_queued(queued, send, mails):
    port = free_port()

    with pytest.raises(MailServerUnavailable, match=f"{port}: ConnectionRefusedError"):
        send(port=port)

    assert set(states(mails).values()) == {"queued"}


def test_nothing_to_send_needs_no_server(database, send):
    assert send(port=free_port()) == Sent()


def test_two_that_send_at_once_send_each_mail_once(queued, send, post_office):
    became = []
    senders = [Thread(target=lambda: became.append(send())) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert sum(each.sent for each in became) == len(post_office.taken) == 2


def test_the_mails_are_seven_bit_and_short_in_their_lines(queued, send, database):
    send()

    with database.engine.connect() as connection:
        contents = list(connection.execute(mail.select()).mappings())
    for row in contents:
        row["content"].decode("ascii")
        assert max(map(len, row["content"].splitlines())) <= 998  # RFC 5321
    assert State(contents[0]["state"]) is State.SENT
