"""The lines of a sheet in an XLSX workbook, as the texts an official sees or would see.

Nothing is computed: a formula counts as the value that was stored with it. openpyxl reads a part at a time, never the
whole sheet.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl

from amanah.sources.errors import SourceError
from amanah.sources.lines import Cell, Line
from amanah.sources.mapping import Mapping
from amanah.sources.merged_cells import refuse_merged
from amanah.sources.native import Damaged, as_text, no_group
from amanah.sources.workbook import check, sound

MOST_LINES, MOST_COLUMNS = 200_000, 500
_TOGETHER = 100  # lines taken at a time
_EXACT_DIGITS = 15  # Excel keeps no more of a number
_TEXT = "str"  # of a formula whose result is text

_NO_RESULT = Damaged("a formula without its result; open the file in a spreadsheet program and save it again")
_FAILED = Damaged("an error of the spreadsheet in place of a value")
_NOT_EXACT = "a number of more than 15 digits, of which a spreadsheet keeps 15; write it as text"
_NO_VALUE = Damaged("a length of time, neither text nor a number nor a date")


def lines(path: Path, mapping: Mapping) -> Iterator[Line]:
    """Yield the lines of the sheet in ``path``. Raises ``SourceError`` for anything but a sound workbook."""
    where = f"{mapping.name}: {path.name}"
    check(path, where)
    with sound(where):
        results, formulas = (
            openpyxl.load_workbook(path, read_only=True, data_only=only, keep_links=False) for only in (True, False)
        )
    try:
        title = _sheet(results, mapping, where)
        both = zip(_cells(results[title], where), _cells(formulas[title], where), strict=True)
        width = 0
        for number, (shown, written) in enumerate(both, start=1):
            cells = [_cell(result, formula) for result, formula in zip(shown, written, strict=True)]
            while cells and cells[-1] is None:
                cells.pop()
            if number == mapping.drop.header_line:
                width = len(cells)
            cells += [None] * (width - len(cells))
            yield Line(f"{path.name} sheet {title} row {number}", tuple(cells))
        refuse_merged(results[title], mapping.drop.header_line, where)
    finally:
        results.close()
        formulas.close()


def _sheet(book: Any, mapping: Mapping, where: str) -> str:
    titles = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    wanted = mapping.drop.sheet
    if wanted is None and len(titles) == 1:
        return str(titles[0])
    if wanted in titles:
        return str(wanted)
    lacking = "say in the mapping which one (drop: sheet)" if wanted is None else f"{wanted} is not among them"
    raise SourceError(f"{where} has the sheets {', '.join(titles)}; {lacking}")


def _cells(sheet: Any, where: str) -> Iterator[tuple[Any, ...]]:
    """Lines of cells. What the sheet says of its own size is not believed."""
    sheet.reset_dimensions()
    rows, count = sheet.iter_rows(), 0
    while True:
        with sound(where):
            some = list(islice(rows, _TOGETHER))
        count += len(some)
        if count > MOST_LINES or any(len(row) > MOST_COLUMNS for row in some):
            raise SourceError(f"{where} is too large: at most {MOST_LINES:,} lines of {MOST_COLUMNS} columns are read")
        if not some:
            return
        yield from some


def _cell(result: Any, formula: Any) -> Cell:
    value = result.value
    if formula.data_type == "f" and value is None:
        return None if result.data_type == _TEXT else _NO_RESULT  # =IF(A2="","",A2) has an empty text for a result
    if result.data_type == "e":
        return _FAILED
    if isinstance(value, timedelta):
        return _NO_VALUE
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value, result.number_format)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return as_text(value, "", "") or None


def _number(value: float, shown_as: str) -> Cell:
    """The digits, with the zeros that the cell's format shows before them."""
    exact = Decimal(format(value, f".{_EXACT_DIGITS}g") if isinstance(value, float) else value)
    if not exact.is_finite():
        return _FAILED
    if exact == exact.to_integral_value():
        whole = format(exact.to_integral_value(), "f")
        if abs(exact) >= 10**_EXACT_DIGITS:
            return Damaged(_NOT_EXACT, whole)
        return whole.zfill(len(shown_as)) if set(shown_as) == {"0"} else whole
    return no_group(format(exact, "f"))
