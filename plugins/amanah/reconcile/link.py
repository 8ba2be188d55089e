"""Link records: by people's decisions, by exact keys, by earlier links, and by all that speaks for the rest.

By keys two records are one when a key value points from the one to the other and to nobody else.

A key value links when exactly one record of each side holds it (as current or earlier value, but not as earlier on
both), and its paper was valid at some time of the other's placement (`validity`). Nothing is picked: a value held twice
links nobody, and records whose keys point to different partners stay unlinked until a person decides. That makes the
result independent of row order and of who is "ours".

Makes the tables ``link`` (a_ref, b_ref, why, how_<n>), ``contested`` (a_ref, b_ref, field, reason),
``ambiguous`` (side, ref) and ``repeated`` (side, field, refs) from the views ``all_a`` and ``all_b`` and the tables
``decided`` and ``before``. Pairs that are alike in everything stand in ``settled`` alone, as `settled` says, and in
none of these.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from collections.abc import Mapping

from amanah.reconcile import names
from amanah.reconcile.engine import Engine, Step, quoted
from amanah.reconcile.keys import EARLIER_AT_A, EARLIER_AT_B, SAME, comparable, phrase
from amanah.reconcile.known import BEFORE, DECIDED
from amanah.reconcile.pointing import other_placements, pointing_steps
from amanah.reconcile.probable.parameters import Parameters
from amanah.reconcile.probable.run import link_rest
from amanah.reconcile.settled import SURE, why
from amanah.reconcile.spec import BIRTH_DATE, NAME, Spec


def link_records(
    engine: Engine, spec: Spec, everyone: Mapping[str, str], *, by: Parameters | None
) -> Parameters | None:
    """Make the linking tables from those of `settled`.

    Args:
        engine: holds the tables ``a``, ``b``, ``decided`` and ``before``, and those of `settled`.
        spec: what was agreed.
        everyone: side -> SQL for the names of all its records.
        by: parameters learned earlier; without them they are learned from these records.

    Returns:
        The parameters by which probable links were judged; None when none are agreed.
    """
    engine.run([*pointing_steps(spec), *_deciding_steps(spec)])
    _take_before(engine, spec)
    if spec.linkage.probable:
        apart = f"(SELECT a_ref, b_ref FROM decided WHERE NOT same UNION ALL {other_placements(spec)})"
        by = link_rest(engine, spec.traits, {side: _free(spec, side) for side in "ab"}, everyone, apart=apart, by=by)
        _take_probable(engine, spec)
    _withdraw_doubts(engine)
    engine.run([*_ambiguous_steps(), _repeated_step(spec)])
    _take_settled(engine, spec)
    return by if spec.linkage.probable else None


def _take_before(engine: Engine, spec: Spec) -> None:
    """Add what an earlier run was certain of, where nothing is said about either record now that would change it."""
    free = "\n".join(
        f"  AND {side}_ref NOT IN (SELECT {side}_ref FROM link)"
        f" AND {side}_ref NOT IN (SELECT {side}_ref FROM contested WHERE reason <> 'not_valid_then')"
        f" AND {side}_ref NOT IN (SELECT {side}_ref FROM before GROUP BY ALL HAVING count(*) > 1)"
        for side in "ab"
    )
    why_then = f"{quoted(BEFORE)} || replace(why, {quoted(BEFORE)}, '')"
    engine.execute(
        f"INSERT INTO link SELECT a_ref, b_ref, {_no_keys(spec)}{why_then}, {SURE}\n"
        "FROM before JOIN loose_a a ON a.record_ref = a_ref JOIN loose_b b ON b.record_ref = b_ref\n"
        f"WHERE coalesce(NOT ({_another_person(spec)}), TRUE)\n{free}\n"
        "  AND (a_ref, b_ref) NOT IN (SELECT (a_ref, b_ref) FROM decided)"
    )


def _no_keys(spec: Spec) -> str:
    return "NULL, " * len(spec.linkage.keys)


def _take_settled(engine: Engine, spec: Spec) -> None:
    """Add the settled pairs that differ in something, and so are compared."""
    hows = "".join(f"CASE WHEN same_{n} THEN {SAME} END, " for n in range(len(spec.linkage.keys)))
    engine.execute(
        f"INSERT INTO link SELECT a.record_ref, b.record_ref, {hows}{why(spec)}, {SURE}\n"
        "FROM settled JOIN a ON a.row_no = a_row JOIN b ON b.row_no = b_row WHERE NOT alike"
    )


def _free(spec: Spec, side: str) -> str:
    """The records of one side without a link. Where keys point at several, a person decides, not likelihood.

    A number that several records of a side hold says of none of them who it is about, nor does that of a paper which
    was not valid at the other's time: it counts as not known.
    """
    shared = ", ".join(
        f"CASE WHEN {comparable(key)} IN (\n"
        f"    SELECT split_part(value, ' ', 1) FROM holder WHERE key = {n} AND (in_a > 1 OR in_b > 1))\n"
        f"  OR record_ref IN (SELECT {side}_ref FROM outdated WHERE key = {n}) THEN NULL ELSE {key} END AS {key}"
        for n, key in enumerate(spec.linkage.keys)
        if key in spec.linkage.probable
    )
    return (
        f"(SELECT * {f'REPLACE ({shared})' if shared else ''} FROM loose_{side}\n"
        f"  WHERE record_ref NOT IN (SELECT {side}_ref FROM link)\n"
        f"    AND record_ref NOT IN (SELECT {side}_ref FROM contested WHERE reason = 'keys_disagree'))"
    )


def _take_probable(engine: Engine, spec: Spec) -> None:
    """Add what is likely enough to the links; what is only possible waits for a person, who is asked once."""
    engine.execute(
        f"INSERT INTO link SELECT a_ref, b_ref, {_no_keys(spec)}why, grade, score FROM probable\n"
        "WHERE grade <> 'possible'"
    )
    engine.execute(
        "INSERT INTO contested SELECT a_ref, b_ref, NULL, 'possibly_one' FROM probable\n"
        "ANTI JOIN contested USING (a_ref, b_ref) WHERE grade = 'possible'"
    )


def _withdraw_doubts(engine: Engine) -> None:
    """A key that agreed, but could not link, made a doubt; where all there is speaks for one, it is none."""
    engine.execute(
        "DELETE FROM contested USING link WHERE link.a_ref = contested.a_ref AND link.b_ref = contested.b_ref"
    )


def _deciding_steps(spec: Spec) -> list[Step]:
    numbered = list(enumerate(spec.linkage.keys))
    first_key = " ".join(f"WHEN how_{n} IS NOT NULL THEN {quoted(key)}" for n, key in numbered)
    agreeing = ", ".join(f"CASE how_{n} {_phrases(spec, key)} END" for n, key in numbered)
    return [
        Step(
            "other_person",
            "pairs whose key agrees while both birth date and name differ: not the same person",
            "SELECT p.* FROM pointing p JOIN a ON a.record_ref = p.a_ref JOIN b ON b.record_ref = p.b_ref\n"
            f"WHERE {_another_person(spec)}",
        ),
        Step(
            "candidate",
            "the pairs that are left, by a paper that can have served",
            "SELECT * FROM pointing ANTI JOIN other_person USING (a_ref, b_ref) WHERE serves",
        ),
        Step("torn_a", "records of a that point at several of b", _several("a_ref")),
        Step("torn_b", "records of b that point at several of a", _several("b_ref")),
        Step(
            "contested",
            "pairs a person must decide on, with the first key that agrees",
            f"SELECT a_ref, b_ref, CASE {first_key} END AS field, 'keys_disagree' AS reason FROM candidate\n"
            "WHERE a_ref IN (FROM torn_a) OR b_ref IN (FROM torn_b)\n"
            f"UNION ALL SELECT a_ref, b_ref, CASE {first_key} END, 'other_person' FROM other_person\n"
            f"UNION ALL SELECT a_ref, b_ref, CASE {first_key} END, 'not_valid_then' FROM pointing\n"
            "ANTI JOIN other_person USING (a_ref, b_ref) WHERE NOT serves",
        ),
        Step(
            "link",
            "the pairs nothing speaks against, and those that a person decided on",
            f"SELECT * EXCLUDE (serves), concat_ws('; ', {agreeing}) AS why, {SURE}\n"
            "FROM candidate ANTI JOIN contested USING (a_ref, b_ref)\n"
            f"UNION ALL SELECT pairs.*, concat_ws('; ', {quoted(DECIDED)}, {agreeing}), {SURE}\n"
            "FROM (SELECT * EXCLUDE (serves) FROM (SELECT a_ref, b_ref FROM decided WHERE same)\n"
            "  LEFT JOIN pointing_any USING (a_ref, b_ref)) AS pairs",
        ),
    ]


def _another_person(spec: Spec) -> str:
    if not {BIRTH_DATE, NAME} <= set(spec.fields):
        return "FALSE"
    return f"a.{BIRTH_DATE} <> b.{BIRTH_DATE} AND {names.disagree(f'a.{NAME}', f'b.{NAME}')}"


def _several(ref: str) -> str:
    return f"SELECT {ref} FROM candidate GROUP BY {ref} HAVING count(*) > 1"


def _phrases(spec: Spec, key: str) -> str:
    hows = (SAME, EARLIER_AT_A, EARLIER_AT_B) if key in spec.linkage.earlier else (SAME,)
    return " ".join(f"WHEN {how} THEN {quoted(phrase(key, how, we_are_a=spec.we_are_a))}" for how in hows)


def _ambiguous_steps() -> list[Step]:
    return [
        Step(
            "unlinked",
            "key values of records without a link",
            "SELECT * FROM held ANTI JOIN (\n"
            "  SELECT 'a' AS side, a_ref AS ref FROM link UNION ALL SELECT 'b', b_ref FROM link) USING (side, ref)",
        ),
        Step(
            "parted",
            "records all of whose possible partners somebody decided against",
            "\nUNION ALL ".join(_parted(side, other) for side, other in ("ab", "ba")),
        ),
        Step(
            "ambiguous",
            "records without a link that share a key value with a record without a link on the other side",
            "SELECT 'a' AS side, a_ref AS ref FROM contested WHERE reason = 'possibly_one'\n"
            "UNION SELECT 'b', b_ref FROM contested WHERE reason = 'possibly_one'\n"
            "UNION SELECT side, ref FROM unlinked JOIN (\n"
            "  SELECT key, value, bool_or(side = 'a') AS a_any, bool_or(side = 'a' AND NOT earlier) AS a_current,\n"
            "    bool_or(side = 'b') AS b_any, bool_or(side = 'b' AND NOT earlier) AS b_current\n"
            "  FROM unlinked GROUP BY key, value) USING (key, value)\n"
            "WHERE CASE WHEN side = 'a' THEN b_current OR (b_any AND NOT earlier)\n"
            "  ELSE a_current OR (a_any AND NOT earlier) END\n"
            "EXCEPT SELECT side, ref FROM parted",
        ),
    ]


def _parted(side: str, other: str) -> str:
    shares = "x.key = y.key AND x.value = y.value AND NOT (x.earlier AND y.earlier)"
    return (
        f"SELECT DISTINCT '{side}' AS side, {side}_ref AS ref FROM decided WHERE NOT same AND {side}_ref NOT IN (\n"
        f"  SELECT x.ref FROM unlinked x JOIN unlinked y ON {shares}\n"
        f"  WHERE x.side = '{side}' AND y.side = '{other}' AND x.ref IN (SELECT {side}_ref FROM decided)\n"
        f"    AND (x.ref, y.ref) NOT IN (SELECT ({side}_ref, {other}_ref) FROM decided))\n"
        f"AND {side}_ref NOT IN (SELECT {side}_ref FROM contested WHERE reason = 'possibly_one')"
    )


def _repeated_step(spec: Spec) -> Step:
    field = " ".join(f"WHEN {n} THEN {quoted(key)}" for n, key in enumerate(spec.linkage.keys))
    return Step(
        "repeated",
        "records of one side that hold the same key value",
        f"SELECT DISTINCT side, CASE key {field} END AS field, refs FROM (\n"
        "  SELECT side, key, value, list_sort(list(ref)) AS refs FROM held SEMI JOIN (\n"
        "    SELECT key, value FROM holder WHERE in_a > 1 OR in_b > 1) USING (key, value)\n"
        "  GROUP BY side, key, value HAVING count(*) > 1)",
    )
