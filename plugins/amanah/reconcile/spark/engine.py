"""Where the SQL runs when it is Spark: steps that bring rows together as they are, steps by row in DuckDB's parts."""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException, ParseException, PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.pandas.types import from_arrow_schema

from amanah.reconcile.engine import Engine, Records, Step, refuse_refs
from amanah.reconcile.errors import ReconcileError
from amanah.reconcile.spark.parts import Parts, by_row, signed
from amanah.reconcile.spec import FIRST_KNOWN, Spec, trimmed
from amanah.reconcile.tables import opened


class SparkEngine:
    """Tables in a Spark session; a context manager, because what it keeps is personal data until it is closed."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._shapes = Engine()  # the same tables without a row: from there Spark learns what a part will look like
        self._names: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shapes.__exit__(kind, error, trace)
        for name in self._names:
            self._spark.catalog.dropTempView(name)

    def run(self, steps: Iterable[Step]) -> None:
        """Run ``steps`` in order."""
        for step in steps:
            with _working(step.name):
                frame = self._spark.sql(step.sql) if step.of is None else self.by_row(step.sql, step.of)
                self.keep(step.name, frame)

    def keep(self, name: str, frame: DataFrame) -> None:
        """Work ``frame`` out, and make it readable under ``name``.

        Spark forgets how it came about: plans that hold each other's would double with every step.
        """
        self._named(name, frame.localCheckpoint())

    def _named(self, name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(name)
        self._names.add(name)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The few rows of ``query``."""
        with _working("reconciling"):
            return [tuple(row) for row in self._spark.sql(query).collect()]

    def table(self, query: str) -> pa.Table:
        """The result of ``query``, brought here."""
        with _working("reconciling"):
            return self._spark.sql(query).toArrow()

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable under ``name``."""
        self._named(name, self._spark.createDataFrame(table))

    def by_row(self, sql: str, of: str) -> DataFrame:
        """The result of ``sql``, which looks at the table ``of`` row by row, by DuckDB in the executors."""
        frame = self._spark.table(of)
        if "*" not in sql:
            frame = frame.select([column for column in frame.columns if re.search(rf"\b{column}\b", sql)])
        return self.by_parts(frame, by_row(sql, of), signed(self._shapes.table(sql)).schema)

    def by_parts(self, frame: DataFrame, work: Parts, schema: pa.Schema) -> DataFrame:
        """What ``work`` makes of the parts of ``frame``."""
        return frame.mapInArrow(work, from_arrow_schema(schema))

    def sql(self, query: str) -> DataFrame:
        """``query``, not worked out yet."""
        with _working("reconciling"):
            return self._spark.sql(query)

    def open(self, name: str, records: Records, spec: Spec, *, side: str, who: str) -> frozenset[str]:
        """Open ``records`` as `Engine.open` does: ``<name>_as_given``, and ``name`` with references only.

        A file has to be where every executor can read it. Raises ``ReconcileError`` as there.
        """
        source = opened(records, stream=spec.stream) if isinstance(records, Path) else records
        if isinstance(source, Path):
            schema = pq.read_schema(source)
            frame = self._spark.read.parquet(str(source.resolve())).withColumn("row_no", f.col("_metadata.row_index"))
        else:
            schema = source.schema
            numbered = source.append_column("row_no", pa.array(np.arange(len(source))))
            frame = self._spark.createDataFrame(numbered)
        given = self._shapes.open(name, schema.empty_table(), spec, side=side, who=who)
        shape = from_arrow_schema(self._shapes.table(f"SELECT * FROM {name}_as_given").schema)
        there = set(frame.columns) & {"row_no", FIRST_KNOWN, *given}
        columns = [
            (f.col(field.name) if field.name in there else f.lit(None)).cast(field.dataType).alias(field.name)
            for field in shape.fields
        ]
        self._named(f"{name}_as_given", frame.select(columns))
        refs = f"SELECT row_no, {trimmed('record_ref')} AS record_ref FROM {name}_as_given"
        self.run([Step(name, "the records' references", refs, of=f"{name}_as_given")])
        counted = "SELECT count(*) - count(record_ref), count(record_ref) - count(DISTINCT record_ref)"
        refuse_refs(who, *self.rows(f"{counted} FROM {name}")[0])
        return given

    def columns(self, name: str) -> list[str]:
        """The columns of a table."""
        return list(self._spark.table(name).columns)

    def write(self, query: str, folder: Path) -> list[Path]:
        """Write the result of ``query`` as Parquet files into a new ``folder``; their paths in the order of rows."""
        with _working(folder.name):
            self._spark.sql(query).write.parquet(str(folder.resolve()))
        return sorted(folder.glob("*.parquet"))


@contextmanager
def _working(what: str) -> Iterator[None]:
    """What Spark says of a failure may quote a record."""
    try:
        yield
    except (AnalysisException, ParseException):
        raise  # ours: they are about our statement, not about a record
    except (PySparkException, Py4JJavaError) as error:
        raise ReconcileError(f"{what}: Spark could not work to the end ({type(error).__name__})") from None
