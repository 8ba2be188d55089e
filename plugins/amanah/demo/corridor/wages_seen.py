"""Wages that a bank or wallet shows to be paid. The destination takes them in once a quarter, at its end."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from amanah.demo.corridor.funnel import day_of
from amanah.demo.corridor.lot import Lot
from amanah.demo.corridor.money import in_coins
from amanah.demo.corridor.placements import Record, TruePlacement

COVERED = 0.9  # of the workers: their wages go through a bank or wallet
UNPAID = 0.12  # of those: payment ends after some months
PAID_FOR = (0, 6)  # months
SHORT = 0.1  # earn less in the first month than the contract says
SHORT_PER_CENT = (60, 95)
MONTH = timedelta(days=30)
PAID_LATE = (0, 9)  # days
QUARTER = 3


def reports(first: date, last: date) -> Iterator[date]:
    """The ends of quarters from ``first`` up to the first one on or after ``last``."""
    year, month = first.year, first.month + (-first.month) % QUARTER
    while True:
        end = date(year, month, monthrange(year, month)[1])
        yield end
        if end >= last:
            return
        month += QUARTER
        if month > 12:  # noqa: PLR2004 - months of a year
            year, month = year + 1, QUARTER


def covered(placement: TruePlacement) -> bool:
    """Whether the worker is paid through a bank or wallet at all."""
    return Lot(placement.setting.seed, "wages covered", placement.number).chance(COVERED)


def seen(placement: TruePlacement, report: date, known_end: date | None, wage: object) -> Record:
    """What the ``report`` says of wages due and paid.

    ``known_end`` is the day on which the placement ended as far as the destination knows, ``wage`` what its contract
    says. Nobody is paid after an ending that the destination does not know of.
    """
    lot = Lot(placement.setting.seed, "wages", placement.number)
    arrived = day_of(placement.steps, "arrived")
    if arrived is None:
        return {}
    paid_for = lot.between(PAID_FOR) if lot.chance(UNPAID) else None
    share = lot.between(SHORT_PER_CENT) if lot.chance(SHORT) else 100
    late = timedelta(days=lot.between(PAID_LATE))
    due = _months(arrived, min(report, known_end or report))
    worked = _months(arrived, min(report, placement.left or report))
    count = min(due, worked) if paid_for is None else min(due, worked, paid_for)
    first_full = Decimal(str(wage)) * share / 100 if count else Decimal(0)
    return {
        "wage_payments_due": due,
        "wage_payments_seen": count,
        "last_wage_paid_on": min(arrived + MONTH * count + late, report) if count else None,
        "earnings_amount": in_coins(first_full, placement.setting.minimum_wage.currency) if due else None,
    }


def _months(first: date, last: date) -> int:
    return max(0, (last - first) // MONTH)
