"""How much room the ledger takes, and a warning long before there is none left.

The ledger never refuses an entry and never stops the exchange for want of room: an evidence log that stops what it
documents is worse than none. What is measured is compared with what ``node.yaml`` lets it take, and its growth over the
last 90 days says when that will be used up.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, func, select, text

from amanah.store.tables import ledger

WARN_AT = 0.7  # of the room; X-Road's users asked for a warning at 70 % after a backlog had grown unnoticed
WARN_DAYS = 365  # of room left at the present pace: time to order a disk
_LOOK_BACK = timedelta(days=90)
_HUNDRED_YEARS = 36_500  # days


@dataclass(frozen=True)
class Room:
    """Entries, bytes on disk with indexes, bytes allowed, and the day on which they are used up at the present pace."""

    entries: int
    bytes: int
    allowed: int
    full_on: date | None

    @property
    def warning(self) -> str | None:
        """What a person should know now, or None."""
        used = self.bytes / self.allowed
        soon = self.full_on is not None and self.full_on < datetime.now(UTC).date() + timedelta(days=WARN_DAYS)
        if used < WARN_AT and not soon:
            return None
        when = f", and all of it about {self.full_on} at the pace of the last 90 days" if self.full_on else ""
        return (
            f"the ledger uses {used:.0%} of the {self.allowed / 1e6:,.0f} MB that node.yaml gives it{when}; nothing is "
            "refused, but see that its disk has room, then raise ledger.room_mb"
        )


def measure(connection: Connection, *, allowed: int) -> Room:
    """Measure the ledger; costs a look at its indexes, whatever its length. ``allowed`` is in bytes."""
    count = int(connection.execute(select(func.coalesce(func.max(ledger.c.position), 0))).scalar_one())
    size = int(connection.execute(text("SELECT pg_total_relation_size('ledger')")).scalar_one())
    since = datetime.now(UTC) - _LOOK_BACK
    first = select(ledger.c.position, ledger.c.at).where(ledger.c.at >= since).order_by(ledger.c.at).limit(1)
    oldest = connection.execute(first).one_or_none()
    return Room(count, size, allowed, _full_on(count, size, allowed, oldest.position, oldest.at) if oldest else None)


def _full_on(count: int, size: int, allowed: int, since_position: int, since: datetime) -> date | None:
    """The day the room is used up; None when the ledger has hardly grown, or will not fill it in a hundred years."""
    days = (datetime.now(UTC) - since) / timedelta(days=1)
    grown = count - since_position
    if days < 1 or grown <= 0:
        return None
    left = max(0, allowed - size) / (size / count) / (grown / days)
    return None if left > _HUNDRED_YEARS else datetime.now(UTC).date() + timedelta(days=left)
