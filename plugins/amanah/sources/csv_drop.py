"""CSV drops: a folder into which an office lays one file a month, UTF-8 with or without byte order mark.

One folder per source. The rows of the window are sorted in memory, for an office's file has no order of its own;
a drop is as large as an office, not as a country.
"""

import csv
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from amanah.sources.connection import SourceConnection
from amanah.sources.errors import SourceError, SourceUnavailable
from amanah.sources.mapping import Mapping
from amanah.sources.native import NativeRow, audit, instant

if TYPE_CHECKING:
    import _csv


def rows(
    mapping: Mapping, connection: SourceConnection, since: datetime | None, until: datetime
) -> Iterator[NativeRow]:
    """Yield the rows of the window, in order. See ``Source.read`` for what is raised."""
    found = [
        row
        for path in _files(mapping, Path(connection.url))
        for row in _read(path, mapping)
        if row.updated_at < until and (since is None or row.updated_at >= since)
    ]
    found.sort(key=lambda row: (row.updated_at, row.columns[mapping.key] or ""))
    yield from found


def _files(mapping: Mapping, folder: Path) -> list[Path]:
    """The month files, oldest first. A file on its way in has another ending and does not count."""
    try:
        names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".csv"))
    except OSError as error:
        raise SourceUnavailable(f"{mapping.name}: the drop {folder} cannot be read ({error.strerror})") from error
    if not names:
        raise SourceUnavailable(f"{mapping.name}: the drop {folder} is empty; the office has delivered nothing")
    before, after = (mapping.pattern or "").split("{month}")
    expected = re.compile(re.escape(before) + r"[0-9]{4}-(0[1-9]|1[0-2])" + re.escape(after))
    strange = [name for name in names if not expected.fullmatch(name)]
    if strange:
        raise SourceError(f"{mapping.name}: {', '.join(strange)} in {folder} should be named {mapping.pattern}")
    return [folder / name for name in names]


def _read(path: Path, mapping: Mapping) -> Iterator[NativeRow]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _rows_of(csv.reader(file, delimiter=mapping.delimiter, strict=True), path.name, mapping)
    except UnicodeDecodeError:
        raise SourceError(f"{mapping.name}: {path.name} is not UTF-8; the office has to save it as UTF-8") from None
    except csv.Error as error:
        raise SourceError(f"{mapping.name}: {path.name} is not well-formed CSV: {error}") from None
    except OSError as error:
        raise SourceUnavailable(f"{mapping.name}: {path.name} cannot be read ({error.strerror})") from error


def _rows_of(lines: "_csv.Reader", name: str, mapping: Mapping) -> Iterator[NativeRow]:
    header: list[str] = next(lines, [])
    if len(set(header)) < len(header):
        raise SourceError(f"{mapping.name}: {name} names a column twice")
    audit(mapping, header, f"{mapping.name}, file {name}")
    wanted = [(column, header.index(column)) for column in mapping.columns]
    for cells in lines:
        position = f"{name} line {lines.line_num}"
        if not cells:
            continue
        if len(cells) != len(header):
            raise SourceError(f"{position}: {len(cells)} cells, the header has {len(header)}")
        columns = {column: cells[place] or None for column, place in wanted}
        yield NativeRow(position, instant(columns[mapping.updated_at], mapping, position), columns)
