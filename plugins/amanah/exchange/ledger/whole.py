"""One message whole: its life in the ledger, its files, what answers it, and what it says anew of earlier ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, func, select, true

from amanah.exchange import watch
from amanah.exchange.endpoint import Endpoint
from amanah.exchange.ledger import search
from amanah.exchange.ledger.check import package_path
from amanah.exchange.ledger.search import Life, Wanted
from amanah.exchange.messages import OUT
from amanah.store.tables import message, sent_record
from schemas.envelope import Action, Counts, Manifest, Part


@dataclass(frozen=True)
class Whole:
    """Everything that is known of one message; nothing personal.

    ``due`` is when it is late where it stands; ``answers`` is the message whose answer it carries; ``before`` came
    before it in the sequence; ``same_month`` are the other messages of its stream and month, one of which may stand in
    its place; ``corrects`` counts records by the earlier message that carried what this one corrects or withdraws: only
    what we sent is noted record by record, so it is empty for what came in. ``size`` is that of the package kept here
    in ``room``, in bytes; None when there is none.
    """

    life: Life
    sender: str
    stream: str
    environment: str
    verdict: str | None
    rejected_records: int
    created_at: datetime
    answered_at: datetime | None
    due: datetime | None
    package_sha256: str
    manifest_sha256: str | None
    room: str
    size: int | None
    parts: tuple[Part, ...]
    counts: Counts
    answers: str | None
    before: str | None
    same_month: tuple[str, ...]
    corrects: Mapping[str, int]


def whole(connection: Connection, endpoint: Endpoint, message_id: str) -> Whole | None:
    """The message of that id, or None."""
    row = connection.execute(select(message).where(message.c.message_id == message_id)).one_or_none()
    if row is None:
        return None
    parties = list(endpoint.agreement.parties)
    lives = search.find(connection, Wanted(message=message_id), parties=parties, limit=2)
    late = watch.deadline(row, endpoint.agreement.deadlines)
    file = package_path(endpoint, row.direction, message_id)
    manifest = _manifest(row.manifest)
    answered = select(message.c.message_id).where(message.c.answered_by == message_id)
    return Whole(
        life=next(life for life in lives if life.message_id == message_id),
        sender=row.sender,
        stream=row.stream,
        environment=row.environment,
        verdict=row.verdict,
        rejected_records=row.rejected_records,
        created_at=row.created_at,
        answered_at=row.answered_at,
        due=late[1] if late is not None else None,
        package_sha256=row.package_sha256,
        manifest_sha256=row.manifest_sha256,
        room=file.parent.name,
        size=file.stat().st_size if file.exists() else None,
        parts=manifest.parts if manifest else (),
        counts=manifest.counts if manifest else Counts(),
        answers=connection.execute(answered.limit(1)).scalar_one_or_none(),
        before=_before(connection, row),
        same_month=_same_month(connection, row),
        corrects=_corrects(connection, message_id) if row.direction == OUT else {},
    )


def _manifest(text: str | None) -> Manifest | None:
    try:
        return None if text is None else Manifest.model_validate_json(text)
    except ValidationError:  # of an earlier major: its entries in the ledger still say what became of it
        return None


def _before(connection: Connection, row: Row[Any]) -> str | None:
    here = (message.c.direction == row.direction, message.c.stream == row.stream, message.c.sequence < row.sequence)
    query = select(message.c.message_id).where(*here).order_by(message.c.sequence.desc()).limit(1)
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def _same_month(connection: Connection, row: Row[Any]) -> tuple[str, ...]:
    if row.period is None or row.kind == "status":
        return ()
    here = (message.c.direction == row.direction, message.c.stream == row.stream, message.c.period == row.period)
    others = select(message.c.message_id).where(*here, message.c.message_id != row.message_id)
    return tuple(connection.execute(others.where(message.c.kind != "status").order_by(message.c.sequence)).scalars())


def _corrects(connection: Connection, message_id: str) -> dict[str, int]:
    now, earlier = sent_record.alias(), sent_record.alias()
    last = (
        select(earlier.c.message_id)
        .where(
            earlier.c.stream == now.c.stream,
            earlier.c.record_ref == now.c.record_ref,
            earlier.c.sequence < now.c.sequence,
            ~earlier.c.rejected,
        )
        .order_by(earlier.c.sequence.desc())
        .limit(1)
        .lateral()
    )
    query = select(last.c.message_id, func.count()).select_from(now.join(last, true()))
    query = query.where(now.c.message_id == message_id, now.c.action != Action.NEW)
    counted = query.group_by(last.c.message_id).order_by(last.c.message_id)
    return dict(connection.execute(counted).all())
