"""Survival curves: one small drawing per series, of the share that has ended by each number of days.

Widths in per cent of the drawing and heights in pixels, from published values only, like every chart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.figure import Cell, Figure, Row
from reports.forms.survival import DAYS, within

TOP, BASE, HEIGHT = 30, 96, 122
_LEFT, _WIDTH = 4, 86  # per cent


@dataclass(frozen=True)
class Step:
    """The share by ``days``: ``y`` is ``None`` where no exact share is told."""

    days: int
    row: Row
    cell: Cell
    x: float
    y: float | None


@dataclass(frozen=True)
class Curve:
    """The curve of one series, ``place`` in the order of series; it begins at nothing on the first day."""

    series: str
    place: int
    steps: tuple[Step, ...]

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """The points to join, as far as every step from the beginning is told."""
        told = [(_x(0), float(BASE))]
        for step in self.steps:
            if step.y is None:
                break
            told.append((step.x, step.y))
        return tuple(told)


def curves(figure: Figure, series: Sequence[str]) -> tuple[Curve, ...]:
    """The curves of the ``series`` of which anything is told."""
    rows = {row.code: row for row in figure.rows}
    drawn = []
    for place, code in enumerate(series):
        steps = tuple(_step(days, rows[f"{code}/{within(days)}"]) for days in DAYS if f"{code}/{within(days)}" in rows)
        if any(step.cell.mark != "not_available" for step in steps):
            drawn.append(Curve(code, place, steps))
    return tuple(drawn)


def _step(days: int, row: Row) -> Step:
    cell = row.cells[-1]
    told = cell.value is not None and cell.mark is None
    return Step(days, row, cell, _x(days), round(BASE - (BASE - TOP) * (cell.value or 0) / 100, 1) if told else None)


def _x(days: int) -> float:
    return round(_LEFT + _WIDTH * days / DAYS[-1], 2)
