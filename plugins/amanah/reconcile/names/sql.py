"""Comparing names inside DuckDB: a function that the engine installs, and the SQL that calls it."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from amanah.reconcile.names.comparing import Texts, compare

_FUNCTION = "names_differ"


def install(database: Any) -> None:
    """Make the function of `disagree` known to a DuckDB connection."""
    database.create_function(
        _FUNCTION, differ, ["VARCHAR", "VARCHAR"], "BOOLEAN", type="arrow", null_handling="special"
    )


def disagree(one: str, other: str) -> str:
    """SQL that is true when two names disagree; false when either is not available or has no letter.

    Only pairs that are not written alike reach the function.
    """
    return (
        f"CASE WHEN {one} IS NULL OR {other} IS NULL OR {one} = {other} THEN FALSE ELSE {_FUNCTION}({one}, {other}) END"
    )


def differ(left: Texts, right: Texts) -> pa.Array:
    """Whether each pair of names is ``different``."""
    level = pc.struct_field(compare(left, right), "level")
    return pc.fill_null(pc.equal(level, "different"), fill_value=False)
