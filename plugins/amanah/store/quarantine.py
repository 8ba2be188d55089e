"""The quarantine: rows that were refused and findings for a person, waiting until they are released or superseded."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from amanah.store.many import one_of, one_of_numbers
from amanah.store.tables import quarantine


class State(StrEnum):
    """What has become of an entry."""

    WAITING = "waiting"
    RELEASED = "released"  # the row is a record now
    SUPERSEDED = "superseded"  # the source has sent the row again, or the finding no longer holds


def add(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Put ``rows`` into the quarantine."""
    if rows:
        connection.execute(insert(quarantine), [{"state": State.WAITING, **row} for row in rows])


def entries(
    connection: Connection, states: Collection[State], *, source: str | None = None, period: str | None = None
) -> Sequence[Row[Any]]:
    """Return the entries in one of ``states``, without the rows themselves."""
    columns = [column for column in quarantine.columns if column.name not in ("raw", "correction")]
    query = select(*columns).where(quarantine.c.state.in_(list(states))).order_by(quarantine.c.id)
    for column, wanted in ((quarantine.c.source, source), (quarantine.c.period, period)):
        if wanted is not None:
            query = query.where(column == wanted)
    return connection.execute(query).all()


def waiting_by_source(connection: Connection) -> dict[str, int]:
    """How many entries of each source wait."""
    query = select(quarantine.c.source, func.count()).where(quarantine.c.state == State.WAITING)
    return dict(connection.execute(query.group_by(quarantine.c.source)).all())


def entry(connection: Connection, number: int, *, lock: bool = False) -> Row[Any] | None:
    """Return one entry with its row, or None; with ``lock`` nobody else settles it until the transaction ends."""
    query = select(quarantine).where(quarantine.c.id == number)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def same_row(connection: Connection, of: Row[Any]) -> Sequence[Row[Any]]:
    """Return the waiting entries about the same refused row: it may have failed for several reasons."""
    columns = [quarantine.c[name] for name in ("id", "field", "code", "message")]
    query = select(*columns).where(
        quarantine.c.source == of.source,
        quarantine.c.period == of.period,
        quarantine.c.position == of.position,
        quarantine.c.raw == of.raw,
        quarantine.c.state == State.WAITING,
    )
    return connection.execute(query.order_by(quarantine.c.id)).all()


def waiting_rows(
    connection: Connection, source: str, column: str, values: Collection[str], *, besides: Collection[str]
) -> list[int]:
    """Return the waiting entries of ``source`` whose row has one of ``values`` in ``column``, but for ``besides``.

    ``besides`` are codes of entries that are no refused rows.
    """
    query = select(quarantine.c.id).where(
        quarantine.c.source == source,
        quarantine.c.state == State.WAITING,
        quarantine.c.code.not_in(list(besides)),
        quarantine.c.raw[column].astext == one_of(values),
    )
    return list(connection.execute(query).scalars())


def refusals(connection: Connection, source: str) -> Sequence[Row[Any]]:
    """Return every entry ever made about ``source``, with its row."""
    return connection.execute(select(quarantine).where(quarantine.c.source == source)).all()


def waiting_findings(connection: Connection, refs: Collection[str], codes: Collection[str]) -> Sequence[Row[Any]]:
    """Return the waiting entries with one of ``codes`` about one of ``refs``."""
    query = select(*(quarantine.c[name] for name in ("id", "source", "code", "record_ref", "field", "message"))).where(
        quarantine.c.state == State.WAITING,
        quarantine.c.code.in_(list(codes)),
        quarantine.c.record_ref == one_of(refs),
    )
    return connection.execute(query).all()


def settle(
    connection: Connection,
    numbers: Collection[int],
    state: State,
    *,
    by: str,
    why: str,
    correction: Mapping[str, str] | None = None,
) -> None:
    """Move entries to ``state`` and note who did, when, why, and what was corrected."""
    if numbers:
        values = {"state": state, "settled_at": datetime.now(UTC), "settled_by": by, "settled_why": why}
        statement = update(quarantine).where(quarantine.c.id == one_of_numbers(numbers))
        connection.execute(statement.values({**values, "correction": correction}))
