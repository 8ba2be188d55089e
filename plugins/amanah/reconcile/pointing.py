"""Who holds which number, now or earlier, and which pairs of records the numbers point at.

Makes ``held`` (side, key, ref, value, earlier, since, until), ``holder`` (each value with its holders), ``outdated``
(key, a_ref, b_ref: by a paper that was not valid then) and ``pointing`` (a_ref, b_ref, how_<n>, serves), from the
tables ``loose_a``, ``loose_b`` and ``decided``. A person's number is held placement by placement.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from amanah.reconcile import validity
from amanah.reconcile.engine import Step
from amanah.reconcile.keys import EARLIER_AT_A, EARLIER_AT_B, SAME, comparable
from amanah.reconcile.spec import Spec

_MOST_HOLDERS = 20  # of one person's number; what more records hold is a default such as 0000, and says nothing


def pointing_steps(spec: Spec) -> list[Step]:
    """The steps that make the tables."""
    keys = spec.linkage.keys
    held = [query for side in "ab" for n, key in enumerate(keys) for query in _held(spec, side, n, key)]
    hows = ", ".join(f"min(how) FILTER (key = {n}) AS how_{n}" for n in range(len(keys)))
    return [
        Step("held_number", "which record holds which number, now or earlier", "\nUNION ALL ".join(held)),
        Step("held", "the same; of a person's number, which placement's", _by_placement(spec)),
        Step(
            "holder",
            "each key value with its holders on both sides",
            "SELECT key, value, count(*) FILTER (side = 'a') AS in_a, count(*) FILTER (side = 'b') AS in_b,\n"
            "  min(ref) FILTER (side = 'a') AS a_ref, min(ref) FILTER (side = 'b') AS b_ref,\n"
            "  bool_or(earlier) FILTER (side = 'a') AS a_earlier, bool_or(earlier) FILTER (side = 'b') AS b_earlier,\n"
            "  min(since) FILTER (side = 'a') AS a_since, min(since) FILTER (side = 'b') AS b_since,\n"
            "  min(until) FILTER (side = 'a') AS a_until, min(until) FILTER (side = 'b') AS b_until\n"
            "FROM held WHERE value IS NOT NULL GROUP BY key, value",
        ),
        Step(
            "pointing_by",
            "pairs that a value held once on each side points at, with how it agrees",
            "SELECT key, a_ref, b_ref,\n"
            f"  CASE WHEN a_earlier THEN {EARLIER_AT_A} WHEN b_earlier THEN {EARLIER_AT_B} ELSE {SAME} END AS how,\n"
            f"  {_outdated(spec)} AS outdated\n"
            "FROM holder JOIN loose_a a ON a.record_ref = a_ref JOIN loose_b b ON b.record_ref = b_ref\n"
            "WHERE in_a = 1 AND in_b = 1 AND NOT (a_earlier AND b_earlier)",
        ),
        Step("outdated", "those by a paper that was not valid then", "SELECT * FROM pointing_by WHERE outdated"),
        Step(
            "pointing_any",
            "the pairs, with how each key agrees, and whether any of them can have served",
            f"SELECT a_ref, b_ref, {hows}, bool_or(NOT outdated) AS serves FROM pointing_by GROUP BY a_ref, b_ref",
        ),
        Step(
            "pointing",
            "those of them about which nobody has decided",
            "SELECT * FROM pointing_any ANTI JOIN decided USING (a_ref, b_ref)\n"
            "WHERE a_ref NOT IN (SELECT a_ref FROM decided WHERE same)\n"
            "  AND b_ref NOT IN (SELECT b_ref FROM decided WHERE same)",
        ),
    ]


def _held(spec: Spec, side: str, n: int, key: str) -> list[str]:
    """Queries for the values of one key on one side. An earlier value that is also the current one is not earlier."""
    began = spec.began if n in spec.persons_keys else None
    held = f"SELECT '{side}' AS side, {n} AS key, record_ref AS ref, {comparable(key)} AS value, FALSE AS earlier,\n"
    held += f"  {began or 'NULL::DATE'} AS began,\n"
    held += f"  {validity.since(spec, key)} AS since, {validity.until(spec, key)} AS until"
    queries = [f"{held} FROM loose_{side} WHERE {key} IS NOT NULL"]
    if key in spec.linkage.earlier:
        ends = validity.earlier_until(spec, key)
        queries.append(
            f"SELECT '{side}', {n}, ref, {comparable('value')}, TRUE, {began or 'NULL::DATE'}, NULL::INTEGER,\n"
            f"  CASE WHEN count(ends) = count(*) THEN max({validity.day('ends')}) END FROM (\n"
            f"  SELECT *, record_ref AS ref, {key} AS current, unnest({spec.linkage.earlier[key]}) AS value,\n"
            f"    {f'unnest({ends})' if ends else 'NULL::DATE'} AS ends FROM loose_{side})\n"
            f"WHERE {comparable('value')} IS DISTINCT FROM {comparable('current')} GROUP BY ALL"
        )
    return queries


def _outdated(spec: Spec) -> str:
    """SQL over ``holder``, ``a`` and ``b``: the paper of one side was valid at no time of the other's placement."""
    return " OR ".join(
        validity.outdated(
            spec,
            since=f"{side}_since",
            until=f"{side}_until",
            began=validity.began(spec, f"{other}."),
            ended=validity.ended(spec, f"{other}."),
        )
        for side, other in ("ab", "ba")
    )


def _by_placement(spec: Spec) -> str:
    """The query that appends to a person's number which of the person's placements it stands in.

    Placements are told apart where, in the order in which they began, one began long enough after the one before;
    where it is not known of each when it began, they are taken for one.
    """
    if not spec.persons_keys:
        return "SELECT side, key, ref, value, earlier, since, until FROM held_number"
    persons = f"key IN ({', '.join(map(str, spec.persons_keys))})"
    before = "lag(began) OVER (PARTITION BY key, value ORDER BY began)"
    return (
        f"SELECT side, key, ref, value, earlier, since, until FROM held_number WHERE NOT {persons}\n"
        "UNION ALL SELECT side, key, ref, value || ' ' || CASE WHEN bool_or(began IS NULL) OVER alike THEN 0\n"
        "    ELSE sum(later) OVER (PARTITION BY key, value ORDER BY began) END, earlier, since, until FROM (\n"
        f"  SELECT *, (NOT {spec.one_placement(before, 'began')})::INTEGER AS later FROM held_number\n"
        f"  WHERE {persons} AND value IS NOT NULL)\n"
        "WINDOW alike AS (PARTITION BY key, value)"
    )


def other_placements(spec: Spec) -> str:
    """The query for pairs (a_ref, b_ref) of records of one person that are of different placements."""
    number = "split_part({}.value, ' ', 1)"
    few = f"SELECT key, {number.format('held')} AS number FROM held GROUP BY ALL HAVING count(*) <= {_MOST_HOLDERS}"
    persons = ", ".join(map(str, spec.persons_keys)) or "NULL"
    return (
        "SELECT DISTINCT x.ref AS a_ref, y.ref AS b_ref FROM held x JOIN held y\n"
        f"  ON x.key = y.key AND {number.format('x')} = {number.format('y')} AND x.value <> y.value\n"
        f"SEMI JOIN ({few}) few ON few.key = x.key AND few.number = {number.format('x')}\n"
        f"WHERE x.key IN ({persons}) AND x.side = 'a' AND y.side = 'b'"
    )
