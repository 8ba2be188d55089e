"""The workbooks of an office: one sheet, a title above the headings, then the rows."""

from collections.abc import Mapping as Columns
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import openpyxl

from amanah.demo.ministry.spreadsheet import Cell, headings, titles
from amanah.sources import Mapping


def write(path: Path, mapping: Mapping, month: str, rows: Sequence[Columns[str, Cell]]) -> None:
    """Write the workbook of ``month``."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = mapping.drop.sheet or sheet.title
    heads = headings(mapping, month)
    lines: list[list[Cell]] = [[title] for title in titles(mapping, month)]
    lines += [list(heads.values()), *([row.get(column) for column in heads] for row in rows)]
    for number, line in enumerate(lines, start=1):
        for place, value in enumerate(line, start=1):
            if value is not None:
                cell = sheet.cell(number, place, value)
                if isinstance(value, str):
                    cell.data_type = "s"  # what begins with = is text here, not a formula
    book.save(path)


def read(path: Path, mapping: Mapping, month: str) -> list[dict[str, Cell]]:
    """The rows of a workbook written before."""
    columns = list(headings(mapping, month))
    sheet = openpyxl.load_workbook(path).worksheets[0]
    found = sheet.iter_rows(min_row=mapping.drop.header_line + 1, max_col=len(columns), values_only=True)
    return [dict(zip(columns, cast("tuple[Cell, ...]", line), strict=True)) for line in found]
