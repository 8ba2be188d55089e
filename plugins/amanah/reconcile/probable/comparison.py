"""Comparison: how alike the two records of a pair are, as one level for each family of traits.

Few levels, each with a plain meaning: what a level says is learned (`estimation`), and is what an official reads
(`wording`).
"""
# ruff: noqa: S608 - SQL is made of column names of this package; no value of a record enters a statement

from collections.abc import Mapping, Sequence
from enum import StrEnum

from amanah.reconcile.engine import Engine, Step
from amanah.reconcile.probable.traits import Circumstance


class Papers(StrEnum):
    """How the numbers of papers agree."""

    SAME = "same"
    SAME_BUT = "same_but"  # one is the same, another differs
    NEAR = "near"  # one differs in one character
    NEAR_BUT = "near_but"
    OTHER = "other"  # one can be compared, and differs
    OTHERS = "others"  # several differ
    NONE = "none"  # none can be compared


class Name(StrEnum):
    """How the names agree."""

    RARE = "rare"  # the same, and nobody else on either side bears it
    SAME = "same"
    DRIFT = "drift"  # other spelling of the same sounds
    PARTS = "parts"  # all words of the shorter one, several of them
    ONE_PART = "one_part"  # the only word of the shorter one
    NEAR = "near"
    SOUNDS = "sounds"  # all words of the shorter one in other spelling
    SOME = "some"  # some word in common
    ALIKE = "alike"  # no word in common, similar letters
    OTHER = "other"
    NONE = "none"


class Birth(StrEnum):
    """How the birth dates agree."""

    SAME = "same"
    TURNED = "turned"  # day and month swapped
    CLOSE = "close"  # up to two days: other calendars, time zones
    TWO = "two"  # two of year, month and day
    DEFAULT = "default"  # the same year, one of them the first of January
    YEAR = "year"
    OTHER = "other"
    NONE = "none"


FAMILIES = ("papers", "name", "birth", "circumstances")
FEW = "few"  # circumstances: too few can be compared
_CLOSE_DAYS = 2
_NEARLY_TELLS = 0.7  # of the bits of a circumstance, when it nearly agrees

_NAME = f"""CASE WHEN x.name IS NULL OR y.name IS NULL THEN '{Name.NONE}' WHEN x.words = y.words
        THEN CASE WHEN x.alone_with_name AND y.alone_with_name THEN '{Name.RARE}' ELSE '{Name.SAME}' END
    WHEN list_sort(x.word_keys) = list_sort(y.word_keys) THEN '{Name.DRIFT}'
    WHEN len(list_intersect(x.words, y.words)) = least(len(x.words), len(y.words))
        THEN CASE WHEN least(len(x.words), len(y.words)) = 1 THEN '{Name.ONE_PART}' ELSE '{Name.PARTS}' END
    WHEN jaro_winkler_similarity(x.name, y.name) >= 0.92 THEN '{Name.NEAR}'
    WHEN len(list_intersect(x.word_keys, y.word_keys)) = least(len(x.word_keys), len(y.word_keys)) THEN '{Name.SOUNDS}'
    WHEN len(list_intersect(x.word_keys, y.word_keys)) > 0 THEN '{Name.SOME}'
    WHEN jaro_winkler_similarity(x.name, y.name) >= 0.8 THEN '{Name.ALIKE}' ELSE '{Name.OTHER}' END"""

_BIRTH = f"""CASE WHEN x.birth IS NULL OR y.birth IS NULL THEN '{Birth.NONE}' WHEN x.birth = y.birth THEN '{Birth.SAME}'
    WHEN x.birth_year = y.birth_year AND x.birth_month = y.birth_day AND x.birth_day = y.birth_month
        THEN '{Birth.TURNED}'
    WHEN abs(date_diff('day', x.birth, y.birth)) <= {_CLOSE_DAYS} THEN '{Birth.CLOSE}'
    WHEN (x.birth_year = y.birth_year)::INT + (x.birth_month = y.birth_month)::INT
        + (x.birth_day = y.birth_day)::INT = 2 THEN '{Birth.TWO}'
    WHEN x.birth_year = y.birth_year AND (x.birth_month * 100 + x.birth_day = 101
        OR y.birth_month * 100 + y.birth_day = 101) THEN '{Birth.DEFAULT}'
    WHEN x.birth_year = y.birth_year THEN '{Birth.YEAR}' ELSE '{Birth.OTHER}' END"""


def compare(engine: Engine, identifiers: Sequence[str], bits: Mapping[Circumstance, float]) -> None:
    """Make ``alike``: each row of ``pair`` with a level for each of ``FAMILIES``, and what its wording needs.

    ``bits`` is the circumstance -> how much it says that two records share it.
    """
    same = " + ".join(_shared(each, told) for each, told in bits.items())
    known = " + ".join(
        f"CASE WHEN x.{each.name} IS NOT NULL AND y.{each.name} IS NOT NULL THEN {told:.3f} ELSE 0 END"
        for each, told in bits.items()
    )
    papers = ", ".join(_paper(name) for name in identifiers)
    engine.run(
        [
            Step(
                "measured",
                "each pair, its traits measured",
                f"SELECT kind, a_ref, b_ref, [{papers}]::INTEGER[] AS paper, {_NAME} AS name, {_BIRTH} AS birth,\n"
                f"  ({same or '0'})::DOUBLE AS shared, ({known or '0'})::DOUBLE AS known\n"
                "FROM pair JOIN trait_keys x ON x.ref = a_ref AND x.side = CASE kind WHEN 'b' THEN 'b' ELSE 'a' END\n"
                "  JOIN trait_keys y ON y.ref = b_ref AND y.side = CASE kind WHEN 'a' THEN 'a' ELSE 'b' END",
            ),
            Step(
                "alike",
                "each pair, its traits in levels",
                f"SELECT kind, a_ref, b_ref, {_papers()} AS papers, name, birth, {_circumstances()} AS circumstances,\n"
                "  paper FROM measured",
            ),
        ]
    )


def _shared(circumstance: Circumstance, told: float) -> str:
    """SQL for the bits that one circumstance adds when it agrees, or nearly does."""
    x, y = f"x.{circumstance.name}", f"y.{circumstance.name}"
    nearly = circumstance.nearly(x, y)
    return f"CASE WHEN {x} = {y} THEN {told:.3f} WHEN {nearly} THEN {told * _NEARLY_TELLS:.3f} ELSE 0 END"


def _paper(name: str) -> str:
    """SQL for how one number agrees: 2 the same (now or earlier), 1 in all but one character, 0 not; else null."""
    x, y = f"x.{name}", f"y.{name}"
    return (
        f"CASE WHEN {x} IS NULL OR {y} IS NULL THEN NULL WHEN {x} = {y} THEN 2\n"
        f"    WHEN list_contains(x.{name}_earlier, {y}) OR list_contains(y.{name}_earlier, {x}) THEN 2\n"
        f"    WHEN length({x}) >= 5 AND damerau_levenshtein({x}, {y}) = 1 THEN 1 ELSE 0 END"
    )


def _papers() -> str:
    same, near, other = (f"len(list_filter(paper, lambda how: how = {how}))" for how in (2, 1, 0))
    return (
        f"CASE WHEN {same} > 0 THEN CASE WHEN {other} > 0 THEN '{Papers.SAME_BUT}' ELSE '{Papers.SAME}' END\n"
        f"  WHEN {near} > 0 THEN CASE WHEN {other} > 0 THEN '{Papers.NEAR_BUT}' ELSE '{Papers.NEAR}' END\n"
        f"  WHEN {other} > 1 THEN '{Papers.OTHERS}' WHEN {other} = 1 THEN '{Papers.OTHER}' ELSE '{Papers.NONE}' END"
    )


def _circumstances() -> str:
    """Which share of what can be compared agrees, weighed by what each tells; and how much that is in all."""
    share, much = "shared / known", "shared"
    return (
        f"CASE WHEN known < 3 THEN '{FEW}' ELSE\n"
        f"  CASE WHEN {share} >= 0.95 THEN 'all' WHEN {share} >= 0.7 THEN 'most' WHEN {share} >= 0.4 THEN 'half'\n"
        f"    WHEN {much} > 2 THEN 'some' ELSE 'no' END\n"
        f"  || CASE WHEN {much} >= 20 THEN '_3' WHEN {much} >= 10 THEN '_2' WHEN {much} >= 5 THEN '_1'\n"
        "    ELSE '_0' END END"
    )
