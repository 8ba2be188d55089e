"""A real SMTP server in a thread: keeps every mail it takes, and refuses as often as it is told to."""

import ssl
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from amanah.cases.mail_server import MailSettings
from amanah.demo.services.ports import free_port
from amanah.demo.services.tls import make_certificate

LOGIN, PASSWORD = "amanah", "correct horse"


class PostOffice:
    """Use it in a ``with`` block; ``taken`` are the mails, ``refuse`` the answers to give before taking the next."""

    def __init__(self, **options: Any) -> None:
        self.taken: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.refuse: list[str] = []
        self.no_such_desk: set[str] = set()
        self.hangs_up = False
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)

    @classmethod
    def guarded(cls, folder: Path, *, from_the_first_byte: bool = False) -> Self:
        """One that takes mails only over TLS and from who signs in; ``folder`` then holds its certificate."""
        make_certificate(folder / "key.pem", folder / "cert.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        guard = {"authenticator": _authenticate, "auth_required": True}
        if from_the_first_byte:
            return cls(ssl_context=context, auth_require_tls=False, **guard)
        return cls(tls_context=context, require_starttls=True, **guard)

    @property
    def settings(self) -> MailSettings:
        """How a node reaches this server, or with another ``port`` does not."""
        return MailSettings(host="127.0.0.1", port=self.port, sender="pipeline@kp2mi.example", starttls=False)

    def sent_to(self, official: str) -> list[EmailMessage]:
        """The mails taken for ``official``."""
        return [mail for mail in self.taken if mail["To"] == official]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.no_such_desk:
            return "550 no such desk"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hangs_up:
            assert server.transport is not None
            server.transport.abort()
            return "250 nobody hears this"
        if self.refuse:
            return self.refuse.pop(0)
        self.envelopes.append((str(envelope.mail_from), envelope.rcpt_tos))
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 kept"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    expected = LoginPassword(LOGIN.encode(), PASSWORD.encode())
    return AuthResult(success=data == expected, handled=False)
