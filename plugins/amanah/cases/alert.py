"""The alert: what cannot wait for a digest. A worker who may be in danger, and a deadline that was missed.

A worker in danger is told to the desk within the run that finds it and again every day, holidays too, until somebody
has acknowledged the case. A missed deadline is told once, to the desk and its supervisor.

A case has a mail of its own, in the case's thread; where a desk has many on one day, one mail lists them, as twenty
mails at once are read by nobody.
"""

from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from amanah.cases import outbox, told
from amanah.cases.letter import Desk, Writer
from amanah.cases.lifecycle import UNFINISHED, Happened
from amanah.cases.line import line
from amanah.store.tables import case, case_event, case_told

MOST_OF_THEIR_OWN = 5  # cases of a desk with a mail each; more of them come in one
LISTED = 50

DANGER: ColumnElement[bool] = or_(
    case.c["class"] == "protection", and_(case.c.stream == "complaint", case.c.severity == "high")
)
"""Cases that may mean danger. Of the others of high severity, such as a wage that differs, the digest tells first."""


def queue_protection(connection: Connection, writer: Writer) -> int:
    """Queue the mails about workers who may be in danger; return how many there are."""
    reminded = case_told.c.alerted_on
    query = (
        select(*case.c, reminded)
        .outerjoin(case_told, and_(case_told.c.who == case.c.official, case_told.c.number == case.c.number))
        .where(case.c.state.in_(UNFINISHED), DANGER, case.c.acknowledged_at.is_(None))
        .where(or_(reminded.is_(None), reminded < writer.day))
        .order_by(case.c.official, reminded.is_not(None), case.c.number)
    )
    queued = 0
    for (official, again), some in groupby(
        connection.execute(query).all(), lambda row: (row.official, row.alerted_on is not None)
    ):
        cases = list(some)
        about = "reminder" if again else "protection"
        for message in _mails(writer, writer.desk(official), cases, about):
            queued += outbox.put(connection, message, "protection", writer.day)
        told.alert_told(connection, official, {row.number: writer.day for row in cases})
    return queued


def queue_missed(connection: Connection, writer: Writer) -> int:
    """Queue the mails about deadlines that were missed; return how many there are."""
    desks = select(case.c.official).where(case.c.state.in_(UNFINISHED), case.c.escalated > 0).distinct()
    queued = 0
    for official in sorted(connection.execute(desks).scalars()):
        desk, supervisor = writer.desk(official), writer.people.supervisor(official)
        for to in (desk, *([Desk(supervisor, desk.language)] if supervisor else [])):
            rows = connection.execute(_missed(official, to.address)).all()
            if rows:
                for message in _mails(writer, to, rows, "missed" if to is desk else "missed_by_desk"):
                    queued += outbox.put(connection, message, "missed", writer.day)
                told.missed_told(connection, to.address, {row.number: row.missed_at for row in rows})
    return queued


def _missed(official: str, who: str) -> Any:
    """The cases of ``official`` of whose last missed deadline ``who`` was not told."""
    missed_at = (
        select(func.max(case_event.c.version))
        .where(case_event.c.number == case.c.number, case_event.c.action == Happened.ESCALATED.value)
        .scalar_subquery()
    )
    return (
        select(*case.c, missed_at.label("missed_at"))
        .outerjoin(case_told, and_(case_told.c.who == who, case_told.c.number == case.c.number))
        .where(case.c.official == official, case.c.state.in_(UNFINISHED), case.c.escalated > 0)
        .where(missed_at > func.coalesce(case_told.c.missed, 0))
        .order_by(case.c.due_on, case.c.number)
    )


def _mails(writer: Writer, to: Desk, cases: Sequence[Any], about: str) -> Iterator[EmailMessage]:
    """A mail for each of ``cases``, or one for all of them where they are many."""
    if len(cases) <= MOST_OF_THEIR_OWN:
        for row in cases:
            yield _mail(writer, to, [row], about)
    else:
        yield _mail(writer, to, cases, about)


def _mail(writer: Writer, to: Desk, cases: Sequence[Any], about: str) -> EmailMessage:
    w = writer.words(to)
    one = cases[0].number if len(cases) == 1 else None
    what = w.id(one) if one else w.count("cases", len(cases))
    view = {
        "about": about,
        "lines": [line(row, writer.party, writer.day) for row in cases[:LISTED]],
        "count": len(cases),
        "unlisted": max(0, len(cases) - LISTED),
        "classes": list(dict.fromkeys(row._mapping["class"] for row in cases)),
        "official": cases[0].official,
        "supervisor": about == "missed" and writer.people.supervisor(to.address) is not None,
    }
    told_apart = (writer.day.isoformat(), about, *(row.number for row in cases))
    form = "subject" if one else "subject_of_many"
    subject = w(f"alert.{about}.{form}", corridor=writer.agreement.id, what=what)
    return writer.write("alert", view, to=to, subject=subject, about=told_apart, case=one, urgent=True)
