"""The notice: one mail to the engineer with everything that is late or needs a person, and what to do about each.

Somebody is told when a thing begins and once a day while it lasts; what is over is forgotten, so that it is told anew
should it return.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql

from amanah.cases import letter, outbox
from amanah.store.locks import hold
from amanah.store.tables import notice

KIND = "notice"
AGAIN_AFTER = timedelta(days=1)


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
    subject = f"[{corridor}] exchange: {len(lines)} to look at, {len(new)} new"
    message = letter.write(
        KIND,
        {"corridor": corridor, "lines": lines, "new": len(new), "now": now, "subject": subject},
        sender=sender,
        to=to,
        headers={"Subject": subject},
        about=(corridor, to, now.isoformat(), *keys),
    )
    outbox.put(connection, message, KIND, now.date())
    statement = postgresql.insert(notice).values([{"about": key, "told_at": now} for key in keys])
    connection.execute(
        statement.on_conflict_do_update(index_elements=["about"], set_={"told_at": statement.excluded.told_at})
    )
    return True
