"""The mail server: how it is reached, and a signed-in connection to it."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from amanah.settings_file import Located
from schemas.clause import MailAddress


class MailServerUnavailable(ConnectionError):
    """The mail server could not be reached or refused us; the mails stay queued."""


class MailSettings(BaseModel):
    """How to reach the mail server, and who the mails come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: int = 587
    sender: str = Field(description="address the mails are from")
    bounce: MailAddress | None = Field(
        default=None, description="address that mails which cannot be delivered come back to; the sender if absent"
    )
    ssl: bool = Field(default=False, description="encrypted from the first byte, as on port 465")
    starttls: bool = Field(default=True, description="encrypted before anything is said, as on port 587")
    ca: Located | None = Field(default=None, description="authority that signs the server's certificate")
    username: str | None = None
    password: SecretStr | None = None
    timeout: int = Field(default=30, ge=1, description="seconds without an answer after which the link counts as lost")

    @property
    def returns_to(self) -> str:
        """The envelope's sender."""
        return self.bounce or self.sender


@contextmanager
def signed_in(settings: MailSettings) -> Iterator[smtplib.SMTP]:
    """A connection to the server, encrypted and signed in as the settings say, never less.

    Raises ``MailServerUnavailable``; its text names the server and never a mail or an address.
    """
    try:
        with _connection(settings) as server:
            if settings.starttls and not settings.ssl:
                server.starttls(context=_trusting(settings))
            if settings.username and settings.password:
                server.login(settings.username, settings.password.get_secret_value())
            yield server
    except (OSError, smtplib.SMTPException) as error:
        raise MailServerUnavailable(f"mail server {settings.host}:{settings.port}: {type(error).__name__}") from error


def reach(settings: MailSettings) -> None:
    """Sign in to the mail server and leave again. Raises ``MailServerUnavailable``."""
    with signed_in(settings) as server:
        server.noop()


def _connection(settings: MailSettings) -> smtplib.SMTP:
    if settings.ssl:
        context = _trusting(settings)
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout, context=context)
    return smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)


def _trusting(settings: MailSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.ca)
