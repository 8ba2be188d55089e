"""The batches that a person has confirmed: unusual and right. Kept for good: who decided, when and why."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from amanah.store.tables import batch_confirmation


def add(connection: Connection, source: str, period: str, checks: Sequence[str], *, by: str, why: str) -> None:
    """Keep that ``checks`` are confirmed for the batch of ``source`` and ``period``."""
    values = {"source": source, "period": period, "checks": list(checks), "by": by, "at": datetime.now(UTC), "why": why}
    connection.execute(insert(batch_confirmation).values(values))


def of_batch(connection: Connection, source: str, period: str) -> Sequence[Row[Any]]:
    """What has been confirmed of one batch, in order."""
    here = (batch_confirmation.c.source == source) & (batch_confirmation.c.period == period)
    return connection.execute(select(batch_confirmation).where(here).order_by(batch_confirmation.c.id)).all()
