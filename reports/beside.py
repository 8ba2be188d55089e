"""What stands beside a figure: the same of the quarter before and of the same quarter a year ago, as known now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.figure import TOTAL, Cell, Column, Figure
from reports.indicators import Indicator
from reports.publication import Publication


@dataclass(frozen=True)
class Line:
    """One line: a row of the figure, or a column where totals are compared; ``revised`` by quarter."""

    code: str
    cells: tuple[Cell, ...]
    revised: tuple[bool, ...]


@dataclass(frozen=True)
class Beside:
    """The lines over ``quarters``, the edition's own first; ``of_columns``: each line is a column of the figure."""

    column: Column
    quarters: tuple[str, ...]
    lines: tuple[Line, ...]
    of_columns: bool


def beside(publication: Publication, indicator: Indicator) -> Beside | None:
    """What stands beside the indicator's figure; ``None`` where there is nothing to compare it with."""
    figures = list(_of_quarters(publication, indicator.id))
    compared, own = indicator.compared, publication.figure(indicator.id)
    if compared is None or len(figures) < 2 or not (own.rows or own.total):  # noqa: PLR2004  # its own quarter's, and one more
        return None
    of_columns = compared == TOTAL
    place = own.place(compared)
    codes = [column.code for column in own.columns] if of_columns else [row.code for row in own.rows]

    def line(code: str) -> Line:
        row, column = (TOTAL, code) if of_columns else (code, compared)
        cells = tuple(figure.total_of(code) if of_columns else figure.at(code, compared) for _, figure in figures)
        revised = tuple(is_revised(publication, quarter, own.id, row, column) for quarter, _ in figures)
        return Line(code, cells, revised)

    lines = tuple(line(code) for code in codes)
    if all(cell.mark == "not_available" for each in lines for cell in each.cells):
        return None
    return Beside(
        column=own.columns[place or 0],
        quarters=tuple(quarter for quarter, _ in figures),
        lines=lines,
        of_columns=of_columns,
    )


def is_revised(publication: Publication, quarter: str, indicator: str, row: str, column: str) -> bool:
    """Whether the edition of that quarter told the cell otherwise."""
    sought = (quarter, indicator, row, column)
    return any((each.quarter, each.indicator, each.row, each.column) == sought for each in publication.revised)


def _of_quarters(publication: Publication, name: str) -> Iterator[tuple[str, Figure]]:
    yield publication.about.quarter, publication.figure(name)
    for each in reversed(publication.earlier):
        found: Sequence[Figure] = [figure for figure in each.figures if figure.id == name]
        if found:
            yield each.quarter, found[0]
