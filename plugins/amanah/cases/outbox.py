"""The outbox: each queued mail leaves once. It is marked sent only after the server has taken it."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy

from pydantic import BaseModel, ConfigDict, SecretStr
from sqlalchemy import select, update

from amanah.store.database import Database
from amanah.store.locks import hold
from amanah.store.tables import mail


class MailServerUnavailable(ConnectionError):
    """The mail server could not be reached or refused; the mails stay queued."""


class MailSettings(BaseModel):
    """How to reach the mail server, and who the mails come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: int = 587
    sender: str
    starttls: bool = True
    username: str | None = None
    password: SecretStr | None = None


def send(database: Database, settings: MailSettings) -> int:
    """Send what is queued and return how many mails the server took.

    One mail per transaction: a crash in between sends at most that one mail again, under the same Message-ID.
    An address that the server refuses keeps nobody else waiting. Raises ``MailServerUnavailable`` when the server
    cannot be reached or refuses a mail; what it has not taken stays queued.
    """
    with database.engine.connect() as connection:
        waiting = list(connection.execute(select(mail.c.message_id).where(mail.c.state == "queued")).scalars())
    if not waiting:
        return 0
    sent = refused = 0
    with _server(settings) as server:
        for message_id in waiting:
            try:
                sent += _send_one(database, server, message_id)
            except smtplib.SMTPRecipientsRefused:
                refused += 1
    if refused:
        raise MailServerUnavailable(
            f"mail server {settings.host}:{settings.port} refused the address of {refused} of {len(waiting)} mails; "
            "check the officials' addresses in the agreement"
        )
    return sent


def _send_one(database: Database, server: smtplib.SMTP, message_id: str) -> bool:
    """Send one mail; False when somebody else has sent it meanwhile."""
    with database.engine.begin() as connection:
        hold(connection, "mail")
        row = connection.execute(select(mail).where(mail.c.message_id == message_id)).one()
        if row.state != "queued":
            return False
        server.send_message(message_from_bytes(row.content, policy=policy.SMTP))
        connection.execute(
            update(mail)
            .where(mail.c.message_id == message_id)
            .values(state="sent", attempts=row.attempts + 1, sent_at=datetime.now(UTC))
        )
    return True


def reach(settings: MailSettings) -> None:
    """Sign in to the mail server and leave again. Raises ``MailServerUnavailable``."""
    with _server(settings) as server:
        server.noop()


@contextmanager
def _server(settings: MailSettings) -> Iterator[smtplib.SMTP]:
    try:
        with smtplib.SMTP(settings.host, settings.port, timeout=30) as server:
            if settings.starttls:
                server.starttls(context=ssl.create_default_context())
            if settings.username and settings.password:
                server.login(settings.username, settings.password.get_secret_value())
            yield server
    except (OSError, smtplib.SMTPException) as error:
        raise MailServerUnavailable(f"mail server {settings.host}:{settings.port}: {type(error).__name__}") from error
