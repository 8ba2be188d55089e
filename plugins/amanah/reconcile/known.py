"""What is known from before: people's decisions on pairs of records, and the links of an earlier run (the crosswalk).

A decision goes before everything: ``same`` links, ``other`` parts for good. An earlier link that was certain goes on
where no key says otherwise now, such as after both papers were renewed; where birth date and name both differ it ends.

Makes the tables ``decided`` (a_ref, b_ref, same) and ``before`` (a_ref, b_ref, why), of records that are there.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from amanah.reconcile.engine import Engine, Step
from amanah.reconcile.errors import ReconcileError
from amanah.reconcile.probable.parameters import Parameters
from amanah.reconcile.spec import Spec
from amanah.reconcile.tables import texts

DECISIONS = pa.schema([("ours_ref", pa.string()), ("theirs_ref", pa.string()), ("decision", pa.string())])
SAME, OTHER = "same", "other"
DECIDED, BEFORE = "decided by a person", "linked before: "  # why two records are linked
EARLIER = pa.schema([(name, pa.string()) for name in ("ours_ref", "theirs_ref", "grade", "why")])


@dataclass(frozen=True)
class Known:
    """What a run is told.

    Attributes:
        decisions: see ``DECISIONS``; ``decision`` is ``same`` or ``other``.
        links: an earlier outcome's links.
        parameters: an earlier outcome's; without them probable links are judged by what these very records teach.
    """

    decisions: pa.Table | None = None
    links: pa.Table | None = None
    parameters: Parameters | None = None


NOTHING = Known()


def read_decisions(path: Path) -> pa.Table:
    """Read people's decisions from a CSV or Parquet file with the columns of ``DECISIONS``.

    Raises:
        ReconcileError: a column is missing, or a decision is neither ``same`` nor ``other``.
    """
    table = texts(path, DECISIONS.names)
    known = pc.is_in(table["decision"], pa.array([SAME, OTHER]))
    if not pc.all(known, min_count=0).as_py():
        first = pc.index(known, pa.scalar(value=False)).as_py() + 1
        raise ReconcileError(f"{path.name}: decision: record {first} is neither {SAME} nor {OTHER}")
    return table


def load_known(engine: Engine, spec: Spec, known: Known, there: Mapping[str, str]) -> None:
    """Make the two tables. ``there`` is the side -> table of all its records, of which ``record_ref`` is read.

    Raises ``ReconcileError`` when decisions contradict each other: nobody can be two people.
    """
    engine.register("told_decisions", or_none(known.decisions, DECISIONS))
    engine.register("told_links", or_none(known.links, EARLIER))
    engine.run([decided_step(spec, there), _before_step(spec, there)])
    contradicting = engine.rows(
        "SELECT count(*) FROM (SELECT a_ref AS ref FROM decided WHERE same GROUP BY ALL HAVING count(*) > 1\n"
        "  UNION ALL SELECT b_ref FROM decided WHERE same GROUP BY ALL HAVING count(*) > 1\n"
        "  UNION ALL SELECT a_ref FROM decided GROUP BY a_ref, b_ref HAVING count(*) > 1)"
    )[0][0]
    if contradicting:
        raise ReconcileError(
            f"{spec.stream}: decisions contradict each other about {contradicting} record(s): each may be the same as "
            "one record only, and not the same and another; correct the decisions"
        )


def or_none(table: pa.Table | None, schema: pa.Schema) -> pa.Table:
    """The columns of ``schema`` in ``table``; no row when there is no table."""
    return schema.empty_table() if table is None else table.select(schema.names)


def decided_step(spec: Spec, there: Mapping[str, str]) -> Step:
    """The step that makes ``decided`` from ``told_decisions``, in the SQL that DuckDB and Spark have in common."""
    return Step(
        "decided",
        "pairs that a person decided on",
        f"SELECT DISTINCT a_ref, b_ref, decision = '{SAME}' AS same FROM\n"
        f"  (SELECT {_as_sides(spec)}, decision FROM told_decisions)\n  {_both(there)}",
    )


def _before_step(spec: Spec, there: Mapping[str, str]) -> Step:
    return Step(
        "before",
        "pairs that an earlier run was certain of",
        f"SELECT a_ref, b_ref, min(why) AS why FROM\n"
        f"  (SELECT {_as_sides(spec)}, why FROM told_links WHERE grade = 'certain')\n"
        f"  {_both(there)}\nGROUP BY a_ref, b_ref",
    )


def _as_sides(spec: Spec) -> str:
    ours, theirs = ("a_ref", "b_ref") if spec.we_are_a else ("b_ref", "a_ref")
    return f"ours_ref AS {ours}, theirs_ref AS {theirs}"


def _both(there: Mapping[str, str]) -> str:
    return "\n  ".join(f"SEMI JOIN {table} ON {table}.record_ref = {side}_ref" for side, table in there.items())
