"""Blocking: which pairs are looked at. Several passes, so that no single field has to be right.

A pass is something that both records of a pair have to share: a number or half of one; a key of the name (`names.keys`,
the same in both scripts) together with the birth date, its year or a telling circumstance; the birth date together
with one. What very many share tells nothing, and is left out of its pass.
"""
# ruff: noqa: S608 - SQL is made of column names of this package; no value of a record enters a statement

import math
from collections.abc import Iterator, Sequence

from amanah.reconcile.engine import Engine, Step
from amanah.reconcile.probable.traits import Circumstance

MOST_OF_ONE_KEY = 2_500  # pairs that one key may give, such as 50 records a side
MOST_STRANGERS = 50_000  # pairs: enough to see how alike strangers are
RARE = 10  # pairs that a key gives which is enough by itself; of others a pair needs to share two

SHORTEST = 5  # characters of a number of which half is worth a pass, and an error can be told from another number

# The birth date with day and month in the order of their size: the same however they were swapped.
_TURNED = "birth_year * 10000 + least(birth_month, birth_day) * 100 + greatest(birth_month, birth_day)"


def block(
    engine: Engine, identifiers: Sequence[str], telling: Sequence[Circumstance], *, strangers: bool, sides: str = "ab"
) -> None:
    """Make ``pair`` (kind, weight, a_no, b_no) from ``trait``; ``telling`` circumstances are worth a pass.

    ``kind`` is ``across`` for pairs that may be one, or the side of two records that both stand on it: of two sides,
    those are never of one placement, and show how alike ``strangers`` are that share a key. A sample of these is
    enough, each for ``weight`` of them; who is in it hangs on the records' places alone. Where there is one of
    ``sides``, its own pairs are those that may be one.
    """
    names = [each.name for each in telling]
    engine.run(_steps(list(_passes(identifiers, names, sides)), names, sides))
    engine.run([_pair_step(engine, strangers=strangers) if len(sides) > 1 else _pair_step_within()])
    engine.forget("word", "held_key", "block")


def bits_of(engine: Engine, circumstances: Sequence[Circumstance]) -> dict[str, float]:
    """How much it tells that two records of ``trait`` share each of ``circumstances``, by its name."""
    return {each.name: _bits(engine, each.name) for each in circumstances}


def enough_bits(engine: Engine) -> float:
    """The bits from which something is telling.

    Of the records of ``trait`` that share it there are no more than the root of all of them, on average.
    """
    return math.log2(max(1, engine.count("trait"))) / 2


def _bits(engine: Engine, column: str) -> float:
    """How much it says that two records have the same value: the collision entropy, in bits, at most 20."""
    counted = f"SELECT count(*) AS n FROM trait WHERE {column} IS NOT NULL GROUP BY {column}"
    query = f"SELECT -log2(sum((n / total) ** 2)) FROM ({counted}), (SELECT sum(n) AS total FROM ({counted}))"
    return min(20.0, float(engine.rows(query)[0][0] or 0.0))


def _passes(identifiers: Sequence[str], telling: Sequence[str], sides: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What records share in each pass: a table, and SQL over it. ``word`` has a row for each key of a name."""
    for name in identifiers:
        half = f"(length({name}) + 1) // 2"
        long_enough = f"length({name}) >= {SHORTEST}"
        yield "trait", (name,)
        for side in ("left", "right"):
            part = f"CASE WHEN {long_enough} THEN {side}({name}, {half}) END"
            yield "trait", (part,)
            if len(sides) == 1:  # where a person's copies crowd what they share, and a stranger makes it no rare key
                yield from (("trait", (part, circumstance)) for circumstance in telling)
    yield "word", ("word", _TURNED)
    yield "word", ("word", "birth_year")
    for name in telling:
        yield "word", ("word", name)
        yield "trait", (_TURNED, name)
    yield "trait", ("CASE WHEN len(whole_name) > 0 THEN whole_name END",)


def _steps(passes: Sequence[tuple[str, Sequence[str]]], telling: Sequence[str], sides: str) -> list[Step]:
    shared = "in_a > 0 AND in_b > 0" if len(sides) > 1 else "in_a > 1"
    keys = "\nUNION ALL ".join(_keys(number, source, shared) for number, (source, shared) in enumerate(passes))
    return [
        Step(
            "word",
            "one row for each key of a name",
            f"SELECT side, no, birth_year, birth_month, birth_day, {''.join(f'{name}, ' for name in telling)}\n"
            "  unnest(list_distinct(name_keys)) AS word FROM trait",
        ),
        Step("held_key", "who has which key", keys),
        Step(
            "block",
            "who has which key that somebody else has (of two sides, somebody on the other), and how many have it",
            "SELECT no, side, key, in_a, in_b FROM held_key JOIN (\n"
            "  SELECT key, count(*) FILTER (side = 'a') AS in_a, count(*) FILTER (side = 'b') AS in_b\n"
            f"  FROM held_key GROUP BY key HAVING {shared}) USING (key)",
        ),
    ]


_PAIRS = "pairs that share a rare key, or two"


def _pair_step(engine: Engine, *, strangers: bool) -> Step:
    across = "in_a * in_b"  # strangers share the very keys that candidates do, however unlike in size the sides are
    queries = [_pairs("across", "a", "b", across)]
    for side in "ab" if strangers else "":
        held = f"SELECT DISTINCT key, in_{side} AS n FROM block WHERE {across} <= {MOST_OF_ONE_KEY}"
        number = engine.rows(f"SELECT coalesce(sum(n * (n - 1) // 2), 0)::BIGINT FROM ({held})")[0][0]
        queries.append(_pairs(side, side, side, across, stands_for(number)))
    return Step("pair", _PAIRS, "\nUNION ALL ".join(queries))


def _pair_step_within() -> Step:
    return Step("pair", _PAIRS, _pairs("across", "a", "a", "in_a * (in_a - 1) // 2"))


def _pairs(kind: str, x: str, y: str, pairs: str, weight: int = 1) -> str:
    """The query for pairs of side ``x`` and ``y``, with one in ``weight`` of the records of ``x``.

    ``pairs`` says how many pairs a key gives.
    """
    few = f"{pairs} <= {MOST_OF_ONE_KEY}"
    some = f" AND hash(no) % {weight} = 0" if weight > 1 else ""
    return (
        f"SELECT '{kind}' AS kind, {weight} AS weight, x.no AS a_no, y.no AS b_no\n"
        f"FROM (SELECT no, key, {pairs} AS pairs FROM block WHERE side = '{x}' AND {few}{some}) x\n"
        f"  JOIN (SELECT no, key FROM block WHERE side = '{y}' AND {few}) y USING (key)\n"
        f"WHERE {'TRUE' if x != y else 'x.no < y.no'} GROUP BY ALL HAVING count(*) > 1 OR min(pairs) <= {RARE}"
    )


def stands_for(number: int) -> int:
    """How many of ``number`` pairs of strangers each of a sample stands for, that keeps `MOST_STRANGERS` or so."""
    return max(1, math.ceil(number / MOST_STRANGERS))


def _keys(number: int, source: str, shared: Sequence[str]) -> str:
    """The query for (side, no, key) of one pass, where all that is ``shared`` is known."""
    present = " AND ".join(f"{part} IS NOT NULL" for part in shared)
    return f"SELECT side, no, hash({number}, {', '.join(shared)}) AS key FROM {source} WHERE {present}"
