"""The history of a case: every change is an entry of its own, written in the statement that makes it.

Entries are only ever added. What a person wrote in an entry is personal data, for the page and the terminal only.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.dml import ReturningInsert

from amanah.cases.lifecycle import SOFTWARE, Action, Happened
from amanah.store.tables import case, case_event

_ENTRY = ("number", "version", "at", "by", "action", "before", "after", "why", "detail")


def change(
    connection: Connection,
    action: Action | Happened,
    which: Select[Any],
    values: Mapping[str, Any],
    *,
    by: str = SOFTWARE,
    why: str | None = None,
    detail: Mapping[str, object] | None = None,
) -> int:
    """Change the cases that ``which`` selects, note it in the history of each, and return how many there were.

    ``which`` selects ``number`` and ``state`` of table ``case``, with what of other tables ``values`` speak of as
    columns called ``new_...``; a value may be one of their names.
    """
    picked = which.with_for_update(of=case).cte("picked")
    told = {name: _value(picked, value) for name, value in values.items()}
    changed = (
        update(case)
        .where(case.c.number == picked.c.number)
        .values({**told, "version": case.c.version + 1})
        .returning(case.c.number, case.c.version, picked.c.state.label("before"), case.c.state.label("after"))
        .cte("changed")
    )
    entry = select(
        changed.c.number,
        changed.c.version,
        literal(datetime.now(UTC)),
        literal(by),
        literal(action.value),
        changed.c.before,
        changed.c.after,
        literal(why),
        literal(dict(detail or {}), JSONB),
    )
    return _noted(connection, entry)


def _noted(connection: Connection, entries: Select[Any]) -> int:
    noted = insert(case_event).from_select(_ENTRY, entries).returning(case_event.c.id).cte("noted")
    return connection.execute(select(func.count()).select_from(noted)).scalar_one()


def _value(picked: Any, value: Any) -> Any:
    return picked.c[value] if isinstance(value, str) and value.startswith("new_") else value


def begin(connection: Connection, opened: ReturningInsert[Any]) -> int:
    """Run ``opened``, an INSERT of cases that returns their numbers and states; note each, and count them."""
    new = opened.cte("opened")
    entry = select(
        new.c.number,
        literal(1),
        literal(datetime.now(UTC)),
        literal(SOFTWARE),
        literal(Happened.FOUND.value),
        literal(None),
        new.c.state,
        literal(None),
        literal({}, JSONB),
    )
    return _noted(connection, entry)


def of(connection: Connection, number: str) -> list[Row[Any]]:
    """The history of one case, oldest entry first."""
    query = select(case_event).where(case_event.c.number == number).order_by(case_event.c.id)
    return list(connection.execute(query))
