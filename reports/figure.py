"""Figures as they are published: cells, rows, columns. Language-neutral, and safe to hand out.

A figure holds codes and numbers only; words come in when a page is rendered. What may not be told is already
absent here, so that page, CSV annex and mail cannot tell it either.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Unit = Literal["count", "percent", "rate", "days", "ratio", "state", "standing"]
Form = Literal["breakdown", "trend", "share", "rate", "quantiles", "league", "calendar"]
Mark = Literal["confidential", "withheld", "not_available", "not_applicable", "more_than", "less_than"]

MATCHED = "matched"  # the series of what both sides know
TOTAL = "total"  # the code of a table's last row


class _Published(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cell(_Published):
    """One published value.

    ``confidential``: between 1 and the agreement's smallest count (no value is held). ``withheld``: kept back so that
    no hidden count can be found by subtracting. ``not_available``: nothing is known, which is never zero.
    ``not_applicable``: nothing can be, such as limits for all workers together. ``more_than`` and ``less_than``: the
    value is a bound, because the ratio itself would tell a small count. ``states`` (of a calendar, or where an agency
    stands) are the codes of what happened, oldest first.
    """

    value: int | float | None = None
    mark: Mark | None = None
    states: tuple[str, ...] = ()


CONFIDENTIAL = Cell(mark="confidential")
WITHHELD = Cell(mark="withheld")
NOT_AVAILABLE = Cell(mark="not_available")
NOT_APPLICABLE = Cell(mark="not_applicable")


class Column(_Published):
    """One column: its code and what its cells measure."""

    code: str
    unit: Unit


class Row(_Published):
    """One row. ``pooled`` > 0: so many small categories taken together, in which case ``code`` is ``pooled``."""

    code: str
    cells: tuple[Cell, ...]
    pooled: int = 0


class Figure(_Published):
    """One indicator's published values; ``total`` counts all rows, told on its own: it need not be their sum."""

    id: str
    form: Form
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: tuple[Cell, ...] | None = None

    def at(self, row: str, column: str) -> Cell:
        """The cell of ``row`` and ``column``; ``not_available`` when there is none."""
        place = self.place(column)
        found = next((r for r in self.rows if r.code == row), None)
        return NOT_AVAILABLE if found is None or place is None else found.cells[place]

    def total_of(self, column: str) -> Cell:
        """The total of ``column``; ``not_available`` when there is none."""
        place = self.place(column)
        return NOT_AVAILABLE if self.total is None or place is None else self.total[place]

    def place(self, column: str) -> int | None:
        """The position of ``column`` among the columns, ``None`` when it is not one."""
        return next((place for place, c in enumerate(self.columns) if c.code == column), None)

    @property
    def is_known(self) -> bool:
        """Whether anything is available in any row."""
        return any(cell.mark != "not_available" for row in self.rows for cell in row.cells)

    @property
    def lead(self) -> int:
        """The position of the column that speaks for the figure.

        For sides, what both agree on if there is any of it; otherwise the first column with something in it.
        """
        told = [place for place, cell in enumerate(self.total or ()) if cell.value]
        if not told:
            return 0
        return told[-1] if self.columns[-1].code == MATCHED else told[0]

    @property
    def largest(self) -> Row | None:
        """The row with the largest value in the lead column; ``None`` when every category is pooled or hidden."""
        named = [row for row in self.rows if not row.pooled and row.cells[self.lead].value]
        return max(named, key=lambda row: row.cells[self.lead].value or 0, default=None)
