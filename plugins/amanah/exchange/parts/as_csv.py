"""Parts in CSV (RFC 4180): UTF-8 without byte order mark, a header, CRLF; values as ``schemas.texts`` writes them."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from amanah.exchange.codes import Code, Refused
from amanah.exchange.parts.lines import Lines, value_of
from amanah.exchange.parts.statement import HEAD, Statement, row_of, statement_of
from schemas.streams import Stream
from schemas.texts import to_text


def write(path: Path, statements: Iterable[Statement], _stream: Stream, fields: Sequence[str]) -> None:
    """Write ``statements`` to ``path``."""
    columns = [*HEAD, *fields]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow(columns)
        for statement in statements:
            row = row_of(statement, fields)
            out.writerow([to_text(row[column]) for column in columns])


def read(path: Path, stream: Stream, fields: Sequence[str], *, expected: int) -> Iterator[Statement]:
    """Read ``expected`` statements from ``path``. Raises ``Refused`` when they are not exactly as agreed."""
    columns = [*HEAD, *fields]
    kinds = {field: stream.python_type(field) for field in fields}
    lines = Lines(path)
    found = -1  # the header is no record
    for cells in _rows(lines):
        if found < 0 and cells != columns:
            raise Refused(Code.FIELD_NOT_AGREED, f"expected columns {', '.join(columns)}")
        if found >= expected:
            raise Refused(Code.COUNTS_DIFFER)
        if len(cells) != len(columns):
            raise lines.refused("holds a row with more or fewer cells than the header")
        if found >= 0:
            row: dict[str, object] = dict(zip(columns, cells, strict=True))
            row |= {field: value_of(str(row[field]), kind) for field, kind in kinds.items()}
            yield statement_of({**row, "revision": _revision(cells[1])}, fields)
        found += 1
    if found < 0:
        raise Refused(Code.FIELD_NOT_AGREED, f"expected columns {', '.join(columns)}")
    if found != expected:
        raise Refused(Code.COUNTS_DIFFER)


def _revision(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,10}", text) else None


def _rows(lines: Lines) -> Iterator[list[str]]:
    rows = csv.reader(lines, strict=True)
    while True:
        lines.next_record()
        try:
            cells = next(rows, None)
        except csv.Error:
            raise lines.refused("is not readable as CSV") from None
        if cells is None:
            return
        yield cells
