"""Comparing names inside DuckDB: the functions that the engine installs, and the SQL that calls them."""
# ruff: noqa: S608 - SQL is made of our own expressions; no name enters a statement

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from amanah.reconcile.names.comparing import Texts, compare

_FUNCTION, _OF_MANY = "names_differ", "each_of_names_differs"


def install(database: Any) -> None:
    """Make the functions of `disagree` and `apart` known to a DuckDB connection."""
    for function, name, text, answer in (
        (differ, _FUNCTION, "VARCHAR", "BOOLEAN"),
        (_each_differs, _OF_MANY, "VARCHAR[]", "BOOLEAN[]"),
    ):
        database.create_function(name, function, [text, text], answer, type="arrow", null_handling="special")


def disagree(one: str, other: str) -> str:
    """SQL that is true when two names disagree; false when either is not available or has no letter.

    Only pairs that are not written alike reach the function.
    """
    return (
        f"CASE WHEN {one} IS NULL OR {other} IS NULL OR {one} = {other} THEN FALSE ELSE {_FUNCTION}({one}, {other}) END"
    )


def apart(pairs: str) -> str:
    """The query for those rows of the query ``pairs`` (one, other; distinct, none null) that disagree.

    All at once, where `disagree` sees 2,048 at a time: what names have in common is read once, in a third of the time.
    """
    return (
        f"SELECT one, other FROM (SELECT unnest(ones) AS one, unnest(others) AS other,\n"
        f"  unnest({_OF_MANY}(ones, others)) AS disagree\n"
        f"  FROM (SELECT coalesce(list(one), []) AS ones, coalesce(list(other), []) AS others FROM ({pairs})))\n"
        "WHERE disagree"
    )


def differ(left: Texts, right: Texts) -> pa.Array:
    """Whether each pair of names is ``different``."""
    level = pc.struct_field(compare(left, right), "level")
    return pc.fill_null(pc.equal(level, "different"), fill_value=False)


def _each_differs(left: Texts, right: Texts) -> pa.ListArray:
    """`differ` for lists of names."""
    one, other = (pa.concat_arrays(lists.chunks) for lists in (left, right))
    return pa.ListArray.from_arrays(one.offsets, differ(one.flatten(), other.flatten()))
