"""A real SMTP server in a thread: keeps every mail it takes, and refuses as often as it is told to."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from amanah.cases.mail_server import MailSettings
from amanah.demo.services.ports import free_port


class PostOffice:
    """Use it in a ``with`` block; ``taken`` are the mails, ``refuse`` the answers to give before taking the next."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.refuse: list[str] = []
        self.no_such_desk: set[str] = set()
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

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
        if self.refuse:
            return self.refuse.pop(0)
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 kept"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()
