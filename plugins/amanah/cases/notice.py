"""The notice: one mail to the engineer with everything that is late or needs a person, and what to do about each.

Somebody is told when a thing begins and once a day while it lasts; what is over is forgotten, so that it is told anew
should it return.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import jinja2
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.dialects import postgresql

from amanah.store.locks import hold
from amanah.store.tables import mail, notice

AGAIN_AFTER = timedelta(days=1)

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=jinja2.select_autoescape(["html.j2"]),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Line:
    """One thing: ``key`` tells it from others, ``what`` is its kind, ``about`` the message or month."""

    key: str
    what: str
    about: str
    since: datetime
    do: str


def queue(
    connection: Connection,
    lines: Sequence[Line],
    *,
    corridor: str,
    to: str,
    sender: str,
    now: datetime | None = None,
) -> bool:
    """Queue one mail with all ``lines`` when one of them is new or was told a day ago; returns whether it did."""
    now = now or datetime.now(UTC)
    hold(connection, "notice")
    told = {row.about: row.told_at for row in connection.execute(select(notice))}
    keys = [line.key for line in lines]
    connection.execute(delete(notice).where(notice.c.about.not_in(keys)))
    new = [key for key in keys if key not in told]
    if not new and not any(now - told[key] >= AGAIN_AFTER for key in keys):
        return False
    message = _compose(lines, new=len(new), corridor=corridor, to=to, sender=sender, now=now)
    row = {"message_id": message["Message-ID"], "official": to, "period": f"{now:%Y-%m}", "kind": "notice"}
    content = {"content": message.as_bytes(policy=SMTP), "state": "queued", "attempts": 0}
    connection.execute(insert(mail).values({**row, **content}))
    statement = postgresql.insert(notice).values([{"about": key, "told_at": now} for key in keys])
    connection.execute(
        statement.on_conflict_do_update(index_elements=["about"], set_={"told_at": statement.excluded.told_at})
    )
    return True


def _compose(lines: Sequence[Line], *, new: int, corridor: str, to: str, sender: str, now: datetime) -> EmailMessage:
    view = {"corridor": corridor, "lines": lines, "new": new, "now": now}
    told = hashlib.sha256("|".join([corridor, to, now.isoformat(), *(line.key for line in lines)]).encode())
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = f"[{corridor}] exchange: {len(lines)} to look at, {new} new"
    message["Message-ID"] = f"<notice.{told.hexdigest()[:24]}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_templates.get_template("notice.txt.j2").render(view))
    message.add_alternative(_templates.get_template("notice.html.j2").render(view), subtype="html")
    message["Content-Language"] = "en"  # after the content: setting that clears every Content- header
    return message
