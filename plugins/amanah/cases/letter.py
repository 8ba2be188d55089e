"""The letter: what every mail of ours has in common, in headers and in form.

Plain text first and HTML beside it, both whole; no image, nothing fetched. Its Message-ID follows from what it is
about, so that the same is the same mail however often it is made.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2

from amanah.cases.people import DESK_OPENS, People
from amanah.cases.words import Words
from schemas.agreement import Agreement
from schemas.agreement_party import Party
from schemas.clause import Language

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=jinja2.select_autoescape(["html.j2"]),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Desk:
    """Who a mail is to, and in which language."""

    address: str
    language: Language


@dataclass(frozen=True)
class Writer:
    """Writes the mails of one party on one day: ``day`` is a date where the party lives.

    ``pages`` is the address of the pages, the one link of a mail, if there are any.
    """

    agreement: Agreement
    us: str
    people: People
    sender: str
    day: date
    pages: str | None = None

    @cached_property
    def party(self) -> Party:
        """Our side."""
        return self.agreement.parties[self.us]

    @property
    def morning(self) -> datetime:
        """When the desks open on the day, in UTC: what can wait leaves then."""
        return datetime.combine(self.day, DESK_OPENS, ZoneInfo(self.party.time_zone)).astimezone(UTC)

    def desk(self, address: str) -> Desk:
        """The desk of that address, in its language."""
        return Desk(address, self.people.language(address, self.party))

    def write(
        self,
        kind: str,
        view: Mapping[str, object],
        *,
        to: Desk,
        subject: str,
        about: tuple[str, ...],
        case: str | None = None,
        urgent: bool = False,
    ) -> EmailMessage:
        """A mail from the templates of ``kind``; ``about`` tells it from the others to the same desk.

        A mail about one ``case`` belongs to that case's thread.
        """
        headers = {
            "Subject": subject,
            "List-Id": f"<cases.{self.agreement.id}.{_domain(self.sender)}>",
        }
        if case is not None:
            root = _message_id("case", (self.agreement.id, self.us, case), self.sender)
            headers |= {"In-Reply-To": root, "References": root}
        if urgent:
            headers |= {"Importance": "high"}
        title = self.agreement.title
        common = {
            "title": title.get(to.language) or title.get("en") or self.agreement.id,
            "corridor": self.agreement.id,
            "day": self.day,
            "pages": self.pages,
            "subject": subject,
        }
        return write(
            kind,
            {**common, **view},
            sender=self.sender,
            to=to.address,
            headers=headers,
            about=(self.agreement.id, self.us, to.address, *about),
            language=to.language,
        )

    def words(self, to: Desk) -> Words:
        """The words for what is no HTML, such as the subject."""
        return Words(to.language, html=False)


def write(
    kind: str,
    view: Mapping[str, object],
    *,
    sender: str,
    to: str,
    headers: Mapping[str, str],
    about: tuple[str, ...],
    language: str = "en",
) -> EmailMessage:
    """Write a mail in plain text and HTML from the templates of ``kind``, which get ``view`` and the words ``w``.

    Its Message-ID follows from ``kind`` and ``about``.
    """
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    for name, value in headers.items():
        message[name] = value
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = _message_id(kind, about, sender)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    # Seven bits and short lines, whatever the servers on the way can do.
    message.set_content(_rendered(f"{kind}.txt.j2", view, Words(language, html=False)), cte="quoted-printable")
    html = _rendered(f"{kind}.html.j2", view, Words(language, html=True))
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = language  # after the content: setting that clears every Content- header
    return message


def _rendered(template: str, view: Mapping[str, object], words: Words) -> str:
    return _templates.get_template(template).render({**view, "w": words})


def _message_id(kind: str, about: tuple[str, ...], sender: str) -> str:
    told_apart = hashlib.sha256("|".join(about).encode()).hexdigest()[:24]
    return f"<{kind}.{told_apart}@{_domain(sender)}>"


def _domain(address: str) -> str:
    return parseaddr(address)[1].rpartition("@")[2]
