"""What was told of a case, and to whom: kept in the database, so that a mail says what is new and nothing twice.

No clock and no running number is asked what is new: what commits late, or on a day without a mail, is told all the
same.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from amanah.cases.lifecycle import UNFINISHED, Action, Happened, State
from amanah.store.tables import case, case_event, case_there, case_told

NEWS = (
    *(Happened.FOUND, Happened.RETURNED, Happened.STILL_DIFFERS, Happened.MOVED),
    *(Action.HAND_OVER, Action.REOPEN),
)
"""What makes a case new for its desk."""


def standing() -> Subquery:
    """Every case that waits for its desk.

    ``is_new`` says that something is to be told of it, ``there`` what a person of the partner did last.
    """
    since = exists().where(
        case_event.c.number == case.c.number,
        case_event.c.action.in_([each.value for each in NEWS]),
        case_event.c.version > case_told.c.version,
    )
    word = _word_of_the_partner()
    has_word = and_(case_there.c.number.is_not(None), word.is_distinct_from(case_told.c.there))
    return (
        select(
            *case.c,
            case_there.c.action.label("there"),
            word.label("word"),
            or_(case_told.c.version.is_(None), since, has_word).label("is_new"),
        )
        .select_from(
            case.outerjoin(case_told, and_(case_told.c.who == case.c.official, case_told.c.number == case.c.number))
            .outerjoin(case_there, case_there.c.number == case.c.number)
        )
        .where(case.c.state.in_(UNFINISHED))
        .subquery("standing")
    )  # fmt: skip


def over(connection: Connection) -> dict[str, int]:
    """How many cases that a desk was told of have been closed since, by desk."""
    query = (
        select(case_told.c.who, func.count().label("closed"))
        .join(case, and_(case.c.number == case_told.c.number, case.c.official == case_told.c.who))
        .where(case.c.state == State.CLOSED, case_told.c.version.is_not(None))
        .group_by(case_told.c.who)
    )
    return {row.who: row.closed for row in connection.execute(query)}


def digest_told(connection: Connection, desk: str) -> None:
    """Note that ``desk`` has now been told of everything of its own, and forget what is over or another desk's."""
    cases = standing()
    news = select(cases.c.official, cases.c.number, cases.c.version, cases.c.word)
    _note(connection, news.where(cases.c.official == desk, cases.c.is_new), ("version", "there"))
    gone = exists().where(
        case.c.number == case_told.c.number, or_(case.c.state == State.CLOSED, case.c.official != case_told.c.who)
    )
    connection.execute(delete(case_told).where(case_told.c.who == desk, case_told.c.version.is_not(None), gone))


def alert_told(connection: Connection, who: str, days: Mapping[str, date]) -> None:
    """Note the day on which ``who`` was told that a worker may be in danger, by number of the case."""
    _each(connection, who, "alerted_on", days)


def missed_told(connection: Connection, who: str, versions: Mapping[str, int]) -> None:
    """Note which missed deadline ``who`` was told of, by number of the case."""
    _each(connection, who, "missed", versions)


def _each(connection: Connection, who: str, column: str, values: Mapping[str, object]) -> None:
    statement = insert(case_told)
    statement = statement.on_conflict_do_update(
        index_elements=["who", "number"], set_={column: statement.excluded[column]}
    )
    connection.execute(statement, [{"who": who, "number": number, column: value} for number, value in values.items()])


def _note(connection: Connection, rows: Select[Any], columns: tuple[str, ...]) -> None:
    statement = insert(case_told).from_select(["who", "number", *columns], rows)
    told = {name: statement.excluded[name] for name in columns}
    connection.execute(statement.on_conflict_do_update(index_elements=["who", "number"], set_=told))


def _word_of_the_partner() -> ColumnElement[str]:
    """The last thing that a person of the partner did, in a form that differs when they did another."""
    there = case_there.c
    parts = (there.told_in, there.state, there.action, cast(there.acted_on, Text))
    return func.concat_ws(" ", *parts)
