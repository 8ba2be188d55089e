"""Records from a file that somebody made, as statements for a package: Parquet or CSV with the contract's columns.

Beside those the file may have ``action`` and ``revision``. A value that is not of its column's type is refused with the
number of its record and the field, never with itself. What is valid beyond that is for the record's model.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from amanah.exchange.parts.statement import HEAD, HIGHEST_REVISION, Statement
from schemas.envelope import Action
from schemas.forms import arrow_type
from schemas.streams import Stream
from schemas.texts import from_text

GROUP = 10_000  # rows held in memory at a time
_CANNOT_CUT = "cannot be read as CSV in UTF-8 (RFC 4180)"


class RecordsFault(ValueError):
    """The file cannot be read as records of the stream; the text names file, record and field, never a value."""


@dataclass(frozen=True)
class RecordsFile:
    """A file of records of ``stream``; ``action`` and ``revision`` are what it means where it has no such column."""

    path: Path
    stream: Stream
    action: Action = Action.NEW
    revision: int = 1

    def columns(self) -> tuple[str, ...]:
        """Its columns. Raises ``RecordsFault`` when they are not the contract's."""
        if self.path.suffix.lower() == ".parquet":
            with self._parquet() as file:
                names = tuple(file.schema_arrow.names)
        elif self.path.suffix.lower() == ".csv":
            names = tuple(next(self._lines(), ()))
        else:
            raise RecordsFault(f"{self.path.name}: expected a file named .parquet or .csv")
        known = {*self.stream.fields, *HEAD}
        unknown = [name for name in names if name not in known]
        if unknown or "record_ref" not in names or len(set(names)) < len(names):
            shown = ", ".join(name for name in unknown[:5] if name.isidentifier()) or "an unnamed column"
            wrong = f"no column of {self.stream.schema_id} is called {shown}" if unknown else "each column stands once"
            raise RecordsFault(
                f"{self.path.name}: {wrong}; needed is record_ref, allowed are {', '.join(sorted(known))}"
            )
        return names

    def statements(self) -> Iterator[Statement]:
        """Each record as a statement, in the file's order. Raises ``RecordsFault``."""
        names = self.columns()
        rows = self._parquet_rows() if self.path.suffix.lower() == ".parquet" else self._csv_rows(names)
        for number, row in enumerate(rows, start=1):
            yield self._statement(number, row)

    def _statement(self, number: int, row: Mapping[str, Any]) -> Statement:
        ref, action, revision = row["record_ref"], row.get("action"), row.get("revision")
        if not ref:
            raise self._fault(number, "record_ref", "a reference; it names the record")
        if action is not None and action not in set(Action):
            raise self._fault(number, "action", ", ".join(Action))
        if revision is not None and not 0 < revision <= HIGHEST_REVISION:
            raise self._fault(number, "revision", "a whole number from 1")
        values = {name: value for name, value in row.items() if name not in HEAD}
        return Statement(Action(action or self.action), ref, revision or self.revision, values)

    def _parquet_rows(self) -> Iterator[dict[str, Any]]:
        with self._parquet() as file:
            before = 0
            for batch in file.iter_batches(GROUP, use_threads=False):
                columns = {name: self._typed(name, batch.column(name), before) for name in batch.schema.names}
                yield from pa.table(columns).to_pylist()
                before += len(batch)

    def _typed(self, name: str, column: pa.Array, before: int) -> pa.Array:
        kind = {"action": pa.string(), "revision": pa.int64()}.get(name) or arrow_type(self.stream, name)
        try:
            return column.cast(kind)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            for place in range(len(column)):
                try:
                    column.slice(place, 1).cast(kind)
                except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                    raise self._fault(before + place + 1, name, f"a value of type {kind}") from None
            raise self._fault(before + 1, name, f"values of type {kind}") from None

    def _csv_rows(self, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        kinds = {"action": str, "revision": int}
        kinds |= {name: self.stream.python_type(name) for name in names if name not in HEAD}
        lines = self._lines()
        next(lines)
        for number, cells in enumerate(lines, start=1):
            if len(cells) != len(names):
                raise self._fault(number, "the whole row", f"{len(names)} cells as in the header")
            row: dict[str, Any] = {}
            for name, cell in zip(names, cells, strict=True):
                try:
                    row[name] = from_text(cell, kinds[name])
                except ValueError as error:  # says what was expected, without the text
                    raise self._fault(number, name, str(error).removeprefix("expected ")) from None
            yield row

    def _lines(self) -> Iterator[list[str]]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            try:
                yield from csv.reader(file, strict=True)
            except (csv.Error, UnicodeDecodeError):
                raise RecordsFault(f"{self.path.name}: {_CANNOT_CUT}") from None

    def _parquet(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self.path)
        except (pa.ArrowException, OSError):  # its text may quote the file
            raise RecordsFault(f"{self.path.name}: damaged, or not a Parquet file") from None

    def _fault(self, number: int, field: str, expected: str) -> RecordsFault:
        return RecordsFault(f"{self.path.name}, record {number}, {field}: expected {expected}")
