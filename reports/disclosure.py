"""Disclosure control: what may be told about few people.

A count is told when it is 0 or at least ``smallest``. In a breakdown, small categories are pooled until every cell
may be told, so that the total stays exact and equals the sum of the rows. A share also guards the rest of its
denominator. What this does not guard yet stands in the page (``disclosure`` section).
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from reports.figure import CONFIDENTIAL, NOT_AVAILABLE, Cell, Row

POOLED = "pooled"
_TENTH = Decimal("0.1")


def may_be_told(count: int, smallest: int) -> bool:
    """Whether the exact ``count`` may be told."""
    return count == 0 or count >= smallest


def count_cell(count: int, smallest: int) -> Cell:
    """The cell of a count that stands alone."""
    return Cell(value=count) if may_be_told(count, smallest) else CONFIDENTIAL


def breakdown(
    counts: Mapping[str, Sequence[int | None]], width: int, smallest: int
) -> tuple[tuple[Row, ...], tuple[Cell, ...]]:
    """The rows and the total of ``counts`` (category to one count per column; ``None``: not available).

    A column whose total is small is told as "fewer than" throughout and takes no part in the pooling. The pooled row,
    if any, comes last; the others keep their order.
    """
    known = [i for i in range(width) if all(row[i] is not None for row in counts.values())]
    sums = {i: sum(row[i] or 0 for row in counts.values()) for i in known}
    told = [i for i in known if may_be_told(sums[i], smallest)]
    pool = _pool({code: [row[i] or 0 for i in told] for code, row in counts.items()}, smallest)

    def cells(values: Mapping[int, int]) -> tuple[Cell, ...]:
        return tuple(
            Cell(value=values[i]) if i in told else CONFIDENTIAL if i in known else NOT_AVAILABLE for i in range(width)
        )

    rows = [
        Row(code=code, cells=cells({i: row[i] or 0 for i in told})) for code, row in counts.items() if code not in pool
    ]
    if pool:
        pooled = {i: sum(counts[code][i] or 0 for code in pool) for i in told}
        rows.append(Row(code=POOLED, cells=cells(pooled), pooled=len(pool)))
    return tuple(rows), cells(sums)


def _pool(counts: Mapping[str, Sequence[int]], smallest: int) -> frozenset[str]:
    """The categories to pool: every one with a small cell, then the smallest others until the pool may be told."""

    def fits(values: Sequence[int]) -> bool:
        return all(may_be_told(value, smallest) for value in values)

    pool = [code for code, row in counts.items() if not fits(row)]
    others = sorted((code for code in counts if code not in pool), key=lambda code: (sum(counts[code]), code))
    for code in others:
        if not pool or fits([sum(column) for column in zip(*(counts[c] for c in pool), strict=True)]):
            break
        pool.append(code)
    return frozenset(pool)


def share(numerator: int, denominator: int, smallest: int) -> tuple[Cell, Cell, Cell]:
    """Numerator, denominator and percentage; a bound where the exact percentage would tell a small count."""
    if denominator == 0:
        return Cell(value=0), Cell(value=0), NOT_AVAILABLE
    if denominator < smallest:
        return CONFIDENTIAL, CONFIDENTIAL, CONFIDENTIAL
    base, rest = Cell(value=denominator), denominator - numerator
    numerator_told, rest_told = may_be_told(numerator, smallest), may_be_told(rest, smallest)
    if numerator_told and rest_told:
        return Cell(value=numerator), base, Cell(value=_ratio(numerator, denominator, 100, ROUND_HALF_UP))
    if denominator < 2 * smallest - 1:  # a bound would narrow the numerator down to a few values
        return CONFIDENTIAL, base, CONFIDENTIAL
    if numerator_told:
        bound = _ratio(denominator - smallest, denominator, 100, ROUND_FLOOR)
        return CONFIDENTIAL, base, Cell(value=bound, mark="more_than")
    return CONFIDENTIAL, base, Cell(value=_ratio(smallest, denominator, 100, ROUND_CEILING), mark="less_than")


def rate(numerator: int, denominator: int, whole: int, smallest: int) -> tuple[Cell, Cell, Cell]:
    """Numerator, denominator and numerator per 1,000; ``whole`` is a published count that the numerator is part of."""
    base = count_cell(denominator, smallest)
    if not (may_be_told(numerator, smallest) and may_be_told(whole - numerator, smallest)):
        return CONFIDENTIAL, base, CONFIDENTIAL if denominator else NOT_AVAILABLE
    if denominator == 0:
        return Cell(value=numerator), base, NOT_AVAILABLE
    if base.mark:
        return Cell(value=numerator), base, CONFIDENTIAL
    return Cell(value=numerator), base, Cell(value=_ratio(numerator, denominator, 1000, ROUND_HALF_UP))


def _ratio(part: int, whole: int, per: int, rounding: str) -> float:
    return float((Decimal(part) * per / Decimal(whole)).quantize(_TENTH, rounding=rounding))
