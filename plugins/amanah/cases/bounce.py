"""Reading a bounce: the delivery status notification (RFC 3464) that a server sends when a mail it took cannot arrive.

It comes from outside and may hold anything: of it nothing is taken but which mail of ours it is about, and a status
code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message

_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_RETURNED = (
    "message/rfc822",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
    "text/rfc822-headers",
)
UNKNOWN = "5.0.0"


class NoBounce(ValueError):
    """The file is no notification that a mail could not be delivered."""


@dataclass(frozen=True)
class Bounce:
    """Which mail came back, and with which status code, such as 5.1.1."""

    message_id: str
    status: str


def read(content: bytes) -> Bounce:
    """Read a notification as a mail server sends it. Raises ``NoBounce``, also for one that says "delayed"."""
    parts = list(message_from_bytes(content, policy=policy.compat32).walk())
    fields = [fields for part in parts if part.get_content_type() in _STATUSES for fields in _blocks(part)]
    if not fields:
        raise NoBounce("no delivery status notification (RFC 3464): it has no part message/delivery-status")
    failed = [each for each in fields if str(each.get("Action", "")).strip().lower() == "failed"]
    if not failed:
        raise NoBounce("the notification names no failed delivery; a mail that is only delayed is still on its way")
    message_id = next(_message_ids(parts), None)
    if message_id is None:
        raise NoBounce("the notification does not hold the headers of the mail that it is about")
    status = _STATUS.search(str(failed[0].get("Status", "")))
    return Bounce(message_id, status[0] if status else UNKNOWN)


_STATUSES = ("message/delivery-status", "message/global-delivery-status")


def _blocks(part: Message) -> list[Message]:
    """The blocks of fields of a delivery status: of the mail, then of each recipient."""
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def _message_ids(parts: list[Message]) -> Iterator[str]:
    """The Message-ID of what was returned, which stands in the notification whole or as its headers only."""
    for part in parts:
        if part.get_content_type() not in _RETURNED:
            continue
        payload, content = part.get_payload(), part.get_payload(decode=True)
        whole = payload[0] if isinstance(payload, list) else None
        held = (
            whole if isinstance(whole, Message) else message_from_bytes(content if isinstance(content, bytes) else b"")
        )
        found = _MESSAGE_ID.search(str(held.get("Message-ID", "")))
        if found:
            yield found[0]
