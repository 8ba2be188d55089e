"""Each figure put under the rule: small categories pooled, counts told by the rule, ratios made from what is told."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from reports.counted import NONE, Counted, Exact, Measured, Tally
from reports.disclosure.rule import Rule
from reports.figure import CONFIDENTIAL, NOT_AVAILABLE, WITHHELD, Cell, Column, Figure, Row

POOLED = "pooled"
RATIOS: Mapping[str, tuple[Column, int]] = {  # by the figure's form: the column that is added, and its factor
    "share": (Column(code="share", unit="percent"), 100),
    "rate": (Column(code="rate", unit="rate"), 1000),
    "league": (Column(code="rate", unit="rate"), 1000),
}
_TENTH = Decimal("0.1")


def protect(counted: Iterable[Counted], rule: Rule) -> tuple[Figure, ...]:
    """The figures as they may be told, as far as each is read for itself."""
    return tuple(_protected(each, rule) for each in counted)


def _protected(counted: Counted, rule: Rule) -> Figure:
    if counted.form in RATIOS:
        column, _ = RATIOS[counted.form]
        rows = tuple(_row_of_ratio(counted, code, cells, rule) for code, cells in counted.rows.items())
        return Figure(id=counted.id, form=counted.form, columns=(*counted.columns, column), rows=rows)
    if counted.total is not None:
        return _breakdown(counted, counted.total, rule)
    rows = tuple(
        Row(code=code, cells=tuple(_told(cell, rule) for cell in cells)) for code, cells in counted.rows.items()
    )
    return Figure(id=counted.id, form=counted.form, columns=counted.columns, rows=rows)


def _told(exact: Exact, rule: Rule) -> Cell:
    if exact is None:
        return NOT_AVAILABLE
    if isinstance(exact, Tally):
        return rule.cell(exact)
    return rule.measured(exact) if isinstance(exact, Measured) else Cell(states=exact)


def _row_of_ratio(counted: Counted, code: str, cells: Sequence[Exact], rule: Rule) -> Row:
    numerator, denominator = (_told(cell, rule) for cell in cells)
    if denominator == CONFIDENTIAL:  # of so few, not even that it is none
        numerator = CONFIDENTIAL
    return Row(code=code, cells=(numerator, denominator, ratio(counted.form, numerator, denominator, rule)))


def ratio(form: str, numerator: Cell, denominator: Cell, rule: Rule) -> Cell:
    """The ratio of two told counts: it tells nothing that they do not.

    A bound where the numerator is too small to be told; and where a share would be the whole, since "all of them"
    tells of each of them, and whether it is all or nearly all must not be seen.
    """
    _, factor = RATIOS[form]
    if WITHHELD in (numerator, denominator):
        return WITHHELD
    if denominator.mark is not None or denominator.value is None:
        return denominator
    if denominator.value == 0:
        return NOT_AVAILABLE
    if numerator.value is None:
        bound = _quotient(rule.smallest, denominator.value, factor, ROUND_CEILING)
        return Cell(value=bound, mark="less_than") if form == "share" and bound < factor else CONFIDENTIAL
    if form == "share" and numerator.value >= denominator.value:
        least = _quotient(max(0, denominator.value - rule.smallest), denominator.value, factor, ROUND_FLOOR)
        return Cell(value=least, mark="more_than") if least else CONFIDENTIAL
    return Cell(value=_quotient(numerator.value, denominator.value, factor, ROUND_HALF_UP))


def _quotient(part: float, whole: float, factor: int, rounding: str) -> float:
    return float((Decimal(part) * factor / Decimal(whole)).quantize(_TENTH, rounding=rounding))


def _breakdown(counted: Counted, total: Sequence[Exact], rule: Rule) -> Figure:
    """Small categories become one row, ``pooled``, the last one; the others keep their order or go by size.

    A column whose total is small is told as "fewer than" throughout and takes no part in the pooling.
    """
    sums = {place: sum_ for place, sum_ in enumerate(total) if isinstance(sum_, Tally)}
    told = [place for place, sum_ in sums.items() if rule.may_be_told(sum_)]
    tallies = {code: {place: _tally(cells[place]) for place in told} for code, cells in counted.rows.items()}
    pool = _pool(tallies, rule)

    def cells(values: Mapping[int, Tally]) -> tuple[Cell, ...]:
        return tuple(
            rule.cell(values[place]) if place in told else CONFIDENTIAL if place in sums else NOT_AVAILABLE
            for place in range(len(counted.columns))
        )

    rows = [Row(code=code, cells=cells(values)) for code, values in tallies.items() if code not in pool]
    if counted.by_size:  # by what is told: an order by hidden counts would tell something of them
        rows.sort(key=lambda row: -sum(cell.value or 0 for cell in row.cells))
    if pool:
        pooled = {place: sum((tallies[code][place] for code in sorted(pool)), NONE) for place in told}
        rows.append(Row(code=POOLED, cells=cells(pooled), pooled=len(pool)))
    return Figure(id=counted.id, form=counted.form, columns=counted.columns, rows=tuple(rows), total=cells(sums))


def _pool(tallies: Mapping[str, Mapping[int, Tally]], rule: Rule) -> frozenset[str]:
    """The categories to pool: every one with a small cell, then the smallest others until the pool may be told."""

    def fits(values: Iterable[Tally]) -> bool:
        return all(rule.may_be_told(value) for value in values)

    def pooled(codes: Sequence[str]) -> list[Tally]:
        return [sum(column, NONE) for column in zip(*(tallies[code].values() for code in codes), strict=True)]

    def size(code: str) -> int:
        return sum(value.count for value in tallies[code].values())

    pool = [code for code, values in tallies.items() if not fits(values.values())]
    others = sorted((code for code in tallies if code not in pool), key=lambda code: (size(code), code))
    for code in others:
        if not pool or fits(pooled(pool)):
            break
        pool.append(code)
    return frozenset(pool)


def _tally(exact: Exact) -> Tally:
    if not isinstance(exact, Tally):
        raise TypeError("a breakdown holds counts; a column that is not available is so in every row")
    return exact
