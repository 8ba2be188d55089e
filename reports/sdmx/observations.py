"""The observations: one line of SDMX-CSV 2.0 per published cell."""

import csv
import io
import re
from collections.abc import Iterator

from reports.figure import Cell, Column, Figure
from reports.publication import Publication, inert
from reports.quarter import Quarter
from reports.sdmx.components import (
    AGENCY,
    COMPONENTS,
    DATAFLOW,
    NOT_APPLICABLE,
    POOLED,
    STATUS,
    TOTAL,
    VERSION,
    code_of,
)

_QUARTER = re.compile(r"[0-9]{4}-Q[1-4]")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_INFORMATION = "I"  # the file informs; it does not say what a receiver's database should do


def observations(publication: Publication) -> str:
    """The content of ``publish.sdmx.csv``: the same bytes for the same publication."""
    text = io.StringIO()
    names = [component.id for component in COMPONENTS]
    writer = csv.DictWriter(text, ["STRUCTURE", "STRUCTURE_ID", "ACTION", *names], lineterminator="\n")
    writer.writeheader()
    head = {
        "STRUCTURE": "dataflow",
        "STRUCTURE_ID": f"{AGENCY}:{DATAFLOW}({VERSION})",
        "ACTION": _INFORMATION,
        "REF_AREA": publication.about.agreement.upper(),
        "EDITION": publication.about.quarter,
    }
    quarter = publication.about.quarter
    incomplete = {quarter, *Quarter.parse(quarter).periods} if publication.missing else set()
    told = [(quarter, publication.figures), *((each.quarter, each.figures) for each in publication.earlier)]
    placed = set()
    for when, figure in [(when, figure) for when, figures in told for figure in figures]:
        for row, column, cell in _cells(figure):
            place = {"INDICATOR": code_of(figure.id), **_place(row, column.code, when)}
            if tuple(place.values()) not in placed:  # a trend holds the quarters that the trend of an earlier one does
                said = _said(cell, provisional=place["TIME_PERIOD"] in incomplete)
                writer.writerow(head | place | {"UNIT_MEASURE": column.unit} | said)
                placed.add(tuple(place.values()))
    return text.getvalue()


def _cells(figure: Figure) -> Iterator[tuple[str, Column, Cell]]:
    rows = [(POOLED if row.pooled else inert(row.code), row.cells) for row in figure.rows]
    for code, cells in [*rows, *([(TOTAL, figure.total)] if figure.total is not None else [])]:
        for column, cell in zip(figure.columns, cells, strict=True):
            yield code, column, cell


def _place(row: str, column: str, quarter: str) -> dict[str, str]:
    """Where a cell stands: a row that is a quarter, or a column that is a month, is when it was, not what it is of."""
    if _QUARTER.fullmatch(row):
        return {"FREQ": "Q", "ROW": TOTAL, "COLUMN": code_of(column), "TIME_PERIOD": row}
    if _MONTH.fullmatch(column):
        return {"FREQ": "M", "ROW": row, "COLUMN": NOT_APPLICABLE, "TIME_PERIOD": column}
    return {"FREQ": "Q", "ROW": row, "COLUMN": code_of(column), "TIME_PERIOD": quarter}


def _said(cell: Cell, *, provisional: bool) -> dict[str, str]:
    """The value with its status; a bound stands beside it, so that nobody adds it up as a value."""
    value = "" if cell.value is None else str(cell.value)
    where = {"more_than": "LOWER_BOUND", "less_than": "UPPER_BOUND"}.get(cell.mark or "", "OBS_VALUE")
    status, confidential = STATUS[cell.mark] if cell.mark else ("P" if provisional else "A", "F")
    return {where: value, "OBS_STATUS": status, "CONF_STATUS": confidential, "STATES": " ".join(cell.states)}
