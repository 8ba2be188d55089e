"""The digest: one mail per desk and day, when something is new for it: what waits, how old, whose turn, what to do.

Queued in the database under a Message-ID that follows from desk and day, so that it exists once whatever is repeated or
killed, and due at the desk's morning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from sqlalchemy import Connection, Row, Subquery, func, select
from sqlalchemy import case as when

from amanah.cases import outbox, told
from amanah.cases.letter import Writer
from amanah.cases.line import line
from schemas import codelists

KIND = "digest"
LISTED = 15  # cases named in one mail; the rest are counted


@dataclass(frozen=True)
class Group:
    """The cases of one class that wait for a desk."""

    klass: str
    open: int
    new: int
    late: int


def queue(connection: Connection, writer: Writer) -> int:
    """Queue a digest for every desk with something new; return how many there are.

    A digest that was queued before, for the same desk and day, is left as it is; what is new
    since is told the next day.
    """
    cases = told.standing()
    groups, listed, over = _groups(connection, cases, writer), _listed(connection, cases), told.over(connection)
    queued = 0
    for desk, of_desk in groups.items():
        if not any(group.new for group in of_desk):
            continue
        message = compose(writer, desk, of_desk, listed[desk], closed=over.get(desk, 0))
        if outbox.put(connection, message, KIND, writer.day, not_before=writer.morning):
            told.digest_told(connection, desk)
            queued += 1
    return queued


def compose(
    writer: Writer, desk: str, groups: Sequence[Group], rows: Sequence[Row[Any]], *, closed: int
) -> EmailMessage:
    """Write one desk's digest."""
    to = writer.desk(desk)
    new, late, waiting = (sum(getattr(group, name) for group in groups) for name in ("new", "late", "open"))
    w = writer.words(to)
    said = [w.count("new", new), *([w.count("late", late)] if late else []), w.count("open", waiting)]
    view = {
        "groups": groups,
        "counts": w("comma").join(said),
        "closed": closed,
        "lines": [line(row, writer.party, writer.day) for row in rows],
        "unlisted": waiting - len(rows),
    }
    subject = w("digest.subject", corridor=writer.agreement.id, counts=view["counts"])
    return writer.write(KIND, view, to=to, subject=subject, about=(writer.day.isoformat(),))


def _groups(connection: Connection, cases: Subquery, writer: Writer) -> Mapping[str, list[Group]]:
    klass = cases.c["class"]
    query = select(
        cases.c.official,
        klass,
        func.count(),
        func.count().filter(cases.c.is_new),
        func.count().filter(cases.c.due_on < writer.day),
    ).group_by(cases.c.official, klass)
    found: dict[str, list[Group]] = {}
    for official, *counted in connection.execute(query.order_by(cases.c.official)):
        found.setdefault(official, []).append(Group(*counted))
    order = list(codelists.load("discrepancy_class").codes)
    return {desk: sorted(groups, key=lambda group: order.index(group.klass)) for desk, groups in found.items()}


def _listed(connection: Connection, cases: Subquery) -> Mapping[str, list[Row[Any]]]:
    """The cases to name, by desk: severe ones first, then what is due first."""
    severe_first = when((cases.c.severity == "high", 0), else_=1)
    order = (severe_first, cases.c.due_on, cases.c.number)
    place = func.row_number().over(partition_by=cases.c.official, order_by=order).label("place")
    placed = select(*cases.c, place).subquery("placed")
    query = select(placed).where(placed.c.place <= LISTED).order_by(placed.c.official, placed.c.place)
    found: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.official, []).append(row)
    return found
