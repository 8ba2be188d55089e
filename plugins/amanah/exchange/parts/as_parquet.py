"""Parts in Parquet: typed columns, written and read in row groups."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from amanah import foreign_parquet
from amanah.exchange.codes import Code, Refused
from amanah.exchange.parts.lines import LONGEST_RECORD
from amanah.exchange.parts.statement import Statement, row_of, statement_of
from schemas.forms import arrow_schema
from schemas.streams import Stream

_HEAD = [pa.field("action", pa.string(), nullable=False), pa.field("revision", pa.int32(), nullable=False)]
GROUP = 10_000  # rows held in memory at a time
_ENCODINGS = {0, 2, 3, 8}  # PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY, as parquet.thrift numbers them
_RATIO, _ALWAYS = 100, 64 << 20  # a part unpacks to so many times its size, and so many bytes more; usual are 3 to 10


def write(path: Path, statements: Iterable[Statement], stream: Stream, fields: Sequence[str]) -> None:
    """Write ``statements`` to ``path``."""
    schema = _schema(stream, fields)
    waiting = iter(statements)
    with pq.ParquetWriter(path, schema, compression="zstd", store_schema=False) as file:
        while rows := [row_of(statement, fields) for statement in islice(waiting, GROUP)]:
            file.write_table(pa.Table.from_pylist(rows, schema=schema))


def read(path: Path, stream: Stream, fields: Sequence[str], *, expected: int) -> Iterator[Statement]:
    """Read ``expected`` statements from ``path``. Raises ``Refused`` when they are not exactly as agreed."""
    try:
        yield from _read(path, stream, fields, expected)
    except foreign_parquet.Unfit as why:
        raise Refused(Code.PART_DIFFERS, f"{path.name} {why}") from None
    except Refused:
        raise
    # A damaged page, text that is no UTF-8, a date of the year 20000, more than the machine has memory for.
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError):
        raise Refused(Code.PART_DIFFERS, f"{path.name} is not readable as Parquet") from None


def _read(path: Path, stream: Stream, fields: Sequence[str], expected: int) -> Iterator[Statement]:
    agreed, room = _plain(_schema(stream, fields)), _Room(path.stat().st_size)

    def check_schema(found: pq.FileMetaData, schema: pa.Schema) -> None:
        if found.num_rows != expected:  # before a row is read: a small file can claim many
            raise Refused(Code.COUNTS_DIFFER)
        if not _plain(schema).equals(agreed):
            raise Refused(Code.FIELD_NOT_AGREED, f"expected columns action, revision, {', '.join(fields)}")

    def check_columns(columns: list[foreign_parquet.Column]) -> None:
        if any(column.encodings - _ENCODINGS for column in columns):
            raise foreign_parquet.Unfit("has an encoding other than PLAIN, RLE_DICTIONARY and RLE")
        room.take(sum(column.unpacked for column in columns))

    found = foreign_parquet.batches(
        path, rows=GROUP, longest=LONGEST_RECORD, check_schema=check_schema, check_columns=check_columns
    )
    written_out = _Room(path.stat().st_size)
    for batch in found:
        written_out.take(batch.nbytes)
        names, columns = batch.schema.names, [column.to_pylist() for column in batch.columns]
        for values in zip(*columns, strict=True):
            yield statement_of(dict(zip(names, values, strict=True)), fields)


class _Room:
    """How much a part of ``size`` bytes may still unpack to."""

    def __init__(self, size: int) -> None:
        self._left = _RATIO * size + _ALWAYS

    def take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise foreign_parquet.Unfit(f"unpacks to more than {_RATIO} times its size and {_ALWAYS >> 20} MB")


def _schema(stream: Stream, fields: Sequence[str]) -> pa.Schema:
    return pa.schema([*_HEAD, *arrow_schema(stream, tuple(fields))])


def _plain(schema: pa.Schema) -> pa.Schema:
    """Leave out what Parquet writers of other make may add or drop: nullability, list item names, metadata."""
    columns = []
    for column in schema:
        kind = pa.list_(pa.field("item", column.type.value_type)) if pa.types.is_list(column.type) else column.type
        columns.append(pa.field(column.name, kind))
    return pa.schema(columns)
