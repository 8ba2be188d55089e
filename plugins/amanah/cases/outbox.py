"""The outbox: each queued mail leaves once. It is marked sent only after the server has taken it.

A mail that the server cannot take now is tried again, after a wait that grows; one that it will never take waits for a
person (``refused``), as does one that came back after it was taken (``bounced``). None keeps another one waiting.
"""

import re
import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update
from sqlalchemy import case as when
from sqlalchemy.dialects.postgresql import insert

from amanah.cases.mail_server import MailSettings, signed_in
from amanah.store.database import Database
from amanah.store.tables import mail

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=4)
PERMANENT = 500
_CLOSING = 421  # the server says so and hangs up
_ENHANCED = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_MOST_DOUBLINGS = 10
_AT_ONCE = ("protection", "missed")


class State(StrEnum):
    """What became of a mail."""

    QUEUED = "queued"
    SENT = "sent"
    REFUSED = "refused"
    BOUNCED = "bounced"


WAITS_FOR_A_PERSON = (State.REFUSED, State.BOUNCED)


@dataclass(frozen=True)
class Sent:
    """How many mails left, are tried again later, and were refused for good."""

    sent: int = 0
    later: int = 0
    refused: int = 0


def put(
    connection: Connection, message: EmailMessage, kind: str, day: date, *, not_before: datetime | None = None
) -> bool:
    """Queue ``message``, which is for ``day``; False when it was queued before, under the same Message-ID."""
    values: Mapping[str, Any] = {
        "message_id": message["Message-ID"],
        "official": message["To"],
        "day": day,
        "kind": kind,
        "content": message.as_bytes(policy=SMTP),
        "state": State.QUEUED,
        "attempts": 0,
        "queued_at": datetime.now(UTC),
        "next_try_at": not_before,
    }
    statement = insert(mail).values(values).on_conflict_do_nothing().returning(mail.c.message_id)
    return bool(connection.execute(statement).all())


def send(database: Database, settings: MailSettings) -> Sent:
    """Send what is queued and due, mails that cannot wait first; return what became of it.

    One mail per transaction: a crash in between sends at most that one mail again, under the same Message-ID. Raises
    ``MailServerUnavailable`` when the server cannot be reached, refuses us, or hangs up; what it has not taken stays
    queued.
    """
    with database.engine.connect() as connection:
        waiting = list(connection.execute(_due(datetime.now(UTC))).scalars())
    if not waiting:
        return Sent()
    became = dict.fromkeys(State, 0)
    with signed_in(settings) as server:
        for message_id in waiting:
            state = _send_one(database, server, settings, message_id)
            if state is not None:
                became[state] += 1
    return Sent(became[State.SENT], became[State.QUEUED], became[State.REFUSED])


def listed(connection: Connection, states: Sequence[State]) -> list[Row[Any]]:
    """The mails in ``states`` without their content, oldest first."""
    shown = [column for column in mail.c if column.name != "content"]
    return list(connection.execute(select(*shown).where(mail.c.state.in_(states)).order_by(mail.c.queued_at)))


def retry(connection: Connection, message_id: str | None = None) -> int:
    """Queue again what was refused or bounced, or only ``message_id``; return how many mails that is."""
    statement = update(mail).where(mail.c.state.in_(WAITS_FOR_A_PERSON))
    if message_id is not None:
        statement = statement.where(mail.c.message_id == message_id)
    statement = statement.values(state=State.QUEUED, next_try_at=None).returning(mail.c.message_id)
    return len(connection.execute(statement).all())


def bounced(connection: Connection, message_id: str, status: str) -> bool:
    """Note that a mail that was sent came back with ``status`` (5.1.1); False when it is no sent mail of ours."""
    statement = update(mail).where(mail.c.message_id == message_id, mail.c.state == State.SENT)
    statement = statement.values(state=State.BOUNCED, answer=status)
    return bool(connection.execute(statement.returning(mail.c.message_id)).all())


def _due(now: datetime) -> Any:
    first = when((mail.c.kind.in_(_AT_ONCE), 0), else_=1)
    return (
        select(mail.c.message_id)
        .where(mail.c.state == State.QUEUED, or_(mail.c.next_try_at.is_(None), mail.c.next_try_at <= now))
        .order_by(first, mail.c.queued_at, mail.c.message_id)
    )


@dataclass(frozen=True)
class _Answer:
    """What the server said of one mail; ``lost`` is the error after which the connection is of no use."""

    code: int | None = None
    text: bytes | str = b""
    lost: Exception | None = None

    @property
    def state(self) -> State:
        """What that makes of the mail."""
        if self.code is None:
            return State.QUEUED if self.lost else State.SENT
        return State.REFUSED if self.code >= PERMANENT else State.QUEUED

    @property
    def told(self) -> str | None:
        """The codes of a refusal, such as ``550 5.1.1``; never its text, which may quote an address."""
        text = self.text.decode(errors="replace") if isinstance(self.text, bytes) else self.text
        found = _ENHANCED.match(text)
        return None if self.code is None else " ".join([str(self.code), *([found[0]] if found else [])])


def _send_one(database: Database, server: smtplib.SMTP, settings: MailSettings, message_id: str) -> State | None:
    """Try one mail and return what became of it; None when somebody else has it or sent it meanwhile."""
    with database.engine.begin() as connection:
        query = select(mail).where(mail.c.message_id == message_id, mail.c.state == State.QUEUED)
        row = connection.execute(query.with_for_update(skip_locked=True)).one_or_none()
        if row is None:
            return None
        answer, now = _offer(server, settings.returns_to, row), datetime.now(UTC)
        wait = min(FIRST_WAIT * 2 ** min(row.attempts, _MOST_DOUBLINGS), LONGEST_WAIT)
        connection.execute(
            update(mail)
            .where(mail.c.message_id == message_id)
            .values(
                state=answer.state,
                attempts=row.attempts + 1,
                answer=answer.told,
                next_try_at=now + wait if answer.state is State.QUEUED else None,
                sent_at=now if answer.state is State.SENT else None,
            )
        )
    if answer.lost is not None:
        raise answer.lost
    return answer.state


def _offer(server: smtplib.SMTP, returns_to: str, row: Row[Any]) -> _Answer:
    """Offer one mail. Raises ``SMTPSenderRefused``: that refuses us, and is not to be held against the mail."""
    try:
        server.sendmail(returns_to, [row.official], row.content)
    except smtplib.SMTPRecipientsRefused as error:
        [(code, text)] = error.recipients.values()
        return _Answer(code, text, error if code == _CLOSING else None)
    except smtplib.SMTPDataError as error:
        return _Answer(error.smtp_code, error.smtp_error, error if error.smtp_code == _CLOSING else None)
    except smtplib.SMTPSenderRefused:
        raise
    except OSError as error:  # that of the connection, and every other one of smtplib
        return _Answer(lost=error)
    return _Answer()
