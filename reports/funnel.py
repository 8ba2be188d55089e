"""The drawing of a league: each agency's rate as a point beside the span in which chance alone would leave it.

Widths in per cent of the plot and heights in pixels, from published values only, like every chart.
"""

from dataclasses import dataclass

from reports.figure import TOTAL, Cell, Figure, Row

MOST_ROWS = 8
_ROW, _LABEL = 44, 20


@dataclass(frozen=True)
class Span:
    """One agency: its limits, and its rate where that is told; ``y`` is the middle of the span."""

    row: Row
    y: int
    low: float
    high: float
    rate: Cell
    at: float | None


@dataclass(frozen=True)
class Funnel:
    """The spans, and where the rate of all workers lies; ``left_out``: rows that only the table shows."""

    height: int
    middle: float | None
    spans: tuple[Span, ...]
    left_out: int


def funnel(figure: Figure) -> Funnel:
    """The drawing of ``figure``, its agencies in their order."""
    places = {column.code: place for place, column in enumerate(figure.columns)}

    def of(row: Row, column: str) -> Cell:
        return row.cells[places[column]]

    agencies = [row for row in figure.rows if row.code != TOTAL and of(row, "high").value is not None]
    shown = agencies[:MOST_ROWS]
    told = [cell.value for row in figure.rows for cell in (of(row, "high"), of(row, "rate")) if cell.value is not None]
    top = max(told, default=0) or 1

    def at(cell: Cell) -> float | None:
        return None if cell.value is None or cell.mark is not None else round(100 * cell.value / top, 2)

    whole = next((row for row in figure.rows if row.code == TOTAL), None)
    spans = tuple(
        Span(
            row,
            index * _ROW + _LABEL + 10,
            at(of(row, "low")) or 0,
            at(of(row, "high")) or 0,
            of(row, "rate"),
            at(of(row, "rate")),
        )
        for index, row in enumerate(shown)
    )
    middle = at(of(whole, "rate")) if whole is not None else None
    return Funnel(max(len(shown) * _ROW, 1), middle, spans, len(agencies) - len(shown))
