"""A CSV file in blocks (RFC 4180, UTF-8), every cell as text, so that a bad cell is one refused record.

An empty cell is an absent value. A record with too few or too many cells is uneven, and only that record.

Arrow's parser cannot hand over an uneven record that is no UTF-8: a file that is not wholly UTF-8 is cut into cells as
Latin-1, and the cells are made what they were.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from amanah.quality.bulk.blocks import ROWS, Block, Blocks, Uneven, UnreadableFile, check_columns
from amanah.quality.bulk.csv_header import Header, read_header

_USUAL, _LARGEST = 1 << 20, 12 << 20  # bytes parsed together: small is fast, and a record must fit
_BYTES = 64 << 20  # of the file in a block


def blocks(path: Path, fields: tuple[str, ...]) -> Blocks:
    """Yield the records of ``path``. Raises ``UnreadableFile``."""
    header = read_header(path)
    check_columns(path, header.names, fields)
    if path.stat().st_size == header.size:
        return
    reading = _Reading(path, header, as_bytes=not _is_utf8(path))
    try:
        try:
            yield from reading.blocks(_USUAL)
        except pa.ArrowInvalid:  # a record that does not fit
            yield from reading.blocks(_LARGEST)
    except pa.ArrowInvalid:  # its text may quote what is in the file
        raise UnreadableFile(
            f"{path.name}: cannot be cut into records after record {reading.given}: one is longer than"
            f" {_LARGEST >> 20} MB, or a quotation mark that opens is never closed"
        ) from None


@dataclass
class _Reading:
    """The reading of one file; ``given`` is the number of the last record that was given away."""

    path: Path
    header: Header
    as_bytes: bool
    given: int = 0
    uneven: list[Uneven] = field(default_factory=list)

    def blocks(self, size: int) -> Blocks:
        """Yield what follows ``given``, parsing ``size`` bytes together."""
        self.uneven.clear()
        kept: list[tuple[pa.RecordBatch, npt.NDArray[np.int64]]] = []
        rows = 0
        for batch, numbers in self._numbered(size):
            kept.append((batch, numbers))
            rows += len(batch)
            if rows >= ROWS or len(kept) * size >= _BYTES:
                yield self._block(kept, up_to=int(numbers[-1]))
                kept.clear()
                rows = 0
        if kept or self.uneven:
            last = max([self.given, *(int(numbers[-1]) for _, numbers in kept), *(each.number for each in self.uneven)])
            yield self._block(kept, up_to=last)

    def _numbered(self, size: int) -> Iterator[tuple[pa.RecordBatch, npt.NDArray[np.int64]]]:
        """Each batch with records after ``given``, with their numbers in the file."""
        last, already = 0, self.given
        for batch in self._open(size):
            passed_over = [each.number for each in self.uneven if each.number > last]
            numbers = np.arange(last + 1, last + 1 + len(batch) + len(passed_over))
            numbers = numbers[~np.isin(numbers, passed_over)][: len(batch)]
            last = int(numbers[-1]) if len(numbers) else last
            new = int(np.searchsorted(numbers, already, side="right"))
            if new < len(numbers):
                records = batch.slice(new)
                yield _as_written(records) if self.as_bytes else records, numbers[new:]

    def _open(self, size: int) -> pacsv.CSVStreamingReader:
        names = self.header.names
        return pacsv.open_csv(
            self.path,
            read_options=pacsv.ReadOptions(
                use_threads=False,
                block_size=2 * size if self.as_bytes else size,  # a byte may take two as Latin-1
                column_names=names,
                skip_rows=1,
                encoding="latin-1" if self.as_bytes else "utf8",
            ),
            parse_options=pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=self._pass_over),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                check_utf8=False,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )

    def _pass_over(self, row: pacsv.InvalidRow) -> str:
        number, lines = row.number - 1, row.text.count("\n") + 1  # the header is the parser's first row
        self.uneven.append(Uneven(number, row.actual_columns, row.expected_columns, lines))
        return "skip"

    def _block(self, kept: list[tuple[pa.RecordBatch, npt.NDArray[np.int64]]], *, up_to: int) -> Block:
        schema = pa.schema([(name, pa.string()) for name in self.header.names])
        batches = [batch for batch, _ in kept] or [pa.RecordBatch.from_pylist([], schema=schema)]
        numbers = np.concatenate([np.empty(0, np.int64), *(each for _, each in kept)])
        uneven = tuple(each for each in self.uneven if self.given < each.number <= up_to)
        self.uneven = [each for each in self.uneven if each.number > up_to]
        self.given = up_to
        return Block(pa.concat_batches(batches), numbers, uneven)


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while part := file.read(_USUAL):
                decoder.decode(part)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _as_written(records: pa.RecordBatch) -> pa.RecordBatch:
    """``records`` that were read as Latin-1, with the bytes of the file, also those that are no UTF-8."""
    columns = [column if pc.all(pc.string_is_ascii(column)).as_py() else _cells(column) for column in records.columns]
    return pa.RecordBatch.from_arrays(columns, records.schema.names)


def _cells(column: pa.StringArray) -> pa.StringArray:
    cells = [None if text is None else text.encode("latin-1") for text in column.to_pylist()]
    return pa.array(cells, pa.binary()).view(pa.string())
