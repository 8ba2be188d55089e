"""A bounce: what a mail server sends when a mail that it took cannot arrive, and what is believed of it."""

import pytest

from amanah.cases.bounce import NoBounce, read

NOTIFICATION = """\
Return-Path: <>
From: MAILER-DAEMON@mail.example
To: bounces@kp2mi.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you ...
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
Arrival-Date: Mon, 3 Aug 2026 07:30:00 +0700

Final-Recipient: rfc822; attache.riyadh@kp2mi.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such user

--B
Content-Type: {returned}

From: pipeline@kp2mi.example
To: attache.riyadh@kp2mi.example
Message-ID: <digest.0123456789abcdef@kp2mi.example>
Subject: =?utf-8?q?x?=

--B--
"""


def notification(action="failed", status="5.1.1", returned="text/rfc822-headers"):
    return NOTIFICATION.format(action=action, status=status, returned=returned).encode()


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822", "message/rfc822-headers"])
def test_it_says_which_mail_came_back_and_why(returned):
    found = read(notification(returned=returned))

    assert (found.message_id, found.status) == ("<digest.0123456789abcdef@kp2mi.example>", "5.1.1")


def test_a_mail_that_is_only_delayed_has_not_come_back():
    with pytest.raises(NoBounce, match="only delayed"):
        read(notification(action="delayed", status="4.4.1"))


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"Subject: out of office\n\nI am away", notification()[:420]])
def test_what_is_no_notification_is_refused_and_not_quoted(content):
    with pytest.raises(NoBounce) as caught:
        read(content)

    assert "attache" not in str(caught.value)


def test_a_status_that_is_none_is_not_believed():
    assert read(notification(status="<b>5</b>")).status == "5.0.0"
