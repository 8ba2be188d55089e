"""How old a case is: green, amber, red by the working days that are left, and when it goes to the supervisor.

Days are working days of the case's own party; each side counts its own. The steps follow MADAD, the complaint system
of India's foreign ministry: red-amber-green, escalated by itself.
"""

from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import Connection, select

from amanah.cases import history
from amanah.cases.lifecycle import UNFINISHED, Happened
from amanah.store.tables import case
from schemas.agreement import Agreement


class Age(StrEnum):
    """How urgent the deadline makes it."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


AMBER_SHARE = 3  # a case is amber in the last third of its time
MOST_ESCALATIONS = 3


def amber_from(agreement: Agreement, party: str, today: date) -> date:
    """Cases due before this day, and not past it, are amber on ``today``."""
    share = max(1, agreement.deadlines.case_working_days // AMBER_SHARE)
    return agreement.add_working_days(party, today, share)


def age(due_on: date, today: date, amber_before: date) -> Age:
    """The colour of a case that is due on ``due_on``."""
    if due_on < today:
        return Age.RED
    return Age.AMBER if due_on < amber_before else Age.GREEN


def escalate(connection: Connection, agreement: Agreement, *, us: str, today: date) -> int:
    """Take what is past its deadline to the supervisor: at once, and twice more when as many working days went by.

    Returns how many cases were taken there. Calling it again on the same day does nothing.
    """
    missed_by = [today - timedelta(days=1)]
    while len(missed_by) < MOST_ESCALATIONS:
        missed_by.append(_working_days_before(agreement, us, missed_by[-1], agreement.deadlines.case_working_days))
    taken = 0
    for times in range(MOST_ESCALATIONS, 0, -1):
        late = select(case.c.number, case.c.state).where(
            case.c.state.in_(UNFINISHED), case.c.due_on <= missed_by[times - 1], case.c.escalated < times
        )
        taken += history.change(connection, Happened.ESCALATED, late, {"escalated": times}, detail={"time": times})
    return taken


def _working_days_before(agreement: Agreement, party: str, day: date, days: int) -> date:
    """The last day from which ``days`` working days of ``party`` end by ``day``."""
    earlier = day - timedelta(days=days)
    while agreement.add_working_days(party, earlier, days) > day:
        earlier -= timedelta(days=1)
    return earlier
