"""A Parquet file from outside as batches of records, in memory that does not depend on what the file holds."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from amanah.foreign_parquet.decoding import record_sizes, written_out
from amanah.foreign_parquet.sizes import DELTA_LENGTHS, DELTA_TEXTS, Column, Unfit, check_counts, columns, row_groups

BATCH = 32 << 20  # bytes of the records in a batch, more only for one long record
_READ = 128 << 20  # bytes that records read together may have at the worst
_SHORT = 1024  # bytes; a text of a dictionary that may be written out at once
_DEEPEST = 16  # levels of nested columns
_ENTRIES = 100_000  # in any list of the footer
_BUFFER = 256 << 10  # bytes of a column read from disk together

CheckSchema = Callable[[pq.FileMetaData, pa.Schema], None]
CheckColumns = Callable[[list[Column]], None]


def batches(
    path: Path, *, rows: int, longest: int, check_schema: CheckSchema, check_columns: CheckColumns = lambda _: None
) -> Iterator[pa.RecordBatch]:
    """Yield the records of ``path``, at most ``rows`` and ``BATCH`` bytes at a time, texts as plain Arrow texts.

    ``check_schema`` is called before a row is read, ``check_columns`` for each row group before it is. Raises
    ``Unfit`` when a limit is broken or a record has more than ``longest`` bytes; ``pa.ArrowException`` and ``OSError``
    where the file is damaged inside.
    """
    described = row_groups(path)
    with path.open("rb") as pages, _opened(path) as first:
        found = first.metadata
        check_counts(path, found)
        check_schema(found, first.schema_arrow)
        stored = {field.name for field in first.schema_arrow if pa.types.is_dictionary(field.type)}
        before = 0
        if len(described) != found.num_row_groups:
            raise Unfit("is damaged: its row groups cannot be told")
        for number, each in enumerate(described):
            group = columns(pages, found, each)
            check_columns(group)
            texts = _texts(found, stored, group)
            with _opened(path, texts, found) as file:
                short = _short_texts(file, number, [name for name in texts if name not in stored])
            with _opened(path, [name for name in texts if name not in short], found) as file:
                pieces = file.iter_batches(_rows(group, short, rows), row_groups=[number], use_threads=False)
                for batch in _joined(pieces, rows, longest, before):
                    before += len(batch)
                    yield batch


def _opened(
    path: Path, dictionaries: list[str] | None = None, metadata: pq.FileMetaData | None = None
) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(
            path,
            metadata=metadata,
            read_dictionary=dictionaries,
            pre_buffer=False,
            buffer_size=_BUFFER,
            thrift_container_size_limit=_ENTRIES,
            schema_depth_limit=_DEEPEST,
            arrow_extensions_enabled=False,
        )
    except UnicodeDecodeError:
        raise Unfit("is damaged: a column's name is no UTF-8") from None


def _texts(found: pq.FileMetaData, stored: set[str], group: list[Column]) -> list[str]:
    """The columns that Arrow can read as dictionaries, and that have one in the file or are ``stored`` as one.

    What its Arrow schema says was a dictionary stays one: Arrow would refuse a file for one text that is no UTF-8.
    """
    return [
        column.path
        for at, column in enumerate(group)
        if (column.dictionary or column.path in stored)
        and found.schema.column(at).physical_type == "BYTE_ARRAY"
        and not column.encodings & {DELTA_LENGTHS, DELTA_TEXTS}
    ]


def _short_texts(file: pq.ParquetFile, number: int, texts: list[str]) -> dict[str, int]:
    """Of the columns ``texts``, those that may be written out at once, and the longest text in their dictionary.

    A long text in a dictionary can stand in the file a million times, and how many are in a list is not known before.
    """
    flat = [name for name in texts if name in file.schema_arrow.names]
    probe = next(file.iter_batches(1, row_groups=[number], columns=flat, use_threads=False), None) if flat else None
    if probe is None:
        return {}
    longest = {name: pc.max(pc.binary_length(probe[name].dictionary)).as_py() or 0 for name in flat}
    return {name: size for name, size in longest.items() if size <= _SHORT}


def _rows(group: list[Column], short: dict[str, int], most: int) -> int:
    """How many records can be read together, whichever of the row group they are."""
    widest = 0
    for column in group:
        widest += column.width + column.densest + short.get(column.path, 0)
        if DELTA_TEXTS in column.encodings:  # each value may repeat all that its page holds
            if column.repeated and column.values * column.largest > BATCH:
                raise Unfit("has lists written with DELTA_BYTE_ARRAY; write them in plain or with a dictionary")
            widest += column.largest
    return max(1, min(most, _READ // max(1, widest)))


def _joined(pieces: Iterator[pa.RecordBatch], rows: int, longest: int, before: int) -> Iterator[pa.RecordBatch]:
    """Yield the records of ``pieces`` written out, small pieces together and large ones cut."""
    waiting: list[pa.RecordBatch] = []
    count = size = 0
    for piece in pieces:
        for cut, cut_size in _cut(piece, longest, before):
            if waiting and (count + len(cut) > rows or size + cut_size > BATCH):
                yield _one(waiting)
                waiting, count, size = [], 0, 0
            waiting.append(written_out(cut))
            count, size = count + len(cut), size + cut_size
        before += len(piece)
    if waiting:
        yield _one(waiting)


def _one(pieces: list[pa.RecordBatch]) -> pa.RecordBatch:
    return pieces[0] if len(pieces) == 1 else pa.concat_batches(pieces)


def _cut(piece: pa.RecordBatch, longest: int, before: int) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Yield ``piece`` in stretches of at most ``BATCH`` bytes, and how long each is."""
    sizes = record_sizes(piece)
    over = np.flatnonzero(sizes > longest)
    if len(over):
        raise Unfit(f"holds a record of more than {longest} bytes, number {before + int(over[0]) + 1}")
    ends = np.cumsum(sizes)
    start = 0
    while start < len(piece):
        done = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + BATCH, side="right")))
        yield piece.slice(start, stop - start), int(ends[stop - 1]) - done
        start = stop
