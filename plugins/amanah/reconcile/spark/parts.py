"""What an executor does with a part of the rows: the steps of DuckDB's engine, in a DuckDB of its own, over Arrow.

So a text is trimmed, a key made comparable, a number coded and two names compared by the very same code, whichever
engine was asked for. Functions here run in executors, and hold no state from one batch to the next.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from collections.abc import Callable, Iterator

import pyarrow as pa

from amanah.reconcile import compare
from amanah.reconcile.engine import Engine, Step
from amanah.reconcile.finding import discrepancy_step, told_from_our_side
from amanah.reconcile.outcome import DISCREPANCIES
from amanah.reconcile.spec import Spec

Parts = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]

_ONE_CORE = "SET threads = 1"  # the others are for the other tasks


def by_row(sql: str, of: str) -> Parts:
    """Run ``sql``, which looks at the table ``of`` row by row, on a part of it."""

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with Engine() as engine:
            engine.execute(_ONE_CORE)
            for batch in batches:
                engine.register(of, pa.Table.from_batches([batch]))
                yield from signed(engine.table(sql)).to_batches()

    return work


def signed(table: pa.Table) -> pa.Table:
    """Codes of 64 bits without a sign as numbers with one, bit for bit: Spark knows no others."""
    for place, column in enumerate(table.columns):
        if column.type == pa.uint64():
            chunks = [chunk.view(pa.int64()) for chunk in column.chunks]
            table = table.set_column(place, table.field(place).name, pa.chunked_array(chunks, pa.int64()))
    return table


def discrepancies(spec: Spec) -> Parts:
    """Compare settled pairs: rows with ``a_<column>`` and ``b_<column>`` of both records in, discrepancies out."""

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with Engine() as engine:
            engine.execute(_ONE_CORE)
            for batch in batches:
                yield from _compared(engine, spec, pa.Table.from_batches([batch])).to_batches()

    return work


def _compared(engine: Engine, spec: Spec, pairs: pa.Table) -> pa.Table:
    for side in "ab":
        columns = [name for name in pairs.column_names if name.startswith(f"{side}_")]
        records = pairs.select(columns).rename_columns([name.removeprefix(f"{side}_") for name in columns])
        engine.register(f"given_{side}", records)
        engine.run([Step(side, "the records as they are compared", f"SELECT {spec.trimmed} FROM given_{side}")])
    rows = pairs.select(["a_row_no", "b_row_no"])
    engine.register("pairs", rows)
    linked = (
        "SELECT a.record_ref AS a_ref, b.record_ref AS b_ref\n"
        "FROM pairs JOIN a ON a.row_no = a_row_no JOIN b ON b.row_no = b_row_no"
    )
    steps = [Step("link", "the settled pairs", linked), *compare.compare_steps(spec)]
    steps.append(discrepancy_step(spec, compare.findings(spec)))
    engine.run(steps)
    found = engine.table(told_from_our_side(spec)).cast(DISCREPANCIES)
    engine.forget("a", "b", *(step.name for step in steps))
    return found
