"""What is known from before: people's decisions on pairs of records, and the links of an earlier run (the crosswalk).

A decision goes before everything: ``same`` links, ``other`` parts for good. An earlier link that was certain goes on
where no key says otherwise now, such as after both papers were renewed; where birth date and name both differ it ends.

Makes the tables ``decided`` (a_ref, b_ref, same) and ``before`` (a_ref, b_ref, why), of records that are there.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from collections.abc import Iterator
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
_EARLIER = pa.schema([(name, pa.string()) for name in ("ours_ref", "theirs_ref", "grade", "why")])


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


def load_known(engine: Engine, spec: Spec, known: Known) -> None:
    """Make the two tables from the views ``all_a`` and ``all_b``.

    Raises ``ReconcileError`` when decisions contradict each other: nobody can be two people.
    """
    engine.register("told_decisions", _or_none(known.decisions, DECISIONS))
    engine.register("told_links", _or_none(known.links, _EARLIER))
    engine.run(_steps(spec))
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


def _or_none(table: pa.Table | None, schema: pa.Schema) -> pa.Table:
    return schema.empty_table() if table is None else table.select(schema.names)


def _steps(spec: Spec) -> Iterator[Step]:
    ours, theirs = ("a_ref", "b_ref") if spec.we_are_a else ("b_ref", "a_ref")
    there = "\n  ".join(f"SEMI JOIN all_{side} ON all_{side}.record_ref = {side}_ref" for side in "ab")
    yield Step(
        "decided",
        "pairs that a person decided on",
        f"SELECT DISTINCT a_ref, b_ref, decision = '{SAME}' AS same FROM\n"
        f"  (SELECT ours_ref AS {ours}, theirs_ref AS {theirs}, decision FROM told_decisions)\n  {there}",
    )
    yield Step(
        "before",
        "pairs that an earlier run was certain of",
        f"SELECT a_ref, b_ref, min(why) AS why FROM\n"
        f"  (SELECT ours_ref AS {ours}, theirs_ref AS {theirs}, why FROM told_links WHERE grade = 'certain')\n"
        f"  {there}\nGROUP BY a_ref, b_ref",
    )
