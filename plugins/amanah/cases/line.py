"""One case as a mail says it: what may be said of it, and nothing else.

What a mail holds of a case comes from here alone: its number, its class and field, its dates, its state and whose turn
it is. References, values, names and what people wrote never get this far.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row

from amanah.cases.lifecycle import State
from amanah.cases.words import COUNTED_DAYS
from schemas.agreement_party import Party


@dataclass(frozen=True)
class Line:
    """One case; ``late`` and ``left`` are working days since and until its deadline, one of them 0."""

    number: str
    stream: str
    klass: str
    field: str | None
    opened_in: str
    due_on: date
    late: int
    left: int
    turn: str
    there: str | None
    is_new: bool


def line(row: Row[Any], party: Party, today: date) -> Line:
    """The line of a row of table ``case``, as of ``today`` where the party lives."""
    extra = row._mapping
    return Line(
        number=row.number,
        stream=row.stream,
        klass=extra["class"],
        field=row.field,
        opened_in=row.opened_in,
        due_on=row.due_on,
        late=_working_days(party, row.due_on, today),
        left=_working_days(party, today, row.due_on),
        turn=_turn(row),
        there=extra.get("there"),
        is_new=bool(extra.get("is_new", False)),
    )


def _turn(row: Row[Any]) -> str:
    return f"waiting_{row.waits_for}" if row.state == State.WAITING and row.waits_for else str(row.state)


def _working_days(party: Party, start: date, end: date) -> int:
    """Working days after ``start`` up to ``end``, 0 when it lies before; it stops at ``COUNTED_DAYS``."""
    counted, day = 0, start
    while day < end and counted < COUNTED_DAYS:
        day += timedelta(days=1)
        counted += party.works_on(day)
    return counted
