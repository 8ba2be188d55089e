"""Records as a Parquet part: an action and a revision, then exactly the fields that may travel."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from amanah.exchange.codes import Code, Refused
from schemas.envelope import Action, Counts
from schemas.forms import arrow_schema
from schemas.streams import Stream

_HEAD = [pa.field("action", pa.string(), nullable=False), pa.field("revision", pa.int32(), nullable=False)]


@dataclass(frozen=True)
class Statement:
    """What the sender says about one record: an action, a revision, and the values (none when withdrawn)."""

    action: Action
    record_ref: str
    revision: int
    values: dict[str, object] = field(default_factory=dict, repr=False)


def count(statements: Sequence[Statement]) -> Counts:
    """Count statements per action."""
    actions = [statement.action for statement in statements]
    return Counts(**{action.value: actions.count(action) for action in Action})


def write(path: Path, statements: Sequence[Statement], stream: Stream, fields: tuple[str, ...]) -> None:
    """Write a part that holds ``fields`` and no other, whatever the statements carry."""
    rows = [
        {
            **{f: s.values.get(f) for f in fields},
            "action": s.action.value,
            "revision": s.revision,
            "record_ref": s.record_ref,
        }
        for s in statements
    ]
    table = pa.Table.from_pylist(rows, schema=_schema(stream, fields))
    pq.write_table(table, path, compression="zstd", store_schema=False)


def read(path: Path, stream: Stream, fields: tuple[str, ...], *, expected: int) -> Iterator[Statement]:
    """Read a part of ``expected`` records from outside, in row groups.

    Raises ``Refused`` when its columns are not exactly the agreed ones, or its records are more or fewer.
    """
    try:
        yield from _read(path, stream, fields, expected)
    except Refused:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError):  # a damaged page, text that is no UTF-8, a date
        raise Refused(Code.PART_DIFFERS, f"{path.name} is not readable as Parquet") from None


def _read(path: Path, stream: Stream, fields: tuple[str, ...], expected: int) -> Iterator[Statement]:
    file = pq.ParquetFile(path)
    if file.metadata.num_rows != expected:  # before a row is read: a small file can claim many
        raise Refused(Code.COUNTS_DIFFER)
    if not _plain(file.schema_arrow).equals(_plain(_schema(stream, fields))):
        raise Refused(Code.FIELD_NOT_AGREED, f"expected columns action, revision, {', '.join(fields)}")
    for group in file.iter_batches(batch_size=10_000):
        for row in group.to_pylist():
            yield _statement(row)


def _statement(row: dict[str, object]) -> Statement:
    action, revision, ref = row.pop("action"), row.pop("revision"), row["record_ref"]
    known = isinstance(action, str) and action in set(Action)
    if not known or not isinstance(revision, int) or not isinstance(ref, str) or "\0" in ref:
        raise Refused(Code.FIELD_NOT_AGREED, "action, revision or record_ref is absent or not a known one")
    return Statement(Action(str(action)), ref, revision, row)


def _schema(stream: Stream, fields: tuple[str, ...]) -> pa.Schema:
    return pa.schema([*_HEAD, *arrow_schema(stream, fields)])


def _plain(schema: pa.Schema) -> pa.Schema:
    """Leave out what Parquet writers of other make may add or drop: nullability, list item names, metadata."""
    columns = []
    for column in schema:
        kind = pa.list_(pa.field("item", column.type.value_type)) if pa.types.is_list(column.type) else column.type
        columns.append(pa.field(column.name, kind))
    return pa.schema(columns)
