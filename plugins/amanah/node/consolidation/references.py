"""References into a consolidated stream: a complaint names a registration that may be part of another record."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import distinct_on

from amanah.store import contributions, records
from amanah.store.fingerprint import fingerprint
from amanah.store.many import one_of
from amanah.store.records import Revision
from amanah.store.tables import RECORDS
from schemas.agreement import Agreement
from schemas.streams import STREAMS, Stream

PERSON = "person_ref"


def pointed(
    connection: Connection, agreement: Agreement, stream: Stream, found: Sequence[dict[str, object]], *, us: str
) -> list[dict[str, object]]:
    """``found`` with each reference to a parent's registration turned into that of its record, and with its person."""
    linkage = agreement.streams[stream.name].linkage
    if linkage.parent is None or linkage.parent_stream is None:
        return list(found)
    field = linkage.parent
    named = {str(record[field]) for record in found if record[field] is not None}
    part_of = contributions.record_of(connection, linkage.parent_stream, named) if named else {}
    people = _people(connection, linkage.parent_stream, set(part_of.values()), us=us)
    return [_pointed(record, field, part_of, people) for record in found]


def point_again(
    connection: Connection, agreement: Agreement, parent: str, refs: Collection[str], *, us: str, known_in: str
) -> None:
    """Revise what points at one of ``refs`` of the stream ``parent`` and should point at another record now."""
    for name, agreed in agreement.streams.items():
        if agreed.linkage.parent_stream == parent and agreed.linkage.parent is not None and refs:
            held = _pointing(connection, STREAMS[name], agreed.linkage.parent, refs, us=us)
            right = pointed(connection, agreement, STREAMS[name], [values for _, _, values in held], us=us)
            for (row, month, before), after in zip(held, right, strict=True):
                if before != after:
                    looks = fingerprint(after, STREAMS[name].fields)
                    revision = Revision(row.record_ref, row.revision + 1, after, looks, origins=row.origins)
                    records.add_ours(
                        connection, name, [revision], us=us, known_in=max(month, known_in), origin=row.origin
                    )


def _pointed(
    record: dict[str, object], field: str, part_of: dict[str, str], people: dict[str, str]
) -> dict[str, object]:
    ref = part_of.get(str(record[field]))
    if ref is None:
        return record
    person = people.get(ref)
    return record | {field: ref} | ({PERSON: person} if person is not None and PERSON in record else {})


def _newest(stream: str, us: str) -> Any:
    table = RECORDS[stream]
    return (
        select(table)
        .ext(distinct_on(table.c.record_ref))
        .where(table.c.holder == us)
        .order_by(table.c.record_ref, table.c.revision.desc())
    )


def _people(connection: Connection, stream: str, refs: set[str], *, us: str) -> dict[str, str]:
    table = RECORDS[stream]
    if not refs or PERSON not in table.c:
        return {}
    newest = _newest(stream, us).where(table.c.record_ref == one_of(refs)).subquery()
    query = select(newest.c.record_ref, newest.c[PERSON]).where(newest.c[PERSON].is_not(None))
    return {row.record_ref: row.person_ref for row in connection.execute(query)}


def _pointing(
    connection: Connection, stream: Stream, field: str, refs: Collection[str], *, us: str
) -> list[tuple[Any, str, dict[str, object]]]:
    newest = _newest(stream.name, us).subquery()
    query = select(newest).where(newest.c[field] == one_of(refs), ~newest.c.withdrawn)
    rows = connection.execute(query).all()
    return [(row, row.known_in, {name: row._mapping[name] for name in stream.fields}) for row in rows]
