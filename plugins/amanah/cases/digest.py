"""The digest: one mail per official and period, saying what is theirs and what to do, with nothing personal in it.

Queued in the database under a Message-ID that follows from official and period, so that it exists once whatever is
repeated or killed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.postgresql import insert

from amanah.cases import letter
from amanah.periods import first_day_after
from amanah.store.tables import case, mail
from schemas.agreement import Agreement

LISTED = 15  # cases named in one mail; the rest are counted

CLASSES: Mapping[str, tuple[str, str]] = {
    "protection": ("a worker may be in danger", "Reach the worker today, then tell the other side what you found."),
    "identity": ("documents point at different people", "Compare the documents and say who is who."),
    "duplicate": ("one document on several records", "Find which record is right and withdraw the other."),
    "missing_there": ("we hold it, the other side does not", "Ask the other side to look for the worker."),
    "missing_here": ("the other side holds it, we do not", "Look for the worker in our systems."),
    "stage": (
        "the two sides report different stages",
        "Find out where the worker is; correct our record if wrong.",
    ),
    "field": ("a value differs", "Check the document and correct our record if it is wrong."),
}


@dataclass(frozen=True)
class Line:
    """One class of cases in a digest."""

    klass: str
    meaning: str
    action: str
    open: int
    new: int
    overdue: int


def queue(connection: Connection, agreement: Agreement, *, us: str, period: str, sender: str, pages: str | None) -> int:
    """Queue the digests of ``period`` for every official with something new or overdue; return how many are new.

    ``pages`` is the address of the pages, if there are any. A digest that was queued before is left as it is.
    """
    queued = 0
    for official, cases in _cases_by_official(connection).items():
        message = compose(agreement, us=us, official=official, cases=cases, period=period, sender=sender, pages=pages)
        if message is None:
            continue
        statement = (
            insert(mail)
            .values(letter.queued(message, "digest", period))
            .on_conflict_do_nothing()
            .returning(mail.c.message_id)
        )
        queued += len(connection.execute(statement).all())
    return queued


def compose(
    agreement: Agreement,
    *,
    us: str,
    official: str,
    cases: Sequence[Row[tuple[object, ...]]],
    period: str,
    sender: str,
    pages: str | None,
) -> EmailMessage | None:
    """Write one official's digest, or return None when there is nothing new and nothing overdue."""
    today = first_day_after(period)
    waiting = [row for row in cases if row.state == "open"]
    new = [row for row in waiting if row.opened_in == period]
    overdue = [row for row in waiting if row.due_on < today]
    if not new and not overdue:
        return None
    view = {
        "title": agreement.title["en"],
        "period": period,
        "today": today,
        "lines": _lines(waiting, period, today),
        "closed": sum(row.closed_in == period for row in cases),
        "urgent": sorted(waiting, key=lambda row: (row.severity != "high", row.due_on, row.number))[:LISTED],
        "unlisted": max(0, len(waiting) - LISTED),
        "pages": pages,
        "new": len(new),
        "overdue": len(overdue),
    }
    return letter.write(
        "digest",
        view,
        sender=sender,
        to=official,
        subject=f"[{agreement.id}] {period}: {len(new)} new, {len(overdue)} overdue, {len(waiting)} open",
        about=(agreement.id, us, official, period),
    )


def _cases_by_official(connection: Connection) -> dict[str, list[Row[tuple[object, ...]]]]:
    grouped: dict[str, list[Row[tuple[object, ...]]]] = {}
    for row in connection.execute(select(case).order_by(case.c.official, case.c.number)):
        grouped.setdefault(row.official, []).append(row)
    return grouped


def _lines(waiting: Sequence[Row[tuple[object, ...]]], period: str, today: date) -> list[Line]:
    def count(rows: list[Row[tuple[object, ...]]]) -> Counter[str]:
        return Counter(getattr(row, "class") for row in rows)

    every = count(list(waiting))
    new = count([row for row in waiting if row.opened_in == period])
    overdue = count([row for row in waiting if row.due_on < today])
    return [
        Line(klass, meaning, action, every[klass], new[klass], overdue[klass])
        for klass, (meaning, action) in CLASSES.items()
        if every[klass]
    ]
