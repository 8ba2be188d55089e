"""Reading a mail as its reader does."""

import re
from email.message import EmailMessage

RIYADH, JEDDAH = "attache.riyadh@kp2mi.example", "attache.jeddah@kp2mi.example"
PROTECTION = "protection.desk@kp2mi.example"
HEAD = "head@kp2mi.example"


def texts(message: EmailMessage) -> dict[str, str]:
    """The parts of a mail: content type -> text."""
    return {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}


def plain(message: EmailMessage) -> str:
    return texts(message)["text/plain"]


def html(message: EmailMessage) -> str:
    return texts(message)["text/html"]


def words(markup: str) -> str:
    """What stands between the tags, with single spaces."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", markup, flags=re.DOTALL).split())
