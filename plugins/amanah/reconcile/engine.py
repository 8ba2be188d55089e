"""Where the SQL runs: an embedded DuckDB in memory, named steps, and the door through which records come in.

What a step means stands with its author (`link`, `compare`, `classify`); this module only runs it.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa

from amanah.reconcile import names
from amanah.reconcile.errors import ReconcileError
from amanah.reconcile.spec import FIRST_KNOWN, TEXT, Spec
from amanah.reconcile.tables import opened

Records: TypeAlias = pa.Table | Path
"""Records of one side: an Arrow table, or a Parquet or CSV file with the contract's columns."""

# Personal data must not spill into files beside the program, and no extension is ever downloaded.
_CONFIG = {"temp_directory": "", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
_SCALE = re.compile(r"\(.*\)")  # of DECIMAL(12,2): any scale will do
_UNTYPED = '"NULL"'  # what DuckDB calls the type of a column that holds only nulls


@dataclass(frozen=True)
class Step:
    """A table called ``name`` that ``sql`` (one query) makes from earlier ones; ``why`` says it in words.

    ``of`` names the one table that it looks at row by row, where that is all it does: what it makes of a part of that
    table is the same part of what it makes of the whole, and parts may be worked on apart (`amanah.reconcile.spark`).
    """

    name: str
    why: str
    sql: str
    of: str | None = None

    def __str__(self) -> str:
        return f"-- {self.why}\nCREATE TEMP TABLE {self.name} AS\n{self.sql};"


class Runs(Protocol):
    """What runs steps that are written in the SQL that DuckDB and Spark have in common."""

    def run(self, steps: Iterable[Step]) -> None:
        """Run ``steps`` in order."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The few rows of ``query``."""


class Opens(Protocol):
    """What records can be opened in, as `Engine.open` says."""

    def open(self, name: str, records: Records, spec: Spec, *, side: str, who: str) -> frozenset[str]:
        """Open ``records`` as view ``name``; the fields that are there."""


class Engine:
    """One DuckDB database in memory; a context manager, because it holds personal data until it is closed."""

    def __init__(self) -> None:
        self._db = duckdb.connect(config=_CONFIG)
        names.install(self._db)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def run(self, steps: Iterable[Step]) -> None:
        """Run ``steps`` in order."""
        for step in steps:
            self.execute(str(step), what=step.name)

    def execute(self, sql: str, *, what: str = "reconciling") -> None:
        """Run one statement that is not a step; ``what`` names it in errors."""
        with _reading(what):
            self._db.execute(sql)

    def table(self, query: str) -> pa.Table:
        """The result of ``query``."""
        with _reading("reconciling"):
            return self._db.sql(query).to_arrow_table()

    def write(self, query: str, path: Path) -> None:
        """Write the result of ``query`` as a Parquet file, without holding it in memory."""
        part = path.with_name(f"{path.name}.part")
        self.execute(f"COPY ({query}) TO {quoted(str(part))} (FORMAT parquet)", what=path.name)
        part.replace(path)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The few rows of ``query``."""
        with _reading("reconciling"):
            return list(self._db.execute(query).fetchall())

    def count(self, table: str) -> int:
        """Number of rows of ``table``."""
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable under ``name``."""
        self._db.register(name, table)

    def forget(self, *tables: str) -> None:
        """Drop tables that nobody reads any more, for their memory."""
        for table in tables:
            self.execute(f"DROP TABLE {table}")

    def open(self, name: str, records: Records, spec: Spec, *, side: str, who: str) -> frozenset[str]:
        """Open ``records`` as view ``name``: the fields that ``spec`` needs, and ``row_no``.

        A field that is absent, or that the agreement does not let be used (`Spec.usable`), is "not available" (null);
        so is a text without a letter. Columns the contract does not know are not looked at. In view ``<name>_as_given``
        texts still have their blanks, which saves a fifth of reading.

        Args:
            name: of the view; a file is read anew whenever the view is.
            records: of one side.
            spec: which fields are needed.
            side: ``a`` or ``b``, whose records they are.
            who: names the side in errors.

        Returns:
            The fields that are there.

        Raises:
            ReconcileError: a column has another type than the contract's, or ``record_ref`` is missing or repeated.
        """
        source = opened(records, stream=spec.stream) if isinstance(records, Path) else records
        if isinstance(source, Path):
            scanned = f"(SELECT * RENAME (file_row_number AS row_no) FROM read_parquet({quoted(str(source))},\n"
            scanned += "  file_row_number = true))"
        else:
            scanned = f"incoming_{name}"
            self.register(scanned, source.append_column("row_no", pa.array(np.arange(len(source)))))
        found = {row[0]: row[1] for row in self.rows(f"DESCRIBE SELECT * FROM {scanned}")}
        usable = {field: found[field] for field in found if field in spec.usable(side)}
        columns = [_selected(field, spec.sql_type(field), usable, who) for field in spec.fields]
        columns.append(_selected(FIRST_KNOWN, TEXT, found, who))
        self.execute(f"CREATE TEMP VIEW {name}_as_given AS SELECT row_no, {', '.join(columns)} FROM {scanned}")
        self.execute(f"CREATE TEMP VIEW {name} AS SELECT {spec.trimmed} FROM {name}_as_given")
        self._check_refs(name, who)
        return frozenset(spec.fields) & frozenset(usable)

    def _check_refs(self, name: str, who: str) -> None:
        # By their hashes, which is half the work; two references with one hash are looked at below.
        hashes = (
            "SELECT hash(record_ref) AS code FROM {} GROUP BY code HAVING count(*) > 1 OR code = hash(NULL::VARCHAR)"
        )
        if not self.rows(hashes.format(name)):
            return
        doubtful = f"SELECT record_ref FROM {name} SEMI JOIN ({hashes.format(name)}) ON hash(record_ref) = code"
        counted = "SELECT count(*) - count(record_ref), count(record_ref) - count(DISTINCT record_ref)"
        without, repeated = self.rows(f"{counted} FROM ({doubtful})")[0]
        refuse_refs(who, without, repeated)


def refuse_refs(who: str, without: int, repeated: int) -> None:
    """Raise ``ReconcileError`` where records of a side are without a reference, or share one."""
    if without:
        raise ReconcileError(f"{who}: {without} record(s) without record_ref; every record must carry one")
    if repeated:
        raise ReconcileError(f"{who}: record_ref repeated {repeated} time(s); give only the latest of each record")


@contextmanager
def _reading(what: str) -> Iterator[None]:
    """A file may turn out damaged when it is read; DuckDB's own text may quote it."""
    try:
        yield
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException):
        raise  # ours: they are about our statement, not about a record
    except duckdb.Error as error:
        raise ReconcileError(f"{what}: the records cannot be read to the end ({type(error).__name__})") from None


def _selected(field: str, expected: str, found: dict[str, str], who: str) -> str:
    if found.get(field, _UNTYPED) == _UNTYPED:
        return f"NULL::{expected} AS {field}"
    if _SCALE.sub("", found[field]) != _SCALE.sub("", expected):
        raise ReconcileError(
            f"{who}: column {field} is {found[field]}, expected {expected}; amanah.reconcile.read_table converts"
        )
    return field


def quoted(text: str) -> str:
    """``text`` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def listed(texts: Iterable[str]) -> str:
    """``texts``, at least one, as an SQL list of literals for ``IN``."""
    return "(" + ", ".join(quoted(text) for text in texts) + ")"
