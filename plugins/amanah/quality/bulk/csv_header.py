"""The first line of a CSV file, and whether what follows can be read at all: encoding, separator, kind of file."""

import csv
from dataclasses import dataclass
from pathlib import Path

from amanah.quality.bulk.blocks import UnreadableFile

_LONGEST = 1 << 16  # bytes of a header
_SAMPLE = 1 << 20
_STARTS = {
    b"PAR1": "a Parquet file; name it .parquet",
    b"PK\x03\x04": "a ZIP archive (an .xlsx workbook is one); unpack it, or export the sheet as CSV in UTF-8",
    b"\xff\xfe": "in UTF-16; save it as UTF-8",
    b"\xfe\xff": "in UTF-16; save it as UTF-8",
}


@dataclass(frozen=True)
class Header:
    """The column names, and how many bytes the line takes."""

    names: list[str]
    size: int


def read_header(path: Path) -> Header:
    """The header of the CSV file ``path``. Raises ``UnreadableFile`` where it is no CSV in UTF-8."""
    with path.open("rb") as file:
        line = file.readline(_LONGEST)
        sample = file.read(_SAMPLE)
    for start, what in _STARTS.items():
        if line.startswith(start):
            raise UnreadableFile(f"{path.name}: {what}")
    if not line.strip():
        raise UnreadableFile(f"{path.name}: empty; the first line must name the columns, separated by commas")
    if b"\r" in line.rstrip(b"\r\n") and b'"' not in line.partition(b"\r")[0]:
        raise UnreadableFile(f"{path.name}: its lines end with CR alone; save it with LF or CR LF at their ends")
    if len(line) == _LONGEST:
        raise UnreadableFile(f"{path.name}: the first line does not end; it must name the columns, separated by commas")
    if b"\0" in line:
        raise UnreadableFile(f"{path.name}: no text in UTF-8 (UTF-16, or no text at all); save it as CSV in UTF-8")
    if not _is_utf8(line) or _is_other_encoding(sample):
        raise UnreadableFile(
            f"{path.name}: not in UTF-8 (perhaps windows-1256 or windows-1252); save it as CSV in UTF-8"
        )
    return Header(_names(path, line.decode("utf-8-sig")), len(line))


def _names(path: Path, line: str) -> list[str]:
    try:
        [names] = csv.reader([line], strict=True)
    except (csv.Error, ValueError):
        raise UnreadableFile(f"{path.name}: the first line must name the columns, separated by commas") from None
    for separator, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(names) == 1 and separator in names[0]:
            raise UnreadableFile(f"{path.name}: the columns are separated by {called}; save it with commas")
    return [name.strip() for name in names]


def _is_other_encoding(sample: bytes) -> bool:
    """Whether most lines are no UTF-8; where only some are not, those records are refused and not the file."""
    lines = sample.splitlines()[: -1 if len(sample) == _SAMPLE else None]
    return sum(not _is_utf8(line) for line in lines) > len(lines) / 2


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
