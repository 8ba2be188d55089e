"""Which references lead somewhere: records of a party that the node knows, and registrations that are part of one."""

from collections.abc import Collection

from sqlalchemy import ARRAY, Connection, Text, any_, bindparam, select, union

from amanah.store.tables import RECORDS, contribution


def known(connection: Connection, stream: str, *, holder: str, refs: Collection[str], as_of: str) -> set[str]:
    """Return those of ``refs`` that ``holder`` has had a record of by the end of ``as_of``."""
    table = RECORDS[stream]
    wanted = any_(bindparam("refs", sorted(refs), type_=ARRAY(Text)))
    query = select(table.c.record_ref).where(
        table.c.holder == holder, table.c.known_in <= as_of, table.c.record_ref == wanted
    )
    part = select(contribution.c.source_ref).where(
        contribution.c.stream == stream,
        contribution.c.known_in <= as_of,
        contribution.c.source_ref == wanted,
        contribution.c.record_ref.in_(select(table.c.record_ref).where(table.c.holder == holder)),
    )
    return set(connection.execute(union(query, part)).scalars())
