"""What a person does with a case: checked against its state and the version they saw, done once, kept in its history.

Somebody who acts on a case that changed since they looked is told so, and nothing is overwritten.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.postgresql import insert

from amanah.cases import decisions, history
from amanah.cases.deeds import Deed, Effect, Moment, NotAllowed, check, effect_of
from amanah.cases.lifecycle import Action, Resolution, State
from amanah.store.findings import month_that_is_open
from amanah.store.tables import case, case_relation
from schemas.agreement import Agreement


class NoSuchCase(LookupError):
    """There is no case of that number."""


class ChangedMeanwhile(RuntimeError):
    """The case is not as it was when the person looked; the text says who did what since."""


def find(connection: Connection, number: str, *, lock: bool = False) -> Row[Any]:
    """The case ``number``, as it is; with ``lock`` nobody changes it before we do. Raises ``NoSuchCase``."""
    query = select(case).where(case.c.number == number)
    found = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise NoSuchCase(f"there is no case {number}; `amanah node case list` shows those there are")
    return found


def act(connection: Connection, agreement: Agreement, deed: Deed, *, us: str, now: datetime | None = None) -> State:
    """Do ``deed`` within the caller's transaction, and return the case's state after it.

    Raises:
        NoSuchCase: there is no such case, or none to link it to.
        NotAllowed: not in this state, or something is missing.
        ChangedMeanwhile: the case has another version than ``deed.seen``.
    """
    now = now or datetime.now(UTC)
    row = find(connection, deed.number, lock=True)
    check(row, deed)
    if deed.seen is not None and deed.seen != row.version:
        raise ChangedMeanwhile(_since(connection, row, deed.seen))
    moment = Moment(agreement, us, now, month_that_is_open(connection, now))
    effect = effect_of(deed, row, moment)
    _note(connection, deed, deed.number, effect)
    if deed.resolution is Resolution.NOT_SAME_PERSON:
        decisions.part(connection, row, us=us, now=now)
    if deed.action is Action.REOPEN:
        decisions.withdraw(connection, deed.number, us=us, now=now)
    if deed.action is Action.RELATE and deed.other is not None:
        _relate(connection, deed, deed.other, now)
    return State(effect.values.get("state", row.state))


def _note(connection: Connection, deed: Deed, number: str, effect: Effect) -> None:
    which = select(case.c.number, case.c.state).where(case.c.number == number)
    history.change(connection, deed.action, which, effect.values, by=deed.by, why=deed.why, detail=effect.detail)


def _relate(connection: Connection, deed: Deed, other: str, now: datetime) -> None:
    """Link both ways: the other case's history says so too."""
    if other == deed.number:
        raise NotAllowed(f"case {other} cannot be linked to itself")
    find(connection, other)
    one, two = sorted((deed.number, other))
    values = {"one": one, "other": two, "by": deed.by, "at": now}
    connection.execute(insert(case_relation).values(values).on_conflict_do_nothing())
    _note(connection, deed, other, Effect({}, {"to": deed.number}))


def _since(connection: Connection, row: Row[Any], seen: int) -> str:
    news = [f"{each.by}: {each.action}" for each in history.of(connection, row.number) if each.version > seen]
    return f"case {row.number} has changed since it was looked at ({', '.join(news)}); look again, then act"
