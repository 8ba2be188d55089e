"""The worklist: a case opens with its discrepancy, has an owner and a deadline, and closes when both sides agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from amanah.periods import first_day_after
from amanah.store.findings import open_as_of
from amanah.store.tables import case, discrepancy
from schemas.agreement import Agreement

# What is expected to be missing needs nobody: the other side cannot know yet, or the worker was never placed by either.
EXPECTED_REASONS = ("not_yet_due", "non_procedural")


@dataclass(frozen=True)
class Changes:
    """What one update of the worklist did."""

    opened: int
    closed: int


def update_cases(connection: Connection, agreement: Agreement, *, us: str, period: str) -> Changes:
    """Open a case for each discrepancy open as of ``period`` that needs somebody, close those that have agreed.

    Calling it again changes nothing. A discrepancy that returns reopens its case under the same number.
    """
    needs_somebody = discrepancy.c.reason.is_(None) | discrepancy.c.reason.not_in(EXPECTED_REASONS)
    found = {
        row.id: row
        for row in connection.execute(select(discrepancy).where(open_as_of(discrepancy, period), needs_somebody))
    }
    cases = {row.number: row.state for row in connection.execute(select(case.c.number, case.c.state))}
    due = agreement.add_working_days(us, first_day_after(period), agreement.deadlines.case_working_days)
    _follow(connection, found, cases, agreement, us)
    fresh = [_case(row, agreement, us, period, due) for number, row in found.items() if number not in cases]
    if fresh:
        connection.execute(insert(case), fresh)
    returned = [number for number, state in cases.items() if state == "closed" and number in found]
    _set(connection, returned, state="open", closed_in=None, opened_in=period, due_on=due)
    agreed = [number for number, state in cases.items() if state == "open" and number not in found]
    _set(connection, agreed, state="closed", closed_in=period)
    return Changes(opened=len(fresh) + len(returned), closed=len(agreed))


def _follow(
    connection: Connection, found: Mapping[str, Row[Any]], cases: Mapping[str, str], agreement: Agreement, us: str
) -> None:
    """What has aged from late to lost is more severe, and may belong to somebody else."""
    rows = [
        {"which": number, **{f"new_{name}": values[name] for name in ("severity", "reason", "official")}}
        for number, row in found.items()
        if number in cases
        for values in [_about(row, agreement, us)]
    ]
    if rows:
        new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("severity", "reason", "official")}
        connection.execute(update(case).where(case.c.number == bindparam("which")).values(new), rows)


def _case(row: Row[Any], agreement: Agreement, us: str, period: str, due: date) -> dict[str, object]:
    return {**_about(row, agreement, us), "state": "open", "opened_in": period, "due_on": due}


def _about(row: Row[Any], agreement: Agreement, us: str) -> dict[str, object]:
    """What a case takes from its discrepancy, and whose it is."""
    values = row._mapping
    taken = {name: values[name] for name in ("stream", "class", "severity", "reason", "field")}
    routes = agreement.parties[us].routes
    about = {"stream": values["stream"], "klass": values["class"], "area": values["area"]}
    owner = next(route.official for route in routes if route.takes(**about))
    return {"number": values["id"], **taken, "official": owner}


def _set(connection: Connection, numbers: list[str], **values: object) -> None:
    if numbers:
        statement = update(case).where(case.c.number == bindparam("which")).values(values)
        connection.execute(statement, [{"which": number} for number in numbers])
