"""Settled pairs: the bulk, whose keys point from the one record to the other and to nobody else.

Nothing about them needs thought. They are found by numbers - 64-bit hashes of key values, of the birth date and of all
that is compared - so that a million records are not held in memory as texts, and of those that are alike in
everything only the references are read again. All others go the long way, through `link`.

Leaving settled pairs out changes nothing for the rest: no other record holds any of their key values, now or earlier.
Two different values have the same hash once in 10^19 pairs; a pair of different people would have to share the hash of
its key and the birth date as well, and hold no other key that anybody else has.

Whoever a person has decided on goes the long way too.

Makes ``settled`` (a_row, b_row, alike, same_<n>: whether key n is held by both) from the views that `Engine.open`
made of both sides as ``all_a`` and ``all_b``, and the tables ``a`` and ``b`` with every record that is not in a
settled pair alike in everything. What brings rows together is written in the SQL that Spark knows as well; what looks
at each row for itself (`Step.of`) is DuckDB's in any case.
"""
# ruff: noqa: S608 - SQL is made of field names of the checked contract; no value of a record enters a statement

from collections.abc import Collection, Iterator, Mapping

from amanah.reconcile import money, validity
from amanah.reconcile.engine import Engine, Runs, Step, quoted
from amanah.reconcile.keys import SAME, comparable, phrase
from amanah.reconcile.spec import BIRTH_DATE, STAGE, Spec, currency_of

_NOTHING = "SELECT 0 AS a_row, 0 AS b_row, FALSE AS alike WHERE FALSE"


def settle(engine: Runs, spec: Spec, given: Collection[str]) -> None:
    """Find the settled pairs; ``given`` are the fields that a side has."""
    numbers = [n for n, key in enumerate(spec.linkage.keys) if key in given]
    engine.run([*(_coded_step(spec, side, numbers) for side in "ab"), *(_decided_step(side) for side in "ab")])
    main = _main_key(engine, numbers)
    if main is None:
        settle_nothing(engine, spec)
    else:
        for n in numbers:
            engine.run(_shared_steps(spec, n, given))
        engine.run(
            [
                *_dated_steps(spec, numbers, main),
                _pair_step(spec, numbers, main),
                *_stray_steps(numbers, main),
                _settled_step(spec, numbers),
            ]
        )


def settle_nothing(engine: Runs, spec: Spec) -> None:
    """Make ``settled`` without a pair."""
    engine.run([Step("settled", "none", _nothing(spec))])


def keep_standing(engine: Engine, spec: Spec, given: Collection[str]) -> None:
    """Make ``standing`` (a_row, b_row, numbers) as well: `standing` says what for."""
    engine.run([_standing_step([n for n, key in enumerate(spec.linkage.keys) if key in given])])


def set_rest_aside(engine: Engine, spec: Spec) -> None:
    """Make ``a`` and ``b``, and of those ``loose_a`` and ``loose_b`` without a settled partner."""
    engine.run(_rest_steps(spec))


def number(n: int, value: str) -> str:
    """SQL for what stands for key ``n`` having the comparable ``value``; null where that is null."""
    return _number(n, _hashed(value))


def _number(n: int, hashed: str) -> str:
    return f"CASE WHEN {hashed} IS NOT NULL THEN hash({n}, {hashed}) END"


def links(spec: Spec) -> str:
    """The query for the links of all settled pairs, in the columns of ``LINKS`` and with the ``row_no`` of ours."""
    ours, theirs = spec.sides
    return (
        f"SELECT ours.record_ref AS ours_ref, theirs.record_ref AS theirs_ref, {SURE}, {why(spec)} AS why,\n"
        f"  {ours}_row AS row_no FROM settled JOIN all_{ours} ours ON ours.row_no = {ours}_row\n"
        f"  JOIN all_{theirs} theirs ON theirs.row_no = {theirs}_row"
    )


def counts(engine: Runs, spec: Spec, *, which: str) -> tuple[int, ...]:
    """How many of the settled pairs hold each key, and how many there are; ``which`` as for `links`."""
    held = ", ".join(f"count(*) FILTER (WHERE same_{n})" for n in range(len(spec.linkage.keys)))
    return engine.rows(f"SELECT {held}, count(*) FROM settled WHERE {which}")[0]


SURE = "'certain' AS grade, 1.0::DOUBLE AS score"


def why(spec: Spec) -> str:
    """SQL over ``settled`` for the keys that both records hold."""
    said = (
        f"CASE WHEN same_{n} THEN {quoted(phrase(key, SAME, we_are_a=spec.we_are_a))} END"
        for n, key in enumerate(spec.linkage.keys)
    )
    return f"concat_ws('; ', {', '.join(said)})"


def _nothing(spec: Spec) -> str:
    return f"SELECT *{''.join(f', FALSE AS same_{n}' for n in range(len(spec.linkage.keys)))} FROM ({_NOTHING})"


def _hashed(value: str) -> str:
    return f"CASE WHEN {value} IS NOT NULL THEN hash({value}) END"


def _coded_step(spec: Spec, side: str, numbers: Collection[int]) -> Step:
    rules = spec.linkage
    # The stage also where it is not compared: whose stage differs may be in danger (`protection`).
    said = {*rules.keys, *rules.compare, STAGE}
    said |= {currency_of(field) for field in spec.amounts}
    told = [field for field in spec.fields if field in said]
    told += [period for field in spec.amounts if (period := money.kind_of_period(spec, field))]
    keys = "".join(f"{_hashed(comparable(key))} AS key_{n}, " for n, key in enumerate(rules.keys) if n in numbers)
    began = f"{spec.began} - DATE '1970-01-01' AS began, " if spec.began else ""
    renewed = " OR ".join(f"coalesce(len({field}), 0) > 0" for field in rules.earlier.values()) or "FALSE"
    born = _hashed(BIRTH_DATE) if BIRTH_DATE in spec.fields else "NULL::UBIGINT"
    return Step(
        f"coded_{side}",
        f"what the records of {side} say, as numbers",
        f"SELECT row_no, {keys}{began}{renewed} AS renewed, {born} AS born,\n"
        f"  hash({', '.join(told)}) AS said FROM all_{side}_as_given",
        of=f"all_{side}_as_given",
    )


def _decided_step(side: str) -> Step:
    return Step(
        f"decided_{side}",
        f"records of {side} that a person has decided on",
        f"SELECT row_no FROM all_{side} SEMI JOIN decided ON record_ref = {side}_ref",
    )


def _main_key(engine: Runs, numbers: Collection[int]) -> int | None:
    """The key that most records of both sides hold."""
    if not numbers:
        return None
    counted = ", ".join(f"count(key_{n})" for n in numbers)
    sides = [engine.rows(f"SELECT {counted} FROM coded_{side}")[0] for side in "ab"]
    held = {n: min(counts) for n, *counts in zip(numbers, *sides, strict=True)}
    main = max(held, key=lambda n: (held[n], -n))
    return main if held[main] else None


def _shared_steps(spec: Spec, n: int, given: Collection[str]) -> Iterator[Step]:
    key = spec.linkage.keys[n]
    queries = [
        f"SELECT key_{n} AS value FROM coded_{side} WHERE key_{n} IS NOT NULL GROUP BY key_{n} HAVING count(*) > 1"
        for side in "ab"
    ]
    earlier = spec.linkage.earlier.get(key)
    if earlier in given:
        for side in "ab":
            yield Step(
                f"past_{n}_{side}",
                f"values of {key} that records of {side} held earlier",
                f"SELECT {_hashed(comparable('past'))} AS value\n"
                f"FROM (SELECT unnest({earlier}) AS past FROM all_{side}_as_given)",
                of=f"all_{side}_as_given",
            )
            queries.append(f"SELECT value FROM past_{n}_{side}")
    yield Step(f"shared_{n}", f"values of {key} that several records hold, or held earlier", _union(queries))


def _dated_steps(spec: Spec, numbers: Collection[int], main: int) -> Iterator[Step]:
    """When papers and placements are valid; where the main key links whatever dates say, nobody need know."""
    if not validity.bounded(spec, spec.linkage.keys[main]):
        return
    bounded = [(n, key) for n, key in enumerate(spec.linkage.keys) if n in numbers and validity.bounded(spec, key)]
    days = "".join(
        f", {validity.since(spec, key)} AS since_{n}, {validity.until(spec, key)} AS until_{n}" for n, key in bounded
    )
    for side in "ab":
        yield Step(
            f"dated_{side}",
            f"when the papers and placements of {side} are valid",
            f"SELECT row_no, {validity.began(spec)} AS began, {validity.ended(spec)} AS ended{days}\n"
            f"FROM all_{side}_as_given",
            of=f"all_{side}_as_given",
        )


def _serves(spec: Spec, said_by: Mapping[int, str], main: int) -> tuple[str, str]:
    """SQL for joining what `_dated_steps` made, and for that one of the keys in common can have served."""
    if not validity.bounded(spec, spec.linkage.keys[main]):
        return "", ""
    serving = []
    for n, said in said_by.items():
        dates = [
            validity.outdated(
                spec,
                since=f"dated_{side}.since_{n}",
                until=f"dated_{side}.until_{n}",
                began=f"dated_{other}.began",
                ended=f"dated_{other}.ended",
            )
            for side, other in ("ab", "ba")
            if validity.bounded(spec, spec.linkage.keys[n])
        ]
        serving.append(" AND ".join([f"coalesce({said}, FALSE)", *(f"NOT {outdated}" for outdated in dates)]))
    joined = "".join(f"  JOIN dated_{side} ON dated_{side}.row_no = {side}.row_no\n" for side in "ab")
    return joined, f" AND ({' OR '.join(serving)})"


def _pair_step(spec: Spec, numbers: Collection[int], main: int) -> Step:
    said_by = {n: f"a.key_{n} = b.key_{n}" for n in numbers}
    if spec.began:
        one_placement = spec.one_placement("a.began", "b.began")
        said_by |= {n: f"{said_by[n]} AND {one_placement}" for n in numbers if n in spec.persons_keys}
    same = ", ".join(f"coalesce({said}, FALSE) AS same_{n}" for n, said in said_by.items())
    dated, serves = _serves(spec, said_by, main)
    unshared = "\n".join(
        f"  ANTI JOIN shared_{n} {side}_{n} ON {side}.key_{n} = {side}_{n}.value" for n in numbers for side in "ab"
    )
    return Step(
        "holding_one",
        "pairs of unchanged papers that hold one key value which nobody else on their sides holds",
        f"SELECT a.row_no AS a_row, b.row_no AS b_row, a.said = b.said AS alike, {same}\n"
        f"FROM coded_a a JOIN coded_b b ON a.key_{main} = b.key_{main}\n{dated}{unshared}\n"
        "  ANTI JOIN decided_a ON a.row_no = decided_a.row_no ANTI JOIN decided_b ON b.row_no = decided_b.row_no\n"
        f"WHERE {said_by[main]} AND NOT a.renewed AND NOT b.renewed AND coalesce(a.born = b.born, TRUE)"
        f"{serves}",
    )


def _stray_steps(numbers: Collection[int], main: int) -> Iterator[Step]:
    """Pairs of which one record holds another key value that somebody else on the other side holds."""
    for n in numbers:
        yield Step(
            f"uneven_{n}",
            "pairs that do not both hold the value",
            f"SELECT a_row, a.key_{n} AS a_value, b.key_{n} AS b_value FROM holding_one\n"
            f"  JOIN coded_a a ON a.row_no = a_row JOIN coded_b b ON b.row_no = b_row WHERE NOT same_{n}"
            f"{' AND FALSE' if n == main else ''}",
        )
    strays = [
        f"SELECT a_row FROM uneven_{n} SEMI JOIN coded_{side} ON coded_{side}.key_{n} = {other}_value"
        for n in numbers
        for side, other in ("ab", "ba")
    ]
    yield Step("stray", "pairs of which a record points elsewhere as well", _union(strays))


def _settled_step(spec: Spec, numbers: Collection[int]) -> Step:
    same = ", ".join(f"same_{n}" if n in numbers else f"FALSE AS same_{n}" for n in range(len(spec.linkage.keys)))
    return Step(
        "settled",
        "pairs that point at each other and at nobody else",
        f"SELECT a_row, b_row, alike, {same} FROM holding_one ANTI JOIN stray USING (a_row)",
    )


def _standing_step(numbers: Collection[int]) -> Step:
    held = ", ".join(_number(n, f"key_{n}") for n in numbers)
    return Step(
        "standing",
        "settled pairs that are alike in everything, and the numbers that both records hold",
        f"SELECT a_row, b_row, list_filter([{held}]::UBIGINT[], lambda n: n IS NOT NULL) AS numbers\n"
        "FROM settled JOIN coded_a ON coded_a.row_no = a_row WHERE alike",
    )


def _rest_steps(spec: Spec) -> Iterator[Step]:
    for side in "ab":
        # First their rows: beside the few of them each record is read and let go, not beside the many others.
        yield Step(
            f"rest_{side}",
            f"rows of {side} about which there is something to say",
            f"SELECT row_no FROM all_{side}_as_given\n"
            f"  ANTI JOIN (SELECT {side}_row AS row_no FROM settled WHERE alike) USING (row_no)",
        )
        yield Step(
            side,
            "the same as records",
            f"SELECT {spec.trimmed} FROM (SELECT * FROM all_{side}_as_given SEMI JOIN rest_{side} USING (row_no))",
        )
        yield Step(
            f"loose_{side}",
            "those of them without a settled partner",
            f"SELECT * FROM {side} ANTI JOIN (SELECT {side}_row AS row_no FROM settled) USING (row_no)",
        )


def _union(queries: Collection[str]) -> str:
    return "\nUNION ALL ".join(queries)
