"""What witnesses say of a case, and how many people only they know, by desk. What names a record is personal."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from amanah.store.tables import testimony, witnessed


@dataclass(frozen=True)
class Testimony:
    """What one witness says of one case.

    Attributes:
        witness: the source.
        about: ``value``, ``who`` or ``missing``: what the case is about.
        says: a code of `amanah.reconcile.witness`; of a silent one ``unknown`` where it does not know the worker.
        witness_ref: its record of the worker, personal.
        joined_ref: the record of the side that misses the worker which it takes for the same worker's, personal.
    """

    witness: str
    about: str
    says: str
    witness_ref: str | None
    joined_ref: str | None


_ABOUT = {"field": "value", "stage": "value", "identity": "who", "missing_here": "missing", "missing_there": "missing"}


def of(connection: Connection, number: str, klass: str) -> tuple[Testimony, ...]:
    """What each witness says of the case ``number``, of class ``klass``, by the name of the witness."""
    asked = testimony.c.id == number, testimony.c.closed_in.is_(None)
    return tuple(
        Testimony(
            row.witness,
            _ABOUT[klass],
            "unknown" if row.says == "silent" and row.witness_ref is None else row.says,
            row.witness_ref,
            row.joined_ref,
        )
        for row in connection.execute(select(testimony).where(*asked).order_by(testimony.c.witness))
    )


def in_neither(connection: Connection, desks: Sequence[str] | None) -> Sequence[Row[Any]]:
    """The people whom a witness of ours knows and neither register has, of ``desks``; with None of every desk."""
    query = select(witnessed).where(witnessed.c.closed_in.is_(None), *_theirs(desks))
    return connection.execute(query.order_by(witnessed.c.opened_in, witnessed.c.witness, witnessed.c.witness_ref)).all()


def counted(connection: Connection, desks: Sequence[str] | None) -> Mapping[tuple[str, str | None], int]:
    """How many they are, by witness and area."""
    columns = witnessed.c.witness, witnessed.c.area
    query = select(*columns, func.count()).where(witnessed.c.closed_in.is_(None), *_theirs(desks))
    return Counter(
        {(row[0], row[1]): row[2] for row in connection.execute(query.group_by(*columns).order_by(*columns))}
    )


def _theirs(desks: Sequence[str] | None) -> list[Any]:
    return [] if desks is None else [witnessed.c.official.in_(desks)]
