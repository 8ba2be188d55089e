"""Searching the cases: by what they are and whose, page by page, in an order that a new case does not shift.

A page is asked for by the last case of the page before, so that the hundredth costs what the first does.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, tuple_
from sqlalchemy import case as when

from amanah.cases.ageing import Age
from amanah.cases.lifecycle import UNFINISHED
from amanah.store.tables import case

PAGE = 50
_RANK = {"high": 0, "medium": 1, "low": 2}
_SEVERITY = when(_RANK, value=case.c.severity, else_=len(_RANK))
_ORDER = (_SEVERITY, case.c.due_on, case.c.number)


@dataclass(frozen=True)
class Wanted:
    """Which cases; what is empty or None asks for nothing.

    Attributes:
        desks: whose; with None of every desk.
        states: in which states; the unfinished ones by default.
        classes: of which classes.
        severities: of which severities.
        streams: of which streams.
        areas: in which areas.
        assignee: taken by whom.
        opened_in: opened in which month.
        number: beginning of the number.
        age: how urgent by their deadline, on ``today``.
        today: the day it is where the desk is.
        amber_before: see :func:`amanah.cases.ageing.amber_from`.
    """

    today: date
    amber_before: date
    desks: Sequence[str] | None = None
    states: Sequence[str] = tuple(state.value for state in UNFINISHED)
    classes: Sequence[str] = ()
    severities: Sequence[str] = ()
    streams: Sequence[str] = ()
    areas: Sequence[str] = ()
    assignee: str | None = None
    opened_in: str | None = None
    number: str | None = None
    age: Age | None = None

    @property
    def condition(self) -> ColumnElement[bool]:
        """The same as SQL."""
        lists = {
            "official": self.desks,
            "state": self.states or None,
            "class": self.classes or None,
            "severity": self.severities or None,
            "stream": self.streams or None,
            "area": self.areas or None,
        }
        exact = {"assignee": self.assignee, "opened_in": self.opened_in}
        conditions = [
            *(case.c[name].in_(some) for name, some in lists.items() if some is not None),
            *(case.c[name] == value for name, value in exact.items() if value is not None),
        ]
        if self.number is not None:
            conditions.append(case.c.number.startswith(self.number, autoescape=True))
        if self.age is not None:
            conditions.append(self.aged(self.age))
        return and_(case.c.number.is_not(None), *conditions)

    def aged(self, age: Age) -> ColumnElement[bool]:
        """The condition that a case is of that colour."""
        match age:
            case Age.RED:
                return case.c.due_on < self.today
            case Age.AMBER:
                return and_(case.c.due_on >= self.today, case.c.due_on < self.amber_before)
            case Age.GREEN:
                return and_(case.c.due_on >= self.today, case.c.due_on >= self.amber_before)


@dataclass(frozen=True)
class Page:
    """Some cases in the order of their urgency; ``next`` asks for those after them, None at the end."""

    cases: Sequence[Row[Any]]
    next: str | None


def find(
    connection: Connection,
    wanted: Wanted,
    *,
    after: str | None = None,
    most: int = PAGE,
    and_also: ColumnElement[bool] | None = None,
) -> Page:
    """The cases that are ``wanted``: the severe ones first, then those that are due first.

    ``after`` is the number of the last case of the page before; ``and_also`` a condition on table ``case`` beside.
    """
    query = select(case).where(wanted.condition)
    if and_also is not None:
        query = query.where(and_also)
    if after is not None:
        last = connection.execute(select(*_ORDER).where(case.c.number == after)).one_or_none()
        if last is not None:
            query = query.where(tuple_(*_ORDER) > tuple_(*last))
    found = connection.execute(query.order_by(*_ORDER).limit(most + 1)).all()
    return Page(found[:most], found[most - 1].number if len(found) > most else None)


def count(connection: Connection, wanted: Wanted) -> dict[str, Counter[str]]:
    """How many are ``wanted``: by class, by state, by age."""
    colour = when(*((wanted.aged(age), age.value) for age in Age))
    counted: dict[str, Counter[str]] = {}
    for name, column in {"class": case.c["class"], "state": case.c.state, "age": colour}.items():
        query = select(column, func.count()).where(wanted.condition).group_by(column)
        counted[name] = Counter({row[0]: row[1] for row in connection.execute(query)})
    return counted
