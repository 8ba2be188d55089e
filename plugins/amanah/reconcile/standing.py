"""Standing pairs: of which nothing need be said again until something about them changes.

They are the settled pairs that are alike in everything (`settled`): no other record holds any of their numbers. So a
run on what changed leaves them out, and what it finds for all others is what a run on everything would find - as
long as it judges by the same parameters. A pair stands no more when one of its records changes, or when a changed
record comes to hold one of its numbers, now or earlier.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from amanah.reconcile.engine import Engine
from amanah.reconcile.keys import comparable
from amanah.reconcile.settled import number
from amanah.reconcile.spec import Spec
from schemas.agreement import Agreement

STANDING = pa.schema(
    [("ours_ref", pa.string()), ("theirs_ref", pa.string()), ("numbers", pa.list_(pa.uint64()))],
)
"""A pair, and what stands for the numbers that both records hold. The numbers mean something to the same release of
DuckDB only, whose hashes they are."""

SIDES = "ours", "theirs"


@dataclass(frozen=True)
class Position:
    """Where a run left off: what the next one, on what changed, begins with.

    Attributes:
        standing: see ``STANDING``.
        others: references of all current records that are in no standing pair, of the sides ``ours`` and ``theirs``.
    """

    standing: pa.Table
    others: Mapping[str, pa.Array]


@dataclass(frozen=True)
class Changed:
    """What changed on one side since.

    Attributes:
        refs: of every record that is new, revised, withdrawn, or was decided on by a person.
        records: those of them that are current, as `reconcile` takes them.
    """

    refs: pa.Array
    records: pa.Table


def standing_pairs(engine: Engine, spec: Spec) -> pa.Table:
    """The table of standing pairs, from what linking made."""
    ours, theirs = spec.sides
    return engine.table(
        f"SELECT {ours}.record_ref AS ours_ref, {theirs}.record_ref AS theirs_ref, numbers FROM standing\n"
        "JOIN all_a a ON a.row_no = a_row JOIN all_b b ON b.row_no = b_row"
    ).cast(STANDING)


def reopen(
    position: Position, changed: Mapping[str, Changed], *, stream: str, agreement: Agreement, us: str
) -> Position:
    """What of ``position`` still stands when ``ours`` and ``theirs`` have ``changed``.

    Returns:
        The position with the pairs that stand still; ``others`` are all that is to be reconciled again, among them
        references of records that are no more.
    """
    spec = Spec(agreement, stream, us)
    with Engine() as engine:
        engine.register("standing", position.standing)
        held = []
        for whose, side in zip(SIDES, spec.sides, strict=True):
            engine.register(f"changed_{whose}", _refs(changed[whose].refs))
            engine.register(f"others_{whose}", _refs(position.others[whose]))
            engine.open(f"now_{whose}", changed[whose].records, spec, side=side, who=f"{whose}, {stream}")
            held += [query for n, key in enumerate(spec.linkage.keys) for query in _held(spec, whose, n, key)]
        engine.execute(f"CREATE TEMP TABLE held AS {' UNION '.join(held)}")
        engine.execute(
            "CREATE TEMP TABLE fallen AS SELECT ours_ref, theirs_ref FROM standing SEMI JOIN (\n"
            "  SELECT ours_ref FROM (SELECT ours_ref, unnest(numbers) AS number FROM standing)\n"
            "  SEMI JOIN held USING (number)\n"
            "  UNION SELECT ours_ref FROM standing SEMI JOIN changed_ours ON ours_ref = ref\n"
            "  UNION SELECT ours_ref FROM standing SEMI JOIN changed_theirs ON theirs_ref = ref) USING (ours_ref)"
        )
        again = "FROM others_{0} UNION FROM changed_{0} UNION SELECT {0}_ref FROM fallen ORDER BY 1"
        return Position(
            engine.table("SELECT * FROM standing ANTI JOIN fallen USING (ours_ref)").cast(STANDING),
            {whose: engine.table(again.format(whose))["ref"].combine_chunks() for whose in SIDES},
        )


def advanced(still: Position, found: pa.Table, ours: pa.Array, theirs: pa.Array) -> Position:
    """The position after a run beside what stands ``still``.

    Args:
        still: what was left out of the run.
        found: the run's standing pairs.
        ours: references of our records in the run.
        theirs: of theirs.
    """
    others = {
        whose: refs.filter(pc.invert(pc.is_in(refs, found[f"{whose}_ref"].combine_chunks())))
        for whose, refs in zip(SIDES, (ours, theirs), strict=True)
    }
    return Position(pa.concat_tables([still.standing, found]), others)


def nowhere() -> Position:
    """Where nothing was reconciled yet."""
    return Position(STANDING.empty_table(), {whose: pa.array([], pa.string()) for whose in SIDES})


def _refs(refs: pa.Array) -> pa.Table:
    return pa.table({"ref": refs.cast(pa.string())})


def _held(spec: Spec, whose: str, n: int, key: str) -> list[str]:
    """Queries for what stands for the numbers that changed records hold, now or earlier."""
    queries = [f"SELECT {number(n, comparable(key))} AS number FROM now_{whose}"]
    if key in spec.linkage.earlier:
        past = f"SELECT unnest({spec.linkage.earlier[key]}) AS past FROM now_{whose}"
        queries.append(f"SELECT {number(n, comparable('past'))} FROM ({past})")
    return queries
