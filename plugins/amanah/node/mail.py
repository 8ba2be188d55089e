"""The mail of a node: to its desks and supervisors about cases, to its engineer about what needs a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from amanah.cases import ageing, alert, bounce, digest, notice, outbox, weekly
from amanah.cases.letter import Writer
from amanah.cases.mail_server import MailSettings
from amanah.exchange import watch
from amanah.exchange.endpoint import Endpoint
from amanah.store.database import Database
from amanah.store.locks import hold


@dataclass(frozen=True)
class Notified:
    """How many mails of each kind were queued, and what became of those that waited; counts only."""

    protection: int
    missed: int
    digests: int
    weekly: int
    sent: int
    later: int
    refused: int


@dataclass(frozen=True)
class Told:
    """How much is late or needs a person, and how many mails left about it."""

    concerns: int
    mails: int


class NoSuchMail(LookupError):
    """The outbox holds no such mail; the text says what there is."""


def notify(database: Database, writer: Writer, settings: MailSettings) -> Notified:
    """Queue what is to be told on the writer's day, and send what is queued; doing it again tells nothing twice.

    Deadlines that have passed by then are taken to the supervisor. Raises ``MailServerUnavailable``; what was queued
    leaves with the next mail then.
    """
    with database.engine.begin() as connection:
        hold(connection, "notify")
        ageing.escalate(connection, writer.agreement, us=writer.us, today=writer.day)
        queued = (
            alert.queue_protection(connection, writer),
            alert.queue_missed(connection, writer),
            digest.queue(connection, writer),
            weekly.queue(connection, writer),
        )
    sent = outbox.send(database, settings)
    return Notified(*queued, sent.sent, sent.later, sent.refused)


def tell_engineer(
    database: Database, endpoint: Endpoint, settings: MailSettings, more: Sequence[notice.Line] = ()
) -> Told:
    """Mail our engineer what is late or needs a person: once when it begins, and each day while it lasts.

    ``more`` is what the node cannot see itself, and whoever calls this does.
    """
    with database.engine.begin() as connection:
        found = concerns(connection, endpoint)
        lines = [notice.Line(each.key, each.what, _about(each), each.since, each.do) for each in found]
        lines += more
        notice.queue(
            connection,
            lines,
            corridor=endpoint.agreement.id,
            to=endpoint.agreement.parties[endpoint.us].engineer,
            sender=settings.sender,
        )
    return Told(len(lines), outbox.send(database, settings).sent)


def concerns(connection: Connection, endpoint: Endpoint) -> list[watch.Concern]:
    """What is late, holds, was refused or raised an alarm, mails of ours among it; the oldest first."""
    found = [*watch.concerns(connection, endpoint), *_undelivered(connection)]
    return sorted(found, key=lambda concern: (concern.since, concern.key))


def _undelivered(connection: Connection) -> list[watch.Concern]:
    """Mails of ours that were refused or came back, but for notices: of those another notice would tell nobody."""
    what = {outbox.State.REFUSED: watch.What.MAIL_REFUSED, outbox.State.BOUNCED: watch.What.MAIL_BOUNCED}
    return [
        watch.Concern(
            what[outbox.State(row.state)],
            "mail",
            row.message_id,
            None,
            row.queued_at,
            detail=f"{row.official}: {row.answer}",
        )
        for row in outbox.listed(connection, outbox.WAITS_FOR_A_PERSON)
        if row.kind != notice.KIND
    ]


def listed(database: Database, *, every: bool) -> list[Row[Any]]:
    """The mails that have not arrived, or ``every`` mail, without their content; the oldest first."""
    states = tuple(outbox.State) if every else (outbox.State.QUEUED, *outbox.WAITS_FOR_A_PERSON)
    with database.engine.connect() as connection:
        return outbox.listed(connection, states)


def retry(database: Database, message_id: str | None) -> int:
    """Queue again what was refused or came back, or only one; return how many mails that is.

    Raises ``NoSuchMail`` when the one that is named was not refused and did not come back.
    """
    with database.engine.begin() as connection:
        count = outbox.retry(connection, message_id)
    if message_id is not None and not count:
        raise NoSuchMail(f"no mail {message_id} was refused or came back; see `amanah node mail list`")
    return count


def bounced(database: Database, content: bytes) -> str:
    """Note the mail that a delivery status notification is about as one that came back; return its Message-ID.

    Raises ``NoBounce`` when it is no such notification, and ``NoSuchMail`` when it is not about a mail that we sent.
    """
    found = bounce.read(content)
    with database.engine.begin() as connection:
        if not outbox.bounced(connection, found.message_id, found.status):
            raise NoSuchMail("the notification is about no mail that left from here, or one that is noted already")
    return found.message_id


def _about(concern: watch.Concern) -> str:
    """Which message or month, without what a partner's file may have had a part in."""
    entry = f"ledger entry {concern.entry}" if concern.entry is not None else None
    named = (concern.message_id, None if concern.message_id else f"{concern.stream} {concern.period}", entry)
    return ", ".join(each for each in named if each)
