"""The worklist: a case opens with its discrepancy, has an owner and a deadline, and closes when both sides agree.

All cases of a month are done at once, by PostgreSQL; each change is an entry in the case's history.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy import case as when

from amanah.cases import history
from amanah.cases.decisions import holds_in
from amanah.cases.lifecycle import Happened, Resolution, State
from amanah.periods import first_day_after
from amanah.store.findings import open_as_of
from amanah.store.tables import case, discrepancy, pair_decision
from schemas.agreement import Agreement, Route

# What is expected to be missing needs nobody: the other side cannot know yet, or the worker was never placed by either.
EXPECTED_REASONS = ("not_yet_due", "non_procedural")
_FOLLOWED = ("severity", "reason", "field", "ours_ref", "theirs_ref", "area", "values_sha256")
_BEGINS_ANEW = {
    "state": State.OPEN,
    "opened_in": "new_period",
    "due_on": "new_due_on",
    "closed_in": None,
    "assignee": None,
    "waits_for": None,
    "resolution": None,
    "resolved_in": None,
    "escalated": 0,
    "acknowledged_by": None,
    "acknowledged_at": None,
}


@dataclass(frozen=True)
class Changes:
    """What one update of the worklist did; ``opened`` counts those that returned."""

    opened: int
    closed: int


def update_cases(connection: Connection, agreement: Agreement, *, us: str, period: str) -> Changes:
    """Open a case for each discrepancy open as of ``period`` that needs somebody, close those that have agreed.

    Calling it again changes nothing. A discrepancy that returns reopens its case under the same number; so does one
    that an exchange after its resolution still shows. Where a person said that both sides are right, the case stays
    closed for as long as both values stay.
    """
    due = agreement.add_working_days(us, first_day_after(period), agreement.deadlines.case_working_days)
    found = _found(agreement.parties[us].routes, period, due)
    opened = history.begin(connection, _to_open(found))
    both_stay = and_(case.c.resolution == Resolution.BOTH_RIGHT, case.c.values_sha256 == found.c.values_sha256)
    returned = and_(case.c.state == State.CLOSED, ~func.coalesce(both_stay, False))
    opened += history.change(connection, Happened.RETURNED, _of(found, returned), _BEGINS_ANEW)
    unchanged_by_it = and_(case.c.state == State.RESOLVED, case.c.resolved_in < period)
    history.change(connection, Happened.STILL_DIFFERS, _of(found, unchanged_by_it), _BEGINS_ANEW)
    _follow(connection, found)
    return Changes(opened, _close(connection, found, period))


def _close(connection: Connection, found: Subquery, period: str) -> int:
    """Close the cases of what is found no more: both sides agree, or the two records were parted."""
    gone = select(case.c.number, case.c.state).where(
        case.c.state != State.CLOSED, ~exists().where(found.c.number == case.c.number)
    )
    over = {"state": State.CLOSED, "closed_in": period, "waits_for": None}
    pair = (pair_decision.c[name] == case.c[name] for name in ("stream", "ours_ref", "theirs_ref"))
    parted = exists().where(*pair, holds_in(period))
    return sum(
        history.change(connection, how, gone.where(which), over)
        for how, which in ((Happened.PARTED, parted), (Happened.AGREED, ~parted))
    )


def _found(routes: tuple[Route, ...], period: str, due: date) -> Subquery:
    """Every discrepancy that needs somebody, as the case it is to be."""
    needs_somebody = discrepancy.c.reason.is_(None) | discrepancy.c.reason.not_in(EXPECTED_REASONS)
    values = func.concat_ws("\x1f", *(func.coalesce(discrepancy.c[name], "") for name in ("ours", "theirs")))
    return (
        select(
            discrepancy.c.id.label("number"),
            *(discrepancy.c[name] for name in ("stream", "class", *_FOLLOWED[:-1])),
            func.encode(func.sha256(func.convert_to(values, "UTF8")), "hex").label("values_sha256"),
            _owner(routes).label("official"),
            literal(period).label("period"),
            literal(due).label("due_on"),
        )
        .where(open_as_of(discrepancy, period), needs_somebody)
        .subquery("found")
    )


def _owner(routes: tuple[Route, ...]) -> ColumnElement[str]:
    """The official of the first route that takes a discrepancy; the last takes every one."""
    return when(*((_takes(route), route.official) for route in routes))


def _takes(route: Route) -> ColumnElement[bool]:
    conditions = {"stream": route.streams, "class": route.classes, "area": route.areas}
    return and_(true(), *(discrepancy.c[name].in_(some) for name, some in conditions.items() if some))


def _to_open(found: Subquery) -> Any:
    taken = ["number", "stream", "class", *_FOLLOWED, "official", "due_on"]
    fresh = select(
        *(found.c[name] for name in taken),
        found.c.period,
        literal(State.OPEN.value),
        literal(False),  # noqa: FBT003 - SQL's way
        literal(1),
        literal(0),
    ).where(~exists().where(case.c.number == found.c.number))
    columns = [*taken, "opened_in", "state", "handed_over", "version", "escalated"]
    return insert(case).from_select(columns, fresh).returning(case.c.number, case.c.state)


def _of(found: Subquery, condition: ColumnElement[bool]) -> Select[Any]:
    """The cases of what was found that meet ``condition``, with what they may take over."""
    new = [found.c[name].label(f"new_{name}") for name in (*_FOLLOWED, "official", "period", "due_on")]
    return select(case.c.number, case.c.state, *new).where(case.c.number == found.c.number, condition)


def _follow(connection: Connection, found: Subquery) -> None:
    """Cases go with their discrepancy, and to the desk that is to have them unless a person handed them over."""
    differ = or_(*(case.c[name].is_distinct_from(found.c[name]) for name in _FOLLOWED))
    new = {name: f"new_{name}" for name in _FOLLOWED}
    history.change(connection, Happened.CHANGED, _of(found, differ), new)
    astray = and_(case.c.official != found.c.official, ~case.c.handed_over)
    history.change(connection, Happened.MOVED, _of(found, astray), {"official": "new_official"})
