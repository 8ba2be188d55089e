"""Parts in Parquet: typed columns, written and read in row groups."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from amanah.exchange.codes import Code, Refused
from amanah.exchange.parts_statement import Statement, row_of, statement_of
from schemas.forms import arrow_schema
from schemas.streams import Stream

_HEAD = [pa.field("action", pa.string(), nullable=False), pa.field("revision", pa.int32(), nullable=False)]
GROUP = 10_000  # rows held in memory at a time


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
    except Refused:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError):  # a damaged page, text that is no UTF-8, a date
        raise Refused(Code.PART_DIFFERS, f"{path.name} is not readable as Parquet") from None


def _read(path: Path, stream: Stream, fields: Sequence[str], expected: int) -> Iterator[Statement]:
    file = pq.ParquetFile(path)
    if file.metadata.num_rows != expected:  # before a row is read: a small file can claim many
        raise Refused(Code.COUNTS_DIFFER)
    if not _plain(file.schema_arrow).equals(_plain(_schema(stream, fields))):
        raise Refused(Code.FIELD_NOT_AGREED, f"expected columns action, revision, {', '.join(fields)}")
    for group in file.iter_batches(batch_size=GROUP):
        for row in group.to_pylist():
            yield statement_of(row, fields)


def _schema(stream: Stream, fields: Sequence[str]) -> pa.Schema:
    return pa.schema([*_HEAD, *arrow_schema(stream, tuple(fields))])


def _plain(schema: pa.Schema) -> pa.Schema:
    """Leave out what Parquet writers of other make may add or drop: nullability, list item names, metadata."""
    columns = []
    for column in schema:
        kind = pa.list_(pa.field("item", column.type.value_type)) if pa.types.is_list(column.type) else column.type
        columns.append(pa.field(column.name, kind))
    return pa.schema(columns)
