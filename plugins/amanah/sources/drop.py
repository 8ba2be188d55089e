"""Drops: a folder into which an office lays one file a month, CSV or XLSX.

One folder per source. The rows of the window are sorted in memory, for an office's file has no order of its own;
a drop is as large as an office, not as a country.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from amanah.sources import csv_file, xlsx_file
from amanah.sources.connection import SourceConnection
from amanah.sources.errors import SourceError, SourceUnavailable
from amanah.sources.header import Header
from amanah.sources.lines import Line
from amanah.sources.mapping import Mapping
from amanah.sources.native import Damaged, NativeRow, instant

LARGEST_FILE = 256 * 2**20  # bytes

_READERS: dict[str, Callable[[Path, Mapping], Iterator[Line]]] = {"csv": csv_file.lines, "xlsx": xlsx_file.lines}
_TABLES = (".csv", ".tsv", ".txt", ".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".numbers", ".zip")  # may hold records
_OPEN_IN_EXCEL = "~$"  # what Excel lays beside a file while somebody has it open

# A spreadsheet shows 1234567890123 as 1.23457E+12 and saves what it shows. No number of a document has an E and a plus.
_SHORTENED = re.compile(r"[+-]?[0-9]+([.,\u066b][0-9]+)?[eE]\+[0-9]+")
_LOST_DIGITS = "a spreadsheet has shortened this number and its last digits are lost; take it from the original"


def rows(
    mapping: Mapping, connection: SourceConnection, since: datetime | None, until: datetime
) -> Iterator[NativeRow]:
    """Yield the rows of the window, in order. See ``Source.read`` for what is raised."""
    found = [
        row
        for path in _files(mapping, Path(connection.url))
        for row in _rows_of(path, mapping)
        if row.updated_at < until and (since is None or row.updated_at >= since)
    ]
    found.sort(key=lambda row: (row.updated_at, row.columns[mapping.key] or ""))
    yield from found


def require(mapping: Mapping, connection: SourceConnection, month: str) -> None:
    """Raise ``SourceUnavailable`` unless the file of ``month`` (2026-07) is there.

    Without it, the files of the months before would make a month without a row of what nobody has delivered yet.
    """
    name = (mapping.pattern or "").replace("{month}", month)
    if name not in [path.name for path in _files(mapping, Path(connection.url))]:
        raise SourceUnavailable(f"{mapping.name}: {name} is not in {connection.url}; the office has not delivered it")


def _files(mapping: Mapping, folder: Path) -> list[Path]:
    """The month files, oldest first. A file on its way in has another ending and does not count."""
    try:
        names = sorted(entry.name for entry in folder.iterdir() if entry.name.casefold().endswith(_TABLES))
    except OSError as error:
        raise SourceUnavailable(f"{mapping.name}: the drop {folder} cannot be read ({error.strerror})") from error
    names = [name for name in names if not name.startswith(_OPEN_IN_EXCEL)]
    if not names:
        raise SourceUnavailable(f"{mapping.name}: the drop {folder} is empty; the office has delivered nothing")
    before, after = (mapping.pattern or "").split("{month}")
    expected = re.compile(re.escape(before) + r"[0-9]{4}-(0[1-9]|1[0-2])" + re.escape(after))
    strange = [name for name in names if not expected.fullmatch(name)]
    if strange:
        raise SourceError(f"{mapping.name}: {', '.join(strange)} in {folder} should be named {mapping.pattern}")
    return [folder / name for name in names]


def _rows_of(path: Path, mapping: Mapping) -> Iterator[NativeRow]:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise SourceError(f"{mapping.name}: {path.name} has {size:,} bytes; at most {LARGEST_FILE:,} are read")
        lines = _READERS[mapping.kind](path, mapping)
        first = mapping.drop.header_line - 1
        named = next(islice(lines, first, None), Line("", ()))
        header = Header(mapping, named, f"{mapping.name}, file {path.name}")
        yield from (_native(header, line, mapping) for line in lines if not line.is_blank)
    except OSError as error:
        raise SourceUnavailable(f"{mapping.name}: {path.name} cannot be read ({error.strerror})") from error


def _native(header: Header, line: Line, mapping: Mapping) -> NativeRow:
    columns: dict[str, str | None] = {}
    damage: dict[str, str] = {}
    for column, cell in header.cells(line):
        if isinstance(cell, str) and _SHORTENED.fullmatch(cell.strip()):
            damage[column] = _LOST_DIGITS
        elif isinstance(cell, Damaged):
            damage[column] = cell.why
        columns[column] = (cell.shown if isinstance(cell, Damaged) else cell) or None
    if mapping.updated_at in damage:
        raise SourceError(f"{line.position}, column {mapping.updated_at}: {damage[mapping.updated_at]}")
    return NativeRow(line.position, instant(columns[mapping.updated_at], mapping, line.position), columns, damage)
