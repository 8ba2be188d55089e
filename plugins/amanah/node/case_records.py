"""The records of a case: both sides' newest, how they were linked; and which cases a document's number leads to."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, false, func, or_, select

from amanah.store.tables import RECORDS, case, link
from schemas.agreement import Agreement
from schemas.texts import to_text


@dataclass(frozen=True)
class Value:
    """One field of both records as text, personal. ``differs``: both have it, and not alike."""

    field: str
    ours: str
    theirs: str

    @property
    def differs(self) -> bool:
        """Whether both sides have a value, and another one."""
        return bool(self.ours and self.theirs and self.ours != self.theirs)


@dataclass(frozen=True)
class Records:
    """Both records of a case; ``linked`` says how they were linked, ``grade`` how surely. None where they are not."""

    values: tuple[Value, ...]
    linked: str | None
    grade: str | None


def records(connection: Connection, agreement: Agreement, row: Row[Any], *, us: str) -> Records:
    """Both records of the case ``row`` as they are now: the fields that either side has, in the contract's order."""
    ours = _newest(connection, row.stream, us, row.ours_ref)
    theirs = _newest(connection, row.stream, agreement.other(us), row.theirs_ref)
    fields = agreement.stream(row.stream).fields
    values = (Value(name, to_text(ours.get(name)), to_text(theirs.get(name))) for name in fields)
    pair = (link.c.stream == row.stream, link.c.ours_ref == row.ours_ref, link.c.theirs_ref == row.theirs_ref)
    linked = connection.execute(select(link.c.why, link.c.grade).where(*pair, link.c.closed_in.is_(None))).first()
    return Records(
        tuple(each for each in values if each.ours or each.theirs),
        linked.why if linked else None,
        linked.grade if linked else None,
    )


def of_document(connection: Connection, agreement: Agreement, number: str, *, us: str) -> ColumnElement[bool]:
    """The SQL condition that a case is about a record of either side that holds a document of that ``number``."""
    found: list[ColumnElement[bool]] = [false()]
    plain = _plain(number)
    for stream, terms in agreement.streams.items():
        table = RECORDS[stream]
        keys = [name for name in terms.linkage.keys if name.endswith("_no")]
        if not keys:
            continue
        holds = or_(*(func.upper(func.replace(table.c[name], " ", "")) == plain for name in keys))
        for party, side in ((us, "ours_ref"), (agreement.other(us), "theirs_ref")):
            refs = connection.execute(select(table.c.record_ref).where(table.c.holder == party, holds).distinct())
            found.append(and_(case.c.stream == stream, case.c[side].in_(list(refs.scalars()))))
    return or_(*found)


def _plain(number: str) -> str:
    return "".join(number.split()).upper()


def _newest(connection: Connection, stream: str, holder: str, ref: str | None) -> dict[str, Any]:
    if ref is None:
        return {}
    table = RECORDS[stream]
    query = select(table).where(table.c.holder == holder, table.c.record_ref == ref)
    found = connection.execute(query.order_by(table.c.revision.desc()).limit(1)).mappings().one_or_none()
    return dict(found) if found is not None and not found["withdrawn"] else {}
