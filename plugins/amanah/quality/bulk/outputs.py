"""What a validation leaves behind: three Parquet files, complete or not there at all, readable by their owner only."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from amanah.quality.bulk.judging import Finding
from schemas.forms import arrow_schema
from schemas.streams import Stream

ACCEPTED, QUARANTINE, WARNINGS = "accepted.parquet", "quarantine.parquet", "warnings.parquet"

_FINDINGS = pa.schema(
    [
        ("row", pa.int64()),
        ("record_ref", pa.string()),
        ("field", pa.string()),
        ("code", pa.string()),
        ("message", pa.string()),
    ]
)


class UnusableFolder(ValueError):
    """Nothing can be written into the folder that was named; the text says why."""


class Outputs:
    """The files in the folder ``out``. What was not put in place before the context is left is removed.

    ``accepted.parquet`` goes first and comes last: where it stands, the others belong to it. Raises ``UnusableFolder``,
    also where one of the files is ``source``, the file that is validated.
    """

    def __init__(self, out: Path, stream: Stream, source: Path) -> None:
        self._out, self._stream = out, stream
        schemas = {QUARANTINE: _FINDINGS, WARNINGS: _FINDINGS, ACCEPTED: arrow_schema(stream)}
        if any(path.exists() and path.samefile(source) for name in schemas for path in (out / name, self._part(name))):
            raise UnusableFolder(f"{source.name} lies in {out} and would be replaced; name another folder")
        try:
            out.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in reversed(schemas):
                (out / name).unlink(missing_ok=True)
            self._writers = {name: pq.ParquetWriter(_private(self._part(name)), schemas[name]) for name in schemas}
        except OSError as error:
            raise UnusableFolder(f"cannot write into {out}: {error.strerror}") from None

    def accept(self, records: pl.DataFrame) -> None:
        """Add accepted records."""
        if len(records):
            self._write(ACCEPTED, records.to_arrow().cast(arrow_schema(self._stream)))

    def quarantine(self, findings: Sequence[Finding]) -> None:
        """Add reasons for refusals."""
        self._add(QUARANTINE, findings)

    def warn(self, findings: Sequence[Finding]) -> None:
        """Add cautions about accepted records."""
        self._add(WARNINGS, findings)

    def _add(self, name: str, findings: Sequence[Finding]) -> None:
        if findings:
            columns = zip(*findings, strict=True)
            arrays = [pa.array(column, kind) for column, kind in zip(columns, _FINDINGS.types, strict=True)]
            self._write(name, pa.Table.from_arrays(arrays, schema=_FINDINGS))

    def _write(self, name: str, rows: pa.Table) -> None:
        with self._explained():
            self._writers[name].write_table(rows)

    def put_in_place(self) -> None:
        """Finish the files and give them their names."""
        with self._explained():
            for writer in self._writers.values():
                writer.close()
            for name in self._writers:
                self._part(name).replace(self._out / name)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else "it failed"
            raise OSError(f"cannot write into {self._out}: {why}; make room and validate again") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for name, writer in self._writers.items():
            self._part(name).unlink(missing_ok=True)
            with suppress(OSError):  # of a file that is gone; what failed was said before
                writer.close()

    def _part(self, name: str) -> Path:
        return self._out / f"{name}.part"


def _private(path: Path) -> Path:
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return path
