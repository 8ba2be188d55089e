"""Charts: the geometry of bars and lines, drawn by the macros in ``templates/charts.html.j2``.

Widths are in per cent of the drawing and heights in pixels, so that a chart fits a phone and a desk with text of one
size. Geometry comes from published values only: the length of a bar tells no more than the table beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.figure import Cell, Column, Figure, Row

MOST_GROUPS = 6
_BAR, _LABEL, _GAP = 17, 21, 12
_TONES = {"median": 2, "p90": 0}  # columns that are no sides; a side has the tone of its place
_LINE_TOP, _LINE_BASE, _LINE_HEIGHT = 34, 150, 180


@dataclass(frozen=True)
class Bar:
    """One bar of a group: ``tone`` is that of its column, ``y`` in pixels, ``length`` in per cent of the plot."""

    column: Column
    cell: Cell
    tone: int
    y: int
    length: float


@dataclass(frozen=True)
class Group:
    """The bars of one row of the figure, under its label."""

    row: Row
    y: int
    end: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Bars:
    """A bar chart. ``tagged``: each bar names its column; ``left_out``: rows that only the table shows."""

    height: int
    groups: tuple[Group, ...]
    tagged: bool
    left_out: int


@dataclass(frozen=True)
class Point:
    """One quarter of a line; ``y`` is ``None`` where there is no value to draw."""

    row: Row
    cell: Cell
    x: float
    y: float | None


@dataclass(frozen=True)
class Line:
    """A line over time with one segment between each two neighbours that both have a value."""

    column: Column
    height: int
    base: int
    points: tuple[Point, ...]

    @property
    def segments(self) -> tuple[tuple[Point, Point], ...]:
        """The neighbours to join."""
        pairs = zip(self.points, self.points[1:], strict=False)
        return tuple((a, b) for a, b in pairs if a.y is not None and b.y is not None)


def bars(figure: Figure, charted: Sequence[str] = ()) -> Bars:
    """The bar chart of ``figure``; ``charted`` are the columns to show (all when not given)."""
    places = _places(figure, charted)
    shown = [row for row in figure.rows if row.cells][:MOST_GROUPS]
    top = _top(figure, shown, places)
    tagged = len(places) > 1
    groups, y = [], 0
    for row in shown:
        start = y + _LABEL
        row_bars = tuple(
            Bar(
                figure.columns[place],
                row.cells[place],
                _TONES.get(figure.columns[place].code, place),
                start + index * _BAR,
                _length(row.cells[place], top),
            )
            for index, place in enumerate(places)
        )
        end = start + len(places) * _BAR
        groups.append(Group(row, y, end, row_bars))
        y = end + _GAP
    return Bars(height=max(y, 1), groups=tuple(groups), tagged=tagged, left_out=len(figure.rows) - len(shown))


def line(figure: Figure) -> Line:
    """The line of the last column of ``figure`` of which anything is known, over its rows (quarters)."""
    place = _drawable(figure, range(len(figure.columns)))[-1]
    top = _top(figure, figure.rows, [place])
    count = len(figure.rows)

    def point(index: int, row: Row) -> Point:
        cell = row.cells[place]
        x = 50.0 if count == 1 else round(9 + 82 * index / (count - 1), 2)
        height = _LINE_BASE - _LINE_TOP
        return Point(row, cell, x, None if cell.value is None else round(_LINE_BASE - height * cell.value / top, 1))

    points = tuple(point(index, row) for index, row in enumerate(figure.rows))
    return Line(figure.columns[place], _LINE_HEIGHT, _LINE_BASE, points)


def _places(figure: Figure, charted: Sequence[str]) -> list[int]:
    if figure.form in ("share", "rate"):
        return [len(figure.columns) - 1]
    if figure.form == "quantiles":
        return [place for place, column in enumerate(figure.columns) if column.unit != "count"]
    wanted = [place for place, column in enumerate(figure.columns) if not charted or column.code in charted]
    return _drawable(figure, wanted) if charted else wanted


def _drawable(figure: Figure, places: Sequence[int]) -> list[int]:
    """Those of ``places`` of which anything is known; the first such column when there is none among them."""

    def holds(place: int) -> bool:
        return any(row.cells[place].mark != "not_available" for row in figure.rows)

    return (
        [place for place in places if holds(place)]
        or [place for place in range(len(figure.columns)) if holds(place)][:1]
        or [0]
    )


def _top(figure: Figure, rows: Sequence[Row], places: Sequence[int]) -> float:
    if figure.form == "share":
        return 100
    return max((row.cells[place].value or 0 for row in rows for place in places), default=0) or 1


def _length(cell: Cell, top: float) -> float:
    return round(100 * (cell.value or 0) / top, 2)
