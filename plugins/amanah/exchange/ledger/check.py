"""Whether the ledger holds: the chain in itself, with the messages' table, and with the packages that are kept.

Reads, and changes nothing. Everything is seen as of one moment, by cursors in the server, so that it neither waits for
the exchange nor is in its way, and takes the same memory however long the ledger is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, bindparam, text

from amanah.exchange import ledger
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.ledger import Entry, Head
from amanah.exchange.ledger import room as ledger_room
from amanah.exchange.ledger.room import Room
from amanah.exchange.messages import IN, State
from amanah.exchange.package import sha256_of, sha256_of_text
from amanah.store.roles import Power, power_over_ledger
from schemas.envelope import MessageId

MOST_FAULTS = 100  # that are told; all are counted
_PAGE = 500

REWRITTEN = "keep the database as it is, and compare it from here on with a backup from before: docs/evidence.md"
LOST = "entries were removed or the database is older than the note: compare with a backup: docs/evidence.md"
TABLE = "the table of messages was changed past the exchange: find who and when, and bring the row back from a backup"
FILE = "bring the package back from a backup; if there is none, ask the sender for it, and note the loss"

# Every message with what the ledger says of it: how it began or came again, and the last state it was moved to.
_MESSAGES = text(
    """
    SELECT m.message_id, m.direction, m.state, m.package_sha256, m.manifest_sha256, m.manifest, m.receipt, m.verdict,
        m.answered_by, coalesce(m.answered_at, m.created_at) AS done_at, began.detail AS began,
        last.event, last.detail AS ended, anew.detail AS anew
    FROM message AS m
    LEFT JOIN LATERAL (
        SELECT detail FROM ledger WHERE message_id = m.message_id AND event IN ('built', 'received', 'fetched again')
        ORDER BY position DESC LIMIT 1
    ) AS began ON true
    LEFT JOIN LATERAL (
        SELECT event, detail FROM ledger WHERE message_id = m.message_id AND event = ANY(:states)
        ORDER BY position DESC LIMIT 1
    ) AS last ON true
    LEFT JOIN LATERAL (
        SELECT detail FROM ledger WHERE message_id = m.message_id AND event = :answered_anew
        ORDER BY position DESC LIMIT 1
    ) AS anew ON true
    ORDER BY m.direction, m.stream, m.sequence
    """
).bindparams(bindparam("states", [state.value for state in State]), bindparam("answered_anew", ledger.ANSWERED_ANEW))
_UNKNOWN = text(
    """
    SELECT message_id, min(position) AS position FROM ledger
    WHERE NOT EXISTS (SELECT FROM message WHERE message.message_id = ledger.message_id)
    GROUP BY message_id ORDER BY 2
    """
)


@dataclass(frozen=True)
class Fault:
    """Where something does not hold, what it is, and what to do."""

    where: str
    what: str
    do: str


@dataclass(frozen=True)
class Checked:
    """What was looked at, and every fault (the first hundred of them; ``faults_found`` counts all)."""

    entries: int
    head: Head | None
    messages: int
    packages: int
    packages_past_retention: int
    faults: tuple[Fault, ...]
    faults_found: int
    power: Power
    room: Room

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.faults_found == 0


@dataclass
class _Tally:
    """What has been counted so far."""

    told: Callable[[int], None]
    entries: int = 0
    messages: int = 0
    packages: int = 0
    past_retention: int = 0
    last: Head | None = None


def check(
    endpoint: Endpoint,
    *,
    room_bytes: int,
    known: Head | None = None,
    packages: bool = True,
    told: Callable[[int], None] = lambda _count: None,
) -> Checked:
    """Check the whole ledger.

    Args:
        endpoint: the node's end.
        room_bytes: how much the ledger may take on disk.
        known: a head that was noted earlier, elsewhere: a chain that was written anew since does not hold it.
        packages: also read every kept package and compare its hash.
        told: is told how many entries, then how many messages have been read.
    """
    tally, faults, found = _Tally(told), [], 0
    with endpoint.database.engine.connect() as plain:
        connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        for fault in _faults(connection, endpoint, tally, known=known, packages=packages):
            found += 1
            if found <= MOST_FAULTS:
                faults.append(fault)
        power, room = power_over_ledger(connection), ledger_room.measure(connection, allowed=room_bytes)
    return Checked(
        entries=tally.entries,
        head=tally.last,
        messages=tally.messages,
        packages=tally.packages,
        packages_past_retention=tally.past_retention,
        faults=tuple(faults),
        faults_found=found,
        power=power,
        room=room,
    )


def _faults(
    connection: Connection, endpoint: Endpoint, tally: _Tally, *, known: Head | None, packages: bool
) -> Iterator[Fault]:
    yield from _chain(connection, tally, known)
    for row in connection.execute(_UNKNOWN):
        yield Fault(f"entry {row.position}, {row.message_id}", "the table of messages does not have it", TABLE)
    kept = timedelta(days=endpoint.agreement.retention.packages)
    for row in connection.execute(_MESSAGES, execution_options={"yield_per": _PAGE}):
        tally.messages += 1
        tally.told(tally.messages)
        for what in _disagreements(row):
            yield Fault(row.message_id, what, TABLE)
        if packages:
            yield from _package(endpoint, row, tally, may_be_gone=row.done_at + kept < datetime.now(UTC))


def _chain(connection: Connection, tally: _Tally, known: Head | None) -> Iterator[Fault]:
    differs = False

    def counted() -> Iterator[Entry]:
        nonlocal differs
        for entry in ledger.entries(connection):
            tally.entries, tally.last = tally.entries + 1, Head(entry.hash, entry.position)
            tally.told(tally.entries)
            differs = differs or (known is not None and entry.position == known.position and entry.hash != known.hash)
            yield entry

    for position, what in ledger.breaks(counted()):
        yield Fault(f"entry {position}", what, REWRITTEN)
    if known is None:
        return
    if differs:
        yield Fault(f"entry {known.position}", "is not the one that was noted: the chain was written anew", REWRITTEN)
    elif tally.last is None or tally.last.position < known.position:
        ends = tally.last.position if tally.last else 0
        yield Fault(f"entry {ends}", f"the ledger ends here, but entry {known.position} was noted", LOST)


def _disagreements(row: Row[Any]) -> Iterator[str]:
    """In what the row of a message is not what the ledger says of it."""
    if row.began is None:
        yield "the ledger does not say how it began"
        return
    if row.event != row.state:
        yield f"the table says {row.state}, the ledger {row.event}"
    told = {**row.began, **(row.ended or {}), **(row.anew or {})}
    have = {
        "package_sha256": row.package_sha256,
        "manifest_sha256": row.manifest_sha256 or "-",
        "receipt_sha256": sha256_of_text(row.receipt) if row.receipt is not None else "-",
        "verdict": row.verdict,
        **({"by": row.answered_by} if row.direction == IN else {}),
    }
    for name, value in have.items():
        if name in told and told[name] != value:
            yield f"its {name} is not the one in the ledger"
    if row.manifest is not None and sha256_of_text(row.manifest) != row.manifest_sha256:
        yield "its manifest is not the one that its hash is of"


def _package(endpoint: Endpoint, row: Row[Any], tally: _Tally, *, may_be_gone: bool) -> Iterator[Fault]:
    path = package_path(endpoint, row.direction, row.message_id)
    if not path.exists():
        if may_be_gone:
            tally.past_retention += 1
        else:
            yield Fault(row.message_id, f"its package is gone from {path.parent.name}/", FILE)
        return
    tally.packages += 1
    if sha256_of(path) != row.package_sha256:
        yield Fault(row.message_id, f"its package in {path.parent.name}/ is not the one that was exchanged", FILE)


def package_path(endpoint: Endpoint, direction: str, message_id: str) -> Path:
    """Where the sealed package of a message is kept."""
    name = MessageId.parse(message_id).file_name
    return endpoint.inbox(name) if direction == IN else endpoint.outbox(name)
