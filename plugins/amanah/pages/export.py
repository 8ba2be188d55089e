"""The worklist as a file for a spreadsheet: what the list shows and nothing personal; no cell is a formula."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from amanah.node.casework import Line
from amanah.pages.text import cell

COLUMNS = ("number", "klass", "field", "severity", "state", "age", "due_on", "desk", "assignee", "area", "opened_in")
_LINES_OF_A_PIECE = 1_000
_BYTE_ORDER_MARK = "\ufeff"  # without it a spreadsheet takes UTF-8 for something else


def as_csv(lines: Iterable[Line]) -> Iterator[str]:
    """CSV in pieces of many lines: each piece that is sent on costs a change of threads."""
    yield _BYTE_ORDER_MARK
    rows = _rows(lines)
    while some := list(islice(rows, _LINES_OF_A_PIECE)):
        piece = io.StringIO()
        csv.writer(piece).writerows(some)
        yield piece.getvalue()


def as_xlsx(lines: Iterable[Line]) -> bytes:
    """An XLSX workbook of one sheet; every cell is text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("worklist")
    for row in _rows(lines):
        cells = [WriteOnlyCell(sheet, value=value) for value in row]
        for each in cells:
            each.data_type = "s"
        sheet.append(cells)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _rows(lines: Iterable[Line]) -> Iterator[list[str]]:
    yield [name if name != "klass" else "class" for name in COLUMNS]
    for line in lines:
        yield [cell(getattr(line, name)) for name in COLUMNS]
