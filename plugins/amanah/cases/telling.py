"""What the partner is told of our cases: the last thing a person did with each, in codes, and nothing they wrote."""

from sqlalchemy import Connection, and_, exists, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from amanah.cases.lifecycle import SOFTWARE, Resolution, State
from amanah.store.tables import case, case_event, discrepancy
from schemas.envelope import CaseView


def views(connection: Connection) -> list[CaseView]:
    """Our view of every case that a person has worked on and that is not over, by number."""
    last = (
        select(case_event.c.number, case_event.c.action, case_event.c.at)
        .ext(distinct_on(case_event.c.number))
        .where(case_event.c.by != SOFTWARE)
        .order_by(case_event.c.number, case_event.c.id.desc())
        .subquery()
    )
    still_found = exists().where(discrepancy.c.id == case.c.number, discrepancy.c.closed_in.is_(None))
    both_right = and_(case.c.state == State.CLOSED, case.c.resolution == Resolution.BOTH_RIGHT, still_found)
    query = (
        select(case.c.number, case.c.state, case.c.resolution, last.c.action, last.c.at)
        .join(last, last.c.number == case.c.number)
        .where(or_(case.c.state != State.CLOSED, both_right))
        .order_by(case.c.number)
    )
    return [
        CaseView(
            number=row.number, state=row.state, resolution=row.resolution, action=row.action, acted_on=row.at.date()
        )
        for row in connection.execute(query)
    ]
