"""Related cases: of the same records, of a complaint and the placement it is about, or linked by a person."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, false, or_, select, union

from amanah.store.tables import RECORDS, case, case_relation
from schemas.agreement import Agreement


def related(connection: Connection, agreement: Agreement, row: Row[Any]) -> list[Row[Any]]:
    """The cases that have to do with the case ``row``, the newest first."""
    numbers = union(
        select(case.c.number).where(_same_record(row)),
        select(case_relation.c.other).where(case_relation.c.one == row.number),
        select(case_relation.c.one).where(case_relation.c.other == row.number),
        *_over_streams(agreement, row),
    )
    query = select(case).where(case.c.number.in_(numbers), case.c.number != row.number)
    return list(connection.execute(query.order_by(case.c.opened_in.desc(), case.c.number)))


def _same_record(row: Row[Any]) -> ColumnElement[bool]:
    of_each = [
        and_(case.c.stream == row.stream, case.c[side] == getattr(row, side))
        for side in ("ours_ref", "theirs_ref")
        if getattr(row, side) is not None
    ]
    return or_(false(), *of_each)


def _over_streams(agreement: Agreement, row: Row[Any]) -> list[Select[Any]]:
    """Cases of records that the records of ``row`` hang on, and of those that hang on them."""
    queries = []
    for name, terms in agreement.streams.items():
        parent, field = terms.linkage.parent_stream, terms.linkage.parent
        if parent is None or field is None or row.stream not in {name, parent}:
            continue
        child = RECORDS[name]
        for side in ("ours_ref", "theirs_ref"):
            ref = getattr(row, side)
            if ref is None:
                continue
            if row.stream == name:
                pointed = select(child.c[field]).where(child.c.record_ref == ref)
                queries.append(select(case.c.number).where(case.c.stream == parent, case.c[side].in_(pointed)))
            else:
                pointing = case.c[side] == child.c.record_ref
                queries.append(
                    select(case.c.number).join(child, pointing).where(case.c.stream == name, child.c[field] == ref)
                )
    return queries
