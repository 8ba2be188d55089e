"""Where the SQL runs: an embedded DuckDB in memory, named steps, and the door through which records come in.

What a step means stands with its author (`link`, `compare`, `classify`); this module only runs it.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

import duckdb
import pyarrow as pa

from amanah.reconcile import names
from amanah.reconcile.errors import ReconcileError
from amanah.reconcile.spec import FIRST_KNOWN, Spec
from amanah.reconcile.tables import read_table

Records: TypeAlias = pa.Table | Path
"""Records of one side: an Arrow table, or a Parquet or CSV file with the contract's columns."""

# Personal data must not spill into files beside the program, and no extension is ever downloaded.
_CONFIG = {"temp_directory": "", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
_SCALE = re.compile(r"\(.*\)")  # of DECIMAL(12,2): any scale will do
_UNTYPED = '"NULL"'  # what DuckDB calls the type of a column that holds only nulls


@dataclass(frozen=True)
class Step:
    """A table called ``name`` that ``sql`` (one query) makes from earlier ones; ``why`` says it in words."""

    name: str
    why: str
    sql: str

    def __str__(self) -> str:
        return f"-- {self.why}\nCREATE TEMP TABLE {self.name} AS\n{self.sql};"


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
            self._db.execute(str(step))

    def execute(self, sql: str) -> None:
        """Run one statement that is not a step."""
        self._db.execute(sql)

    def table(self, query: str) -> pa.Table:
        """The result of ``query``."""
        return self._db.sql(query).to_arrow_table()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The few rows of ``query``."""
        return list(self._db.execute(query).fetchall())

    def count(self, table: str) -> int:
        """Number of rows of ``table``."""
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable under ``name``."""
        self._db.register(name, table)

    def load(self, name: str, records: Records, spec: Spec, *, who: str) -> None:
        """Load the fields of ``records`` that ``spec`` needs as table ``name``; ``who`` names the side in errors.

        A field that is absent, or that the agreement does not let travel both ways, is "not available" (null);
        so is a text without a letter. Columns the contract does not know are not looked at.

        Raises:
            ReconcileError: a column has another type than the contract's, or ``record_ref`` is missing or repeated.
        """
        if isinstance(records, Path):
            records = read_table(records, stream=spec.stream)
        self.register("incoming", records)
        found = {row[0]: row[1] for row in self.rows("DESCRIBE SELECT * FROM incoming")}
        columns = [_column(field, spec, found, who) for field in spec.fields]
        columns.append(_selected(FIRST_KNOWN, "VARCHAR", found, who))
        self.execute(f"CREATE TEMP TABLE {name} AS SELECT {', '.join(columns)} FROM incoming")
        self._db.unregister("incoming")
        self._check_refs(name, who)

    def _check_refs(self, name: str, who: str) -> None:
        query = f"SELECT count(*) - count(record_ref), count(record_ref) - count(DISTINCT record_ref) FROM {name}"
        without, repeated = self.rows(query)[0]
        if without:
            raise ReconcileError(f"{who}: {without} record(s) without record_ref; every record must carry one")
        if repeated:
            raise ReconcileError(f"{who}: record_ref repeated {repeated} time(s); give only the latest of each record")


def _column(field: str, spec: Spec, found: dict[str, str], who: str) -> str:
    usable = found if field in spec.shared else {}
    return _selected(field, spec.sql_type(field), usable, who)


def _selected(field: str, expected: str, found: dict[str, str], who: str) -> str:
    if found.get(field, _UNTYPED) == _UNTYPED:
        return f"NULL::{expected} AS {field}"
    if _SCALE.sub("", found[field]) != _SCALE.sub("", expected):
        raise ReconcileError(
            f"{who}: column {field} is {found[field]}, expected {expected}; amanah.reconcile.read_table converts"
        )
    return f"nullif(trim({field}), '') AS {field}" if expected == "VARCHAR" else field


def quoted(text: str) -> str:
    """``text`` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def listed(texts: Iterable[str]) -> str:
    """``texts``, at least one, as an SQL list of literals for ``IN``."""
    return "(" + ", ".join(quoted(text) for text in texts) + ")"
