"""The ledger: what happened to every message, appended and never changed, each entry sealed by the one before.

An entry's seal is the SHA-256 of one plain line, so that ``sha256sum`` can recompute it (``docs/evidence.md``). The
database refuses an entry that does not follow the last one, and UPDATE, DELETE and TRUNCATE; the application's role
has no right to any of the three where the node has two roles (``amanah.store.roles``).
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from amanah.store.locks import hold
from amanah.store.tables import ledger

BEFORE_THE_FIRST = "0" * 64
ANSWERED_ANEW = "answered anew"  # the answer that stands, carried by a new message with a receipt of its own
LONGEST_TEXT = 500  # characters of one value: a reason that a partner's file had a part in stays short
_PAGE = 1000  # rows that are in memory at a time when the ledger is read
_HEAD = re.compile(r"^([0-9a-f]{64}):([1-9][0-9]{0,17})$")


@dataclass(frozen=True)
class Head:
    """The last entry of a chain; written ``HASH:POSITION`` where it is noted."""

    hash: str
    position: int

    def __str__(self) -> str:
        return f"{self.hash}:{self.position}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Read ``HASH:POSITION``. Raises ``ValueError`` when ``text`` is not one."""
        found = _HEAD.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"not a head: expected HASH:POSITION as `amanah ledger head` prints it, got {text[:80]!r}")
        return cls(found[1], int(found[2]))


@dataclass(frozen=True)
class Entry:
    """One entry as it stands in the database."""

    position: int
    at: datetime
    message_id: str
    event: str
    detail: Mapping[str, str | int]
    previous_hash: str
    hash: str

    @property
    def line(self) -> str:
        """What is sealed: one line, the previous hash first, the detail as JSON last."""
        detail = json.dumps(dict(self.detail), sort_keys=True, separators=(",", ":"))
        at = f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        return f"{self.previous_hash} {self.position} {at} {self.message_id} {self.event} {detail}\n"

    @property
    def seal(self) -> str:
        """The hash that belongs to the content; another one in the database means that somebody changed it."""
        return hashlib.sha256(self.line.encode()).hexdigest()


def append(connection: Connection, message_id: str, event: str, **detail: str | int) -> None:
    """Append one entry within the caller's transaction. ``detail`` holds counts, codes and hashes, never a value.

    Nobody else can append until the transaction ends: append last, after everything that takes time.
    """
    hold(connection, "ledger")
    last = head(connection) or Head(BEFORE_THE_FIRST, 0)
    short = {name: _short(value) for name, value in detail.items()}
    entry = Entry(last.position + 1, datetime.now(UTC), message_id, event, short, last.hash, "")
    connection.execute(
        insert(ledger).values(
            position=entry.position,
            at=entry.at,
            message_id=message_id,
            event=event,
            detail=short,
            previous_hash=last.hash,
            hash=entry.seal,
        )
    )


def head(connection: Connection) -> Head | None:
    """The last entry, or None while there is none."""
    last = select(ledger.c.position, ledger.c.hash).order_by(ledger.c.position.desc()).limit(1)
    found = connection.execute(last).one_or_none()
    return None if found is None else Head(found.hash, found.position)


def entries(connection: Connection, *, since: int = 1) -> Iterator[Entry]:
    """Every entry from position ``since`` on, in order; read by a cursor in the server, a page at a time."""
    query = select(ledger).where(ledger.c.position >= since).order_by(ledger.c.position)
    for row in connection.execute(query, execution_options={"yield_per": _PAGE}):
        yield Entry(row.position, row.at, row.message_id, row.event, row.detail, row.previous_hash, row.hash)


def breaks(chain: Iterable[Entry]) -> Iterator[tuple[int, str]]:
    """Where a whole ledger does not hold: position and what is wrong there."""
    expected, previous = 1, BEFORE_THE_FIRST
    for entry in chain:
        if entry.position != expected:
            yield expected, f"missing; the next entry is {entry.position}"
        elif entry.previous_hash != previous:
            yield entry.position, "does not follow the entry before it"
        if entry.hash != entry.seal:
            yield entry.position, "its content is not what was sealed"
        expected, previous = entry.position + 1, entry.hash


def first_broken_entry(connection: Connection) -> int | None:
    """Return the position of the first entry that does not follow from the one before, or None when all do."""
    return next((position for position, _ in breaks(entries(connection))), None)


def _short(value: str | int) -> str | int:
    """A value that any database takes and any terminal shows, whatever a partner's file had in it."""
    if isinstance(value, int):
        return int(value)
    return "".join(letter if letter.isprintable() else "?" for letter in value[:LONGEST_TEXT])
