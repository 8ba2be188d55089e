"""The ledger: what happened to every message, appended and never changed, each entry sealed by the one before.

The database refuses UPDATE, DELETE and TRUNCATE on it (migration 0001); the chain shows it if somebody does so all
the same.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from amanah.store.locks import hold
from amanah.store.tables import ledger

_START = "0" * 64


def append(connection: Connection, message_id: str, event: str, **detail: str | int) -> None:
    """Append one entry within the caller's transaction. ``detail`` holds counts, codes and hashes, never a value."""
    hold(connection, "ledger")
    last = connection.execute(
        select(ledger.c.position, ledger.c.hash).order_by(ledger.c.position.desc()).limit(1)
    ).one_or_none()
    position, previous = (last.position + 1, last.hash) if last else (1, _START)
    at = datetime.now(UTC)
    connection.execute(
        insert(ledger).values(
            position=position,
            at=at,
            message_id=message_id,
            event=event,
            detail=detail,
            previous_hash=previous,
            hash=_seal(position, at, message_id, event, detail, previous),
        )
    )


def first_broken_entry(connection: Connection) -> int | None:
    """Return the position of the first entry that does not follow from the one before, or None when all do."""
    expected, previous = 1, _START
    for row in connection.execute(select(ledger).order_by(ledger.c.position)):
        sealed = _seal(row.position, row.at, row.message_id, row.event, row.detail, previous)
        if row.position != expected or row.previous_hash != previous or row.hash != sealed:
            return expected
        expected, previous = expected + 1, row.hash
    return None


def _seal(
    position: int, at: datetime, message_id: str, event: str, detail: Mapping[str, str | int], previous: str
) -> str:
    entry = [position, at.astimezone(UTC).isoformat(), message_id, event, dict(detail), previous]
    return hashlib.sha256(json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
