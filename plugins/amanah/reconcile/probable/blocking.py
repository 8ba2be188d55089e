"""Blocking: which pairs are looked at. Several passes, so that no single field has to be right.

A pass is something that both records of a pair have to share: a number or half of one; a word of the name together with
the birth date, its year or a telling circumstance; the birth date together with one. What very many share tells
nothing, and is left out of its pass.
"""
# ruff: noqa: S608 - SQL is made of column names of this package; no value of a record enters a statement

import math
from collections.abc import Iterator, Sequence

from amanah.reconcile.engine import Engine, Step
from amanah.reconcile.probable.traits import Circumstance

MOST_OF_ONE_KEY = 2_500  # pairs that one key may give, such as 50 records a side
RARE = 50  # pairs that a key gives which is enough by itself; of others a pair needs to share two
MOST_WITHIN = 50_000  # pairs within the sides: enough to see how alike strangers are

_SHORTEST = 5  # characters of a number of which half is worth a pass

# A word's first letter and its consonants, those that clerks confuse made one; vowels are what drifts most.
_WORD_KEYS = (
    "list_distinct(list_transform(list_filter(words, lambda w: length(w) > 1),\n"
    "    lambda w: left(w, 1) || translate(substr(w, 2), 'kqzvwypaeiouh', 'ccsbuib')))"
)
# The birth date with day and month in the order of their size: the same however they were swapped.
_TURNED = "birth_year * 10000 + least(birth_month, birth_day) * 100 + greatest(birth_month, birth_day)"


def block(
    engine: Engine, identifiers: Sequence[str], circumstances: Sequence[Circumstance]
) -> dict[Circumstance, float]:
    """Make ``pair`` (kind, a_ref, b_ref) from ``trait``; give the bits that each of ``circumstances`` tells.

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


def _passes(identifiers: Sequence[str], telling: Sequence[str]) -> Iterator[str]:
    """Queries for (side, ref, key) over ``trait`` and over ``word``, the same with a row for each word of a name."""
    for name in identifiers:
        half = f"(length({name}) + 1) // 2"
        long_enough = f"length({name}) >= {_SHORTEST}"
        yield _query(name)
        yield _query(f"CASE WHEN {long_enough} THEN left({name}, {half}) END")
        yield _query(f"CASE WHEN {long_enough} THEN right({name}, {half}) END")
    yield _query("word", _TURNED, source="word")
    yield _query("word", "birth_year", source="word")
    for name in telling:
        yield _query("word", name, source="word")
        yield _query(_TURNED, name)
    yield _query("array_to_string(list_sort(word_keys), ' ')")


def _query(*parts: str, source: str = "trait") -> str:
    present = " AND ".join(f"{part} IS NOT NULL" for part in parts)
    return f"SELECT side, ref, hash({', '.join(parts)}) AS key FROM {source}_keys WHERE {present}"


def _steps(passes: Sequence[str]) -> list[Step]:
    numbered = [f"SELECT {number} AS pass, * FROM ({query})" for number, query in enumerate(passes)]
    enough = f"count(*) > 1 OR min(x.in_a * x.in_b) <= {RARE}"
    across = (
        "SELECT 'across' AS kind, x.ref AS a_ref, y.ref AS b_ref FROM block x JOIN block y USING (pass, key)\n"
        f"WHERE x.side = 'a' AND y.side = 'b' AND x.in_a * x.in_b <= {MOST_OF_ONE_KEY} GROUP BY ALL HAVING {enough}"
    )
    within = [
        f"SELECT '{side}', x.ref, y.ref FROM block x JOIN block y USING (pass, key)\n"
        f"WHERE x.side = '{side}' AND y.side = '{side}' AND x.ref < y.ref AND x.in_{side} ** 2 <= {MOST_OF_ONE_KEY}\n"
        f"GROUP BY ALL HAVING {enough.replace('in_a * x.in_b', f'in_{side} ** 2')}"
        for side in "ab"
    ]
    return [
        Step(
            "trait_keys",
            "each record with the keys of its name's words",
            f"SELECT *, {_WORD_KEYS} AS word_keys FROM trait",
        ),
        Step("word_keys", "one row for each word of a name", "SELECT *, unnest(word_keys) AS word FROM trait_keys"),
        Step(
            "block",
            "who has which key in which pass, and how many have it",
            "SELECT *, count(*) FILTER (side = 'a') OVER same AS in_a, count(*) FILTER (side = 'b') OVER same AS in_b\n"
            f"FROM ({' UNION ALL '.join(numbered)})\nWINDOW same AS (PARTITION BY pass, key) QUALIFY in_a + in_b > 1",
        ),
        Step("pair", "pairs that share a rare key, or two", "\nUNION ALL ".join([across, *within])),
    ]
