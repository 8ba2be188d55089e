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
RARE = 20  # pairs that a key gives which is enough by itself; of others a pair needs to share two

SHORTEST = 5  # characters of a number of which half is worth a pass, and an error can be told from another number

# The birth date with day and month in the order of their size: the same however they were swapped.
_TURNED = "birth_year * 10000 + least(birth_month, birth_day) * 100 + greatest(birth_month, birth_day)"


def block(
    engine: Engine, identifiers: Sequence[str], circumstances: Sequence[Circumstance]
) -> dict[Circumstance, float]:
    """Make ``pair`` (kind, a_no, b_no) from ``trait``; give the bits that each of ``circumstances`` tells.

    ``kind`` is ``across``, or the side of two records that both stand on it: those are never of one placement, and
    show how alike strangers are that share a key.
    """
    bits = {each: _bits(engine, each.name) for each in circumstances}
    # Of the records that share a telling value there are no more than the root of all of them, on average.
    enough = math.log2(max(1, engine.count("trait"))) / 2
    telling = [each.name for each, told in bits.items() if told >= enough]
    engine.run(_steps(list(_passes(identifiers, telling))))
    return bits


def _bits(engine: Engine, column: str) -> float:
    """How much it says that two records have the same value: the collision entropy, in bits, at most 20."""
    counted = f"SELECT count(*) AS n FROM trait WHERE {column} IS NOT NULL GROUP BY {column}"
    query = f"SELECT -log2(sum((n / total) ** 2)) FROM ({counted}), (SELECT sum(n) AS total FROM ({counted}))"
    return min(20.0, float(engine.rows(query)[0][0] or 0.0))


def _passes(identifiers: Sequence[str], telling: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What records share in each pass: a table, and SQL over it. ``word`` has a row for each key of a name."""
    for name in identifiers:
        half = f"(length({name}) + 1) // 2"
        long_enough = f"length({name}) >= {SHORTEST}"
        yield "trait", (name,)
        yield "trait", (f"CASE WHEN {long_enough} THEN left({name}, {half}) END",)
        yield "trait", (f"CASE WHEN {long_enough} THEN right({name}, {half}) END",)
    yield "word", ("word", _TURNED)
    yield "word", ("word", "birth_year")
    for name in telling:
        yield "word", ("word", name)
        yield "trait", (_TURNED, name)
    yield "trait", ("CASE WHEN len(name_keys) > 0 THEN list_sort(name_keys) END",)


def _steps(passes: Sequence[tuple[str, Sequence[str]]]) -> list[Step]:
    keys = "\nUNION ALL ".join(_keys(number, source, shared) for number, (source, shared) in enumerate(passes))
    both = [
        f"SELECT {kind} AS kind, x.no AS a_no, y.no AS b_no\n"
        f"FROM (FROM block WHERE side = '{x}' AND {pairs} <= {MOST_OF_ONE_KEY}) x\n"
        f"  JOIN (FROM block WHERE side = '{y}' AND {pairs} <= {MOST_OF_ONE_KEY}) y USING (key)\n"
        f"WHERE {apart} GROUP BY ALL HAVING count(*) > 1 OR min({'x.' + pairs.replace('* ', '* x.')}) <= {RARE}"
        for kind, x, y, pairs, apart in (
            ("'across'", "a", "b", "in_a * in_b", "TRUE"),
            ("'a'", "a", "a", "in_a * in_a", "x.no < y.no"),
            ("'b'", "b", "b", "in_b * in_b", "x.no < y.no"),
        )
    ]
    return [
        Step(
            "word",
            "one row for each key of a name",
            "SELECT * EXCLUDE (name_keys), unnest(list_distinct(name_keys)) AS word FROM trait",
        ),
        Step("held_key", "who has which key", keys),
        Step(
            "block",
            "who has which key that both sides have, and how many have it",
            "SELECT no, side, key, in_a, in_b FROM held_key JOIN (\n"
            "  SELECT key, count(*) FILTER (side = 'a') AS in_a, count(*) FILTER (side = 'b') AS in_b\n"
            "  FROM held_key GROUP BY key HAVING in_a > 0 AND in_b > 0) USING (key)",
        ),
        Step("pair", "pairs that share a rare key, or two", "\nUNION ALL ".join(both)),
    ]


def _keys(number: int, source: str, shared: Sequence[str]) -> str:
    """The query for (side, no, key) of one pass, where all that is ``shared`` is known."""
    present = " AND ".join(f"{part} IS NOT NULL" for part in shared)
    return f"SELECT side, no, hash({number}, {', '.join(shared)}) AS key FROM {source} WHERE {present}"
