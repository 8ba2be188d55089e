"""Measuring: run each indicator's query over the snapshot and put the counts under disclosure control."""

from dataclasses import dataclass
from typing import Any

from reports import disclosure
from reports.figure import MATCHED, NOT_AVAILABLE, Cell, Column, Figure, Row
from reports.indicators import QUERIES, Catalogue, Indicator
from reports.quarter import Quarter
from reports.snapshot import Terms
from schemas import codelists
from schemas.agreement import Agreement
from schemas.streams import STREAMS

EARLIER_QUARTERS = 4


@dataclass(frozen=True)
class Frame:
    """What every indicator of one edition is measured against.

    ``sides`` are the two parties in the agreement's order; ``absent`` the (stream, series) of which nothing is known.
    """

    sides: tuple[str, ...]
    periods: tuple[str, ...]
    quarters: tuple[str, ...]
    smallest: int
    absent: frozenset[tuple[str, str]]


def measure(tables: Any, terms: Terms, agreement: Agreement, catalogue: Catalogue) -> tuple[Figure, ...]:
    """Every figure of the edition, in the catalogue's order; ``tables`` is what ``snapshot.open_tables`` gave."""
    quarters = _quarters(Quarter.parse(terms.quarter), agreement)
    sides = tuple(agreement.parties)
    _describe_edition(tables, terms, agreement, quarters)
    tables.execute((QUERIES / "_views.sql").read_text(encoding="utf-8"))
    said_nothing = tables.execute((QUERIES / "_absent.sql").read_text(encoding="utf-8")).fetchall()
    absent = frozenset(said_nothing) | {(stream, MATCHED) for stream, _ in said_nothing}
    frame = Frame(sides, terms.periods, quarters, agreement.report.smallest_count, absent)
    return tuple(
        _FORMS[indicator.form](indicator, _rows(tables, indicator), frame) for indicator in catalogue.indicators
    )


def _quarters(quarter: Quarter, agreement: Agreement) -> tuple[str, ...]:
    """The quarter and up to four before it, as far as the agreement was in force; oldest first."""
    start = Quarter.of(agreement.in_force_from)
    found = [quarter]
    while len(found) <= EARLIER_QUARTERS and found[0] > start:
        found.insert(0, found[0].before)
    return tuple(str(one) for one in found)


def _describe_edition(tables: Any, terms: Terms, agreement: Agreement, quarters: tuple[str, ...]) -> None:
    quarter = Quarter.parse(terms.quarter)
    first, second = agreement.parties
    wage = agreement.thresholds.minimum_wage
    tables.execute(
        "CREATE TABLE edition (quarter VARCHAR, first_day DATE, last_day DATE, first_period VARCHAR, "
        "last_period VARCHAR, previous_quarter VARCHAR, oldest_quarter VARCHAR, first_party VARCHAR, "
        "second_party VARCHAR, frozen_by VARCHAR, minimum_wage DECIMAL(15, 3), wage_currency VARCHAR)"
    )
    tables.execute(
        "INSERT INTO edition VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(terms.quarter, quarter.first_day, quarter.last_day, terms.periods[0], terms.periods[-1]),
            *(str(quarter.before), quarters[0], first, second, terms.frozen_by, wage.amount, wage.currency),
        ],
    )


def _rows(tables: Any, indicator: Indicator) -> list[dict[str, Any]]:
    result = tables.execute(indicator.sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _breakdown(indicator: Indicator, found: list[dict[str, Any]], frame: Frame) -> Figure:
    columns = indicator.columns or (*frame.sides, MATCHED)
    counts: dict[str, list[int | None]] = {}
    for row in found:
        counts.setdefault(row["row"], [0] * len(columns))[columns.index(row["column"])] = row["value"]
    missing = [place for place, column in enumerate(columns) if (indicator.stream, column) in frame.absent]
    for values in counts.values():
        for place in missing:
            values[place] = None
    ordered = {code: counts[code] for code in _in_order(indicator, sorted(counts))}
    rows, total = disclosure.breakdown(ordered, len(columns), frame.smallest)
    total = tuple(NOT_AVAILABLE if place in missing else cell for place, cell in enumerate(total))
    if indicator.order == "size":  # by what is told: an order by hidden counts would tell something of them
        rows = tuple(sorted(rows, key=lambda row: (row.pooled > 0, -sum(cell.value or 0 for cell in row.cells))))
    return Figure(id=indicator.id, form="breakdown", columns=_counts(columns), rows=rows, total=total)


def _in_order(indicator: Indicator, codes: list[str]) -> list[str]:
    if indicator.order == "size":
        return codes
    listed = indicator.order
    if listed == "codelist":
        listed = codelists.load(indicator.codelist or "").codes
    return sorted(codes, key=lambda code: (listed.index(code) if code in listed else len(listed), code))


def _trend(indicator: Indicator, found: list[dict[str, Any]], frame: Frame) -> Figure:
    columns = (*frame.sides, MATCHED)
    counts = {(row["row"], row["column"]): int(row["value"]) for row in found}

    def cell(quarter: str, column: str) -> Cell:
        if (indicator.stream, column) in frame.absent:
            return NOT_AVAILABLE
        return disclosure.count_cell(counts.get((quarter, column), 0), frame.smallest)

    rows = tuple(Row(code=quarter, cells=tuple(cell(quarter, c) for c in columns)) for quarter in frame.quarters)
    return Figure(id=indicator.id, form="trend", columns=_counts(columns), rows=rows)


def _ratio(indicator: Indicator, found: list[dict[str, Any]], frame: Frame) -> Figure:
    unit = Column(code="share", unit="percent") if indicator.form == "share" else Column(code="rate", unit="rate")

    def cells(row: dict[str, Any]) -> tuple[Cell, ...]:
        if (indicator.stream, row["row"]) in frame.absent:
            return (NOT_AVAILABLE, NOT_AVAILABLE, NOT_AVAILABLE)
        if indicator.form == "share":
            return disclosure.share(row["numerator"], row["denominator"], frame.smallest)
        return disclosure.rate(row["numerator"], row["denominator"], row["whole"], frame.smallest)

    sides = (*frame.sides, MATCHED)
    by_side = {side: place for place, side in enumerate(sides)}
    in_order = sorted(found, key=lambda row: by_side.get(row["row"].split("/")[0], len(sides)))  # sources keep theirs
    return Figure(
        id=indicator.id,
        form=indicator.form,
        columns=(*_counts(("numerator", "denominator")), unit),
        rows=tuple(Row(code=row["row"], cells=cells(row)) for row in in_order),
    )


def _calendar(indicator: Indicator, found: list[dict[str, Any]], frame: Frame) -> Figure:
    states: dict[tuple[str, str], list[str]] = {}
    for row in found:
        states.setdefault((row["row"], row["column"]), []).append(row["state"])
    expected = [f"{party}/{stream}" for party in frame.sides for stream in STREAMS]
    codes = [*expected, *sorted({code for code, _ in states} - set(expected))]
    return Figure(
        id=indicator.id,
        form="calendar",
        columns=tuple(Column(code=period, unit="state") for period in frame.periods),
        rows=tuple(
            Row(code=code, cells=tuple(_states(states.get((code, period), [])) for period in frame.periods))
            for code in codes
        ),
    )


def _states(states: list[str]) -> Cell:
    """The states of one month's packages, oldest first, without repeats: how often would be a small count."""
    return Cell(states=tuple(dict.fromkeys(states))) if states else NOT_AVAILABLE


def _counts(codes: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(Column(code=code, unit="count") for code in codes)


_FORMS = {"breakdown": _breakdown, "trend": _trend, "share": _ratio, "rate": _ratio, "calendar": _calendar}
