"""The letter: what every mail of ours has in common, and how it is queued."""

import hashlib
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import jinja2

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=jinja2.select_autoescape(["html.j2"]),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write(
    kind: str, view: Mapping[str, object], *, sender: str, to: str, subject: str, about: tuple[str, ...]
) -> EmailMessage:
    """Write a mail in plain text and HTML from the templates of ``kind``.

    Its Message-ID follows from ``about``: the same is the same mail, however often it is made.
    """
    told_apart = hashlib.sha256("|".join(about).encode()).hexdigest()[:24]
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = f"<{kind}.{told_apart}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_templates.get_template(f"{kind}.txt.j2").render(view))
    message.add_alternative(_templates.get_template(f"{kind}.html.j2").render(view), subtype="html")
    message["Content-Language"] = "en"  # after the content: setting that clears every Content- header
    return message


def queued(message: EmailMessage, kind: str, period: str) -> dict[str, Any]:
    """The row of the table ``mail`` with which ``message`` waits to be sent."""
    return {
        "message_id": message["Message-ID"],
        "official": message["To"],
        "period": period,
        "kind": kind,
        "content": message.as_bytes(policy=SMTP),
        "state": "queued",
        "attempts": 0,
    }
