"""Link records of a stream that hangs on another one: complaints, through the placement they are about.

Two complaints can be one when their placements are linked, every key agrees (kind) and the dates lie near enough.
Among several, those are linked that are each other's nearest with no second one equally near; then the same again
with who is left. Where it ends in a tie, nobody is linked and a person decides.

Makes the same tables as `link`: ``link``, ``contested``, ``ambiguous`` and an empty ``repeated`` (several
complaints of one kind about one worker are no mistake).
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from amanah.reconcile.engine import Engine, Step, quoted
from amanah.reconcile.keys import SAME, comparable, label
from amanah.reconcile.known import DECIDED
from amanah.reconcile.settled import SURE
from amanah.reconcile.spec import Spec


def link_through_parent(engine: Engine, spec: Spec) -> None:
    """Make the linking tables from views ``all_a``, ``all_b`` ``decided`` and ``parent_link``."""
    engine.run([*(Step(side, f"the records of {side}", f"FROM all_{side}") for side in "ab"), _candidate_step(spec)])
    columns = ", ".join(f"{SAME} AS how_{n}" for n in range(len(spec.linkage.keys)))
    none = ", ".join(f"NULL::INTEGER AS how_{n}" for n in range(len(spec.linkage.keys)))
    engine.execute(
        f"CREATE TEMP TABLE link AS SELECT a_ref, b_ref, {none}, {quoted(DECIDED)} AS why, {SURE}\n"
        "FROM decided WHERE same"
    )
    engine.execute(
        "DELETE FROM candidate USING decided d WHERE candidate.a_ref = d.a_ref AND candidate.b_ref = d.b_ref"
    )
    while _link_nearest(engine, columns):
        pass
    engine.run(_undecided_steps(spec))


def _candidate_step(spec: Spec) -> Step:
    parent, rules = spec.linkage.parent, spec.linkage
    apart = {field: f"abs(date_diff('day', a.{field}, b.{field}))" for field in rules.near}
    conditions = [f"{comparable(f'a.{key}')} = {comparable(f'b.{key}')}" for key in rules.keys]
    conditions += [f"{apart[field]} <= {days}" for field, days in rules.near.items()]
    phrases = [quoted(f"same worker ({label(rules.parent_stream or 'parent')} linked)")]
    phrases += [quoted(f"same {label(key)}") for key in rules.keys]
    phrases += [
        f"{quoted(label(field))} || CASE {days} WHEN 0 THEN ' on the same day' WHEN 1 THEN ' 1 day apart'"
        f" ELSE ' ' || {days} || ' days apart' END"
        for field, days in apart.items()
    ]
    return Step(
        "candidate",
        "pairs about linked placements whose keys agree and whose dates lie near enough",
        f"SELECT a.record_ref AS a_ref, b.record_ref AS b_ref, {' + '.join(apart.values()) or '0'} AS days,\n"
        f"  concat_ws('; ', {', '.join(phrases)}) AS why\n"
        f"FROM a JOIN (SELECT DISTINCT a_ref, b_ref FROM parent_link) p ON a.{parent} = p.a_ref\n"
        f"  JOIN b ON b.{parent} = p.b_ref WHERE {' AND '.join(conditions)}",
    )


_OPEN = "candidate WHERE a_ref NOT IN (SELECT a_ref FROM link) AND b_ref NOT IN (SELECT b_ref FROM link)"  # still free


def _link_nearest(engine: Engine, columns: str) -> bool:
    before = engine.count("link")
    ranks = ", ".join(
        f"rank() OVER (PARTITION BY {ref} ORDER BY days) AS {ref}_rank,"
        f" count(*) OVER (PARTITION BY {ref}, days) AS {ref}_ties"
        for ref in ("a_ref", "b_ref")
    )
    engine.execute(
        f"INSERT INTO link SELECT a_ref, b_ref, {columns}, why, {SURE} FROM (SELECT *, {ranks} FROM {_OPEN})\n"
        "WHERE a_ref_rank = 1 AND b_ref_rank = 1 AND a_ref_ties = 1 AND b_ref_ties = 1"
    )
    return engine.count("link") > before


def _undecided_steps(spec: Spec) -> list[Step]:
    field = quoted(next(iter(spec.linkage.near), spec.linkage.keys[0]))
    return [
        Step(
            "contested",
            "pairs that stand in a tie",
            f"SELECT a_ref, b_ref, {field} AS field, 'equally_near' AS reason FROM {_OPEN}",
        ),
        Step(
            "ambiguous",
            "records that stand in a tie",
            "SELECT DISTINCT 'a' AS side, a_ref AS ref FROM contested\n"
            "UNION ALL SELECT DISTINCT 'b', b_ref FROM contested",
        ),
        Step(
            "repeated",
            "none: several complaints of one kind are no mistake",
            "SELECT '' AS side, '' AS field, ['']::VARCHAR[] AS refs WHERE FALSE",
        ),
    ]
