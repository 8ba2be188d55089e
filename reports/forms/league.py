"""A league that is none: per agency a rate, and whether it lies within what chance alone would give one of its size.

Made in two steps: ``counted`` before disclosure control, ``judged`` after it, from what is told. So the verdict tells
nothing that the counts beside it do not, and whoever has these can work it out again.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import exp, lgamma, log
from typing import Any

from reports.counted import Counted, Tally
from reports.figure import CONFIDENTIAL, NOT_APPLICABLE, NOT_AVAILABLE, TOTAL, Cell, Column, Figure, Row

WITHIN = 0.95  # of the agencies of one size, were all alike
PER = 1000
ABOVE, INSIDE, BELOW = "above_limits", "within_limits", "below_limits"
ADDED = (
    Column(code="low", unit="rate"),
    Column(code="high", unit="rate"),
    Column(code="standing", unit="standing"),
)
_TENTH = Decimal("0.1")


def counted(name: str, found: Sequence[Mapping[str, Any]]) -> Counted:
    """The figure ``name``: agencies by code, then all workers."""
    parts = ("numerator", "denominator")
    return Counted(
        id=name,
        form="league",
        columns=tuple(Column(code=part, unit="count") for part in parts),
        rows={
            row["row"]: tuple(Tally(int(row[part] or 0), int(row[f"{part}_key"] or 0)) for part in parts)
            for row in found
        },
    )


def judged(figure: Figure) -> Figure:
    """The figure with the limits of each agency and where it stands."""
    whole = next((row for row in figure.rows if row.code == TOTAL), None)
    rate = _rate(whole) if whole is not None else None
    rows = tuple(Row(code=row.code, cells=(*row.cells, *_judgement(row, rate))) for row in figure.rows)
    return figure.model_copy(update={"columns": (*figure.columns, *ADDED), "rows": rows})


def limits(workers: int, rate: float) -> tuple[int, int]:
    """Between how many of ``workers`` 95 in 100 agencies would lie, were ``rate`` the chance of each worker.

    The exact binomial: the smallest counts by which at least 2.5 and at least 97.5 per cent are reached.
    """
    if rate <= 0 or rate >= 1:
        return (0, 0) if rate <= 0 else (workers, workers)
    tail, reached, low = (1 - WITHIN) / 2, 0.0, None
    for count in range(workers + 1):
        ways = lgamma(workers + 1) - lgamma(count + 1) - lgamma(workers - count + 1)
        reached += exp(ways + count * log(rate) + (workers - count) * log(1 - rate))
        if low is None and reached >= tail:
            low = count
        if reached >= 1 - tail:
            return low or 0, count
    return low or 0, workers


def _rate(row: Row) -> float | None:
    numerator, denominator = (cell.value for cell in row.cells[:2])
    return numerator / denominator if numerator is not None and denominator else None


def _judgement(row: Row, rate: float | None) -> tuple[Cell, ...]:
    numerator, denominator = (cell.value for cell in row.cells[:2])
    if row.code == TOTAL:
        return (NOT_APPLICABLE,) * len(ADDED)
    if rate is None or not denominator:
        return (NOT_AVAILABLE,) * len(ADDED)
    low, high = limits(int(denominator), rate)
    told = (_per(low, denominator), _per(high, denominator))
    if numerator is None:
        return (*told, CONFIDENTIAL)
    standing = BELOW if numerator < low else ABOVE if numerator > high else INSIDE
    return (*told, Cell(states=(standing,)))


def _per(count: int, workers: float) -> Cell:
    value = (Decimal(count) * PER / Decimal(workers)).quantize(_TENTH, rounding=ROUND_HALF_UP)
    return Cell(value=float(value))
