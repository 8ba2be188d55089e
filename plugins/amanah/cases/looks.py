"""Every look at the personal data of a case: who, as what, when and why; refused ones too. Only ever added to."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from amanah.store.tables import case_look


def note(connection: Connection, number: str, *, by: str, role: str, why: str, refused: bool = False) -> None:
    """Note that ``by`` looked at the case ``number``, or tried to."""
    values = {"at": datetime.now(UTC), "by": by, "role": role, "number": number, "why": why, "refused": refused}
    connection.execute(insert(case_look).values(values))


def at(connection: Connection, number: str) -> list[Row[Any]]:
    """Who looked at the case ``number``, the first one first."""
    return list(connection.execute(select(case_look).where(case_look.c.number == number).order_by(case_look.c.id)))
