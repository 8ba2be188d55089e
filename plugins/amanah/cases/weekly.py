"""The weekly summary: on the first working day of the party's week, what waits at each desk of a supervisor."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from amanah.cases import outbox
from amanah.cases.alert import DANGER
from amanah.cases.letter import Desk, Writer
from amanah.cases.lifecycle import UNFINISHED, State
from amanah.cases.line import line
from amanah.store.tables import case
from schemas.agreement_party import WEEKDAYS, Party

KIND = "weekly"
LISTED = 15


@dataclass(frozen=True)
class AtDesk:
    """How many cases wait at one desk, by state, and how many of them should not."""

    desk: str
    open: int
    in_progress: int
    waiting: int
    late: int
    unseen: int


def week_of(party: Party, day: date) -> date:
    """The first day of the party's week that ``day`` is in: the one after its weekend, Monday where it has none."""
    begins = next(
        (
            place
            for place, name in enumerate(WEEKDAYS)
            if name not in party.weekend and WEEKDAYS[place - 1] in party.weekend
        ),
        0,
    )
    return day - timedelta(days=(day.weekday() - begins) % len(WEEKDAYS))


def is_due(party: Party, day: date) -> bool:
    """Whether the week's first working day has come by ``day``."""
    first = week_of(party, day)
    return any(party.works_on(first + timedelta(days=after)) for after in range((day - first).days + 1))


def queue(connection: Connection, writer: Writer) -> int:
    """Queue the week's summaries that are due and were not queued before; return how many there are.

    A supervisor at whose desks nothing waits gets none.
    """
    if not is_due(writer.party, writer.day):
        return 0
    counted = _counted(connection, writer.day)
    queued = 0
    for supervisor, desks in _supervised(writer).items():
        at = [counted[desk] for desk in desks if desk in counted]
        if not at:
            continue
        to = Desk(supervisor, writer.desk(desks[0]).language)
        rows = _listed(connection, [each.desk for each in at], writer.day)
        w, late = writer.words(to), sum(each.late for each in at)
        waiting = sum(each.open + each.in_progress + each.waiting for each in at)
        view = {
            "at": at,
            "counts": w("comma").join([w.count("open", waiting), w.count("late", late)]),
            "lines": [line(row, writer.party, writer.day) for row in rows],
            "unlisted": late - len(rows),
        }
        week = week_of(writer.party, writer.day)
        subject = w("weekly.subject", corridor=writer.agreement.id, day=w.day(week))
        message = writer.write(KIND, view, to=to, subject=subject, about=(week.isoformat(),))
        queued += outbox.put(connection, message, KIND, writer.day, not_before=writer.morning)
    return queued


def _supervised(writer: Writer) -> Mapping[str, list[str]]:
    """The desks of each supervisor, in the order of the file."""
    found: dict[str, list[str]] = {}
    for desk, known in writer.people.desks.items():
        if known.supervisor is not None:
            found.setdefault(known.supervisor, []).append(desk)
    return found


def _counted(connection: Connection, today: date) -> dict[str, AtDesk]:
    states = [func.count().filter(case.c.state == state) for state in (State.OPEN, State.IN_PROGRESS, State.WAITING)]
    unseen = func.count().filter(DANGER, case.c.acknowledged_at.is_(None))
    query = (
        select(case.c.official, *states, func.count().filter(case.c.due_on < today), unseen)
        .where(case.c.state.in_(UNFINISHED))
        .group_by(case.c.official)
    )
    return {official: AtDesk(official, *counts) for official, *counts in connection.execute(query)}


def _listed(connection: Connection, desks: list[str], today: date) -> list[Row[Any]]:
    """The cases whose deadline passed first."""
    query = (
        select(case)
        .where(case.c.state.in_(UNFINISHED), case.c.official.in_(desks), case.c.due_on < today)
        .order_by(case.c.due_on, case.c.number)
        .limit(LISTED)
    )
    return list(connection.execute(query))
