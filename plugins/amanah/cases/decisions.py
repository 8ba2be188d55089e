"""Decisions: two records that are not of one person, as an official of either side found.

One of ours holds from the month in which the partner is told of it, as only then both sides compare alike.
"""

from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, Row, and_, insert, or_, select, update

from amanah.store.tables import pair_decision


def part(connection: Connection, case: Row[Any], *, us: str, now: datetime) -> None:
    """Note that the two records of ``case`` are not of one person, unless that is noted already."""
    pair = {"party": us, "stream": case.stream, "ours_ref": case.ours_ref, "theirs_ref": case.theirs_ref}
    same = [pair_decision.c[name] == value for name, value in pair.items()]
    there = connection.execute(select(pair_decision.c.id).where(*same, pair_decision.c.withdrawn_at.is_(None))).first()
    if there is None:
        connection.execute(insert(pair_decision).values({**pair, "number": case.number, "at": now}))


def withdraw(connection: Connection, number: str, *, us: str, now: datetime) -> None:
    """Take back what the case ``number`` decided, if anything."""
    mine = (pair_decision.c.party == us, pair_decision.c.number == number, pair_decision.c.withdrawn_at.is_(None))
    connection.execute(update(pair_decision).where(*mine).values(withdrawn_at=now))


def holds_in(period: str) -> ColumnElement[bool]:
    """The SQL condition that a decision of either side holds in ``period``."""
    still = or_(pair_decision.c.told_until.is_(None), pair_decision.c.told_until > period)
    return and_(pair_decision.c.told_from <= period, still)


def in_force(connection: Connection, stream: str, period: str) -> pa.Table:
    """The decisions of both sides that hold in ``period``: ours_ref, theirs_ref, decision."""
    holds = (pair_decision.c.stream == stream, holds_in(period))
    query = select(pair_decision.c.ours_ref, pair_decision.c.theirs_ref).where(*holds).distinct()
    rows = connection.execute(query.order_by(pair_decision.c.ours_ref, pair_decision.c.theirs_ref)).all()
    return pa.table(
        {
            "ours_ref": pa.array([row.ours_ref for row in rows], pa.string()),
            "theirs_ref": pa.array([row.theirs_ref for row in rows], pa.string()),
            "decision": pa.array(["other"] * len(rows), pa.string()),
        }
    )


def changed_in(connection: Connection, stream: str, period: str) -> bool:
    """Whether a decision begins or ceases to hold in ``period``."""
    begins_or_ends = or_(pair_decision.c.told_from == period, pair_decision.c.told_until == period)
    query = select(pair_decision.c.id).where(pair_decision.c.stream == stream, begins_or_ends)
    return connection.execute(query.limit(1)).first() is not None
