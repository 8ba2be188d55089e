"""How large a Parquet file is once it is unpacked: learned from its footer and page headers, before a page is unpacked.

What the footer says of sizes is not believed: every page's own header is read, as a reader of the pages has to. Source:
github.com/apache/parquet-format, README.md and src/main/thrift/parquet.thrift.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq

from amanah.foreign_parquet.thrift import Malformed, Reader, Struct, TooMany

MAGIC = b"PAR1"
HELD = 256 << 20  # bytes of unpacked pages that may have to be in memory together
ITEMS = 16_000_000  # items in the lists of a row group, beyond one a record
COLUMNS = 1_000  # with those inside lists and structures
GROUPS = 50_000
RECORDS_BESIDE_BYTES = 1_000_000  # a file may hold so many records, and one more for each of its bytes
_FOOTER = 32 << 20
_STRUCTURES = 400_000  # in the footer's lists; ten million records in groups of 10,000 have some 300,000
_PAGE_HEADER = 1 << 20
_WINDOW = 4 << 10  # bytes read for a page header first; those of most are shorter than 100
_TAIL = 8  # the footer's length and the magic

DELTA_LENGTHS, DELTA_TEXTS = 6, 7  # DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY
_DATA, _DICTIONARY, _DATA_2 = 0, 2, 3
_DETAIL = {_DATA: 5, _DICTIONARY: 7, _DATA_2: 8}  # where a page header says the number of values and their encoding
_ENCODING = {_DATA: 2, _DICTIONARY: 2, _DATA_2: 4}


class Unfit(ValueError):
    """The file breaks a limit, or is damaged; the text says how, follows the file's name, and holds no value."""


@dataclass(frozen=True)
class Column:
    """The pages of one column in one row group.

    ``largest`` is the longest unpacked page, ``densest`` the most bytes a value in one page, ``unpacked`` all pages.
    """

    path: str
    repeated: bool
    width: int
    values: int
    dictionary: int
    largest: int
    densest: int
    unpacked: int
    encodings: frozenset[int]

    @property
    def held(self) -> int:
        """Bytes that a reader of this column may hold: the dictionary and a page, or all where one record can be."""
        return self.unpacked if self.repeated else self.dictionary + self.largest


def row_groups(path: Path) -> list[Struct]:
    """The row groups as the footer describes them, before Arrow makes anything of it. Raises ``Unfit``.

    Arrow ends the whole process when it is asked about a column whose description contradicts itself, so it is not.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL))
        tail = file.read(_TAIL)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != MAGIC or length > size - _TAIL - len(MAGIC):
            raise Unfit("is damaged: its end says no place in it")
        if length > _FOOTER:
            raise Unfit(f"describes itself in {length >> 20} MB, more than {_FOOTER >> 20}; write fewer row groups")
        file.seek(size - _TAIL - length)
        try:
            groups = Reader(file.read(length), structures=_STRUCTURES).struct().get(4)
        except TooMany:
            raise Unfit("is cut into too many row groups and columns; write fewer row groups") from None
        except Malformed:
            raise Unfit("is damaged: its description cannot be read") from None
    return groups if isinstance(groups, list) else []


def check_counts(path: Path, found: pq.FileMetaData) -> None:
    """Hold what the footer counts against what a file of this size can be. Raises ``Unfit``."""
    for what, count, most in (
        ("columns", found.num_columns, COLUMNS),
        ("row groups", found.num_row_groups, GROUPS),
        ("records", found.num_rows, RECORDS_BESIDE_BYTES + path.stat().st_size),
    ):
        if not 0 <= count <= most:
            raise Unfit(f"says it holds {count} {what}, which is more than {most}, or none can be")


def columns(file: BinaryIO, found: pq.FileMetaData, group: Struct) -> list[Column]:
    """The columns of a row group, each page's header read from ``file``. Raises ``Unfit``."""
    chunks, rows = group.get(1), _number(group, 3, 2**62)
    if not isinstance(chunks, list) or len(chunks) != found.num_columns:
        raise Unfit("is damaged: a row group has other columns than the file")
    read = [_column(file, chunk, found.schema.column(at)) for at, chunk in enumerate(chunks)]
    if any(column.values != rows for column in read if not column.repeated):
        raise Unfit("is damaged: a column has more or fewer values than its row group has records")
    if sum(column.values - rows for column in read if column.repeated) > ITEMS:
        raise Unfit(f"has more than {ITEMS} list items in a row group; write smaller row groups")
    if sum(column.held for column in read) > HELD:
        raise Unfit(
            f"has pages that unpack to more than {HELD >> 20} MB together; look for values that are far too long,"
            " or write smaller pages or row groups"
        )
    return read


def _column(file: BinaryIO, described: Struct, schema: pq.ColumnSchema) -> Column:
    chunk = described.get(3)
    if 1 in described or not isinstance(chunk, dict):
        raise Unfit("keeps columns in another file, or encrypted; write it in one and in plain")
    dictionary = largest = densest = unpacked = values = 0
    encodings: set[int] = set()
    for kind, size, header in _pages(file, chunk):
        detail = header.get(_DETAIL.get(kind, 0))
        unpacked += size
        if not isinstance(detail, dict):
            continue
        count = _number(detail, 1, 2**31 - 1)
        encodings.add(_number(detail, _ENCODING[kind], 2**31 - 1))
        if kind == _DICTIONARY:
            dictionary = size
        else:
            values += count
            largest, densest = max(largest, size), max(densest, -(-size // max(1, count)))
    width = schema.length if schema.physical_type == "FIXED_LEN_BYTE_ARRAY" else 16
    return Column(
        schema.path,
        schema.max_repetition_level > 0,
        width,
        values,
        dictionary,
        largest,
        densest,
        unpacked,
        frozenset(encodings),
    )


def _pages(file: BinaryIO, chunk: Struct) -> Iterator[tuple[int, int, Struct]]:
    """Kind, unpacked size and header of each page that a reader takes, until the chunk's values are complete."""
    at, first, length = chunk.get(9), chunk.get(11), chunk.get(7)
    if isinstance(at, int) and isinstance(first, int) and 0 < first < at:
        at = first
    if not isinstance(at, int) or not isinstance(length, int) or not 0 <= length <= file.seek(0, 2) - at:
        raise Unfit("is damaged: a column lies outside of the file")
    end = at + length
    if at < len(MAGIC):
        raise Unfit("is damaged: a column lies outside of the file")
    missing = _number(chunk, 5, 2**62)
    while missing > 0:
        header, length = _header(file, at, end)
        kind, packed = _number(header, 1, 3), _number(header, 3, end - at - length)
        size = _number(header, 2, 2**31 - 1)
        if size > HELD:
            raise Unfit(f"has a page that unpacks to {size >> 20} MB, more than {HELD >> 20}; write smaller pages")
        if kind in (_DATA, _DATA_2):
            detail = header.get(_DETAIL[kind])
            missing -= _number(detail, 1, 2**31 - 1) if isinstance(detail, dict) else 0
        yield kind, size, header
        at += length + packed
    if missing < 0:
        raise Unfit("is damaged: a column has more values than it says")


def _header(file: BinaryIO, at: int, end: int) -> tuple[Struct, int]:
    """The page header at ``at`` and its length."""
    for window in (_WINDOW, _PAGE_HEADER):
        file.seek(at)
        reader = Reader(file.read(min(window, end - at)), structures=0)
        try:
            return reader.struct(), reader.at
        except TooMany:
            break
        except Malformed:
            continue
    raise Unfit("is damaged: the description of a page cannot be read")


def _number(found: Struct, field: int, most: int) -> int:
    value = found.get(field)
    if not isinstance(value, int) or not 0 <= value <= most:
        raise Unfit("is damaged: a page says a size or a kind that cannot be")
    return value
