"""Records that a system gave before its stream was consolidated become its contributions, so that rows find them."""

from datetime import UTC, datetime

from sqlalchemy import Connection, and_, select
from sqlalchemy.dialects.postgresql import distinct_on

from amanah.node.consolidation.components import Rows
from amanah.node.consolidation.contribution import from_record
from amanah.node.consolidation.terms import StreamTerms
from amanah.store.tables import RECORDS, contribution
from schemas.streams import Stream


def to_adopt(connection: Connection, stream: Stream, terms: StreamTerms, *, us: str) -> Rows:
    """The newest revisions that came from one system alone and are no contribution of it yet.

    When the system changed them is not known any more: any row it sends counts as newer.
    """
    table = RECORDS[stream.name]
    newest = (
        select(table)
        .ext(distinct_on(table.c.record_ref))
        .where(table.c.holder == us)
        .order_by(table.c.record_ref, table.c.revision.desc())
        .subquery()
    )
    same = and_(
        contribution.c.stream == stream.name,
        contribution.c.source == newest.c.origin,
        contribution.c.source_ref == newest.c.record_ref,
    )
    query = select(newest).where(
        ~newest.c.withdrawn, newest.c.origin.in_(list(terms.ranks)), ~select(contribution).where(same).exists()
    )
    return [
        from_record(
            row.origin,
            {name: row._mapping[name] for name in stream.fields},
            updated_at=datetime.fromisoformat(f"{row.known_in}-01").replace(tzinfo=UTC),
            known_in=row.known_in,
            fingerprint=row.fingerprint,
        )
        for row in connection.execute(query)
    ]
