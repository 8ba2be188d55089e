"""Findings as the Arrow tables in which reconciling gives them."""

from collections.abc import Iterable, Mapping

import pyarrow as pa
from sqlalchemy import Float, Table


def of(table: Table, rows: Iterable[Mapping[str, object]]) -> pa.Table:
    """``rows`` in the columns of ``table``."""
    columns = [column for column in table.columns if column.name not in ("opened_in", "closed_in")]
    types = [(column.name, pa.float64() if isinstance(column.type, Float) else pa.string()) for column in columns]
    return pa.Table.from_pylist(list(rows), pa.schema(types))
