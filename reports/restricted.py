"""The restricted annex: the exact figures, for the task force alone. Never published, never written in clear."""

import csv
import io
from collections.abc import Sequence

from reports.counted import Counted, Exact, Measured, Tally
from reports.figure import TOTAL
from reports.publication import inert

_COLUMNS = ("indicator", "row", "column", "value")


def to_csv(counted: Sequence[Counted]) -> str:
    """One line per cell that holds a count or a measured value; an empty value is not available."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for figure in counted:
        totals = {TOTAL: figure.total} if figure.total is not None else {}
        for code, cells in {**figure.rows, **totals}.items():
            for column, cell in zip(figure.columns, cells, strict=True):
                if not isinstance(cell, tuple):
                    writer.writerow([figure.id, inert(code), column.code, _value(cell)])
    return text.getvalue()


def _value(cell: Exact) -> str:
    if isinstance(cell, Tally):
        return str(cell.count)
    return str(cell.value) if isinstance(cell, Measured) and cell.value is not None else ""
