"""Comparison: how alike the two records of a pair are, as one level for each family of traits.

Few levels, each with a plain meaning: what a level says is learned (`estimation`), and is what an official reads
(`wording`). Names are read once and compared in batches (`names`), all else in SQL.

Most candidates are strangers whom everything speaks against. Of these a sample is enough to see how alike strangers
are: each stands for ``weight`` of them.
"""
# ruff: noqa: S608 - SQL is made of column names of this package; no value of a record enters a statement

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from amanah.reconcile.engine import Engine, Step
from amanah.reconcile.names import LEVELS, WordBits, Writings
from amanah.reconcile.probable.birth import HOW, Birth
from amanah.reconcile.probable.blocking import SHORTEST, stands_for
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
    """How the names agree: the levels of `names`, some of them parted by how much it tells."""

    RARE = "rare"  # the same, and nobody else on either side bears it
    SAME = "same"
    SPELLED = "spelled"  # other spelling of the same words
    SCRIPT = "script"  # the same in the other script
    TWICE = "twice"  # the only word is written twice
    SWAPPED = "swapped"  # the same words in another order
    ADDED = "added"  # more behind what both have: the father's name
    DROPPED = "dropped"  # more in front or in between
    COMMON_PART = "common_part"  # one name holds the other, whose words many bear
    CUT = "cut"  # a document's line was full
    NEAR = "near"  # every word has a partner, one about a letter apart; or letters typed wrong
    RARE_WORD = "rare_word"  # a rare word in common, others differ
    SOME = "some"  # some word in common
    ALIKE = "alike"  # no word in common, similar letters
    OTHER = "other"
    NONE = "none"


FAMILIES = ("papers", "name", "birth", "circumstances")
FEW = "few"  # circumstances: too few can be compared
NEVER = (frozenset({Papers.OTHERS}), frozenset({Birth.YEAR, Birth.OTHER}))
"""Every paper differs, and there are several; the birth date differs too: the details of a job outvote nobody."""
NAME_ONLY = (
    frozenset({Papers.OTHER, Papers.NONE}),
    frozenset({Birth.YEAR, Birth.OTHER, Birth.NONE}),
    (FEW, "some", "no"),
)
"""No paper, birth date or details (what their level begins with) speak for a link: a name alone links nobody."""
ANOTHER_PERSON = (
    frozenset(Papers) - {Papers.SAME, Papers.SAME_BUT},
    frozenset({Name.SOME, Name.ALIKE, Name.OTHER}),
    frozenset({Birth.YEAR, Birth.OTHER}),
    (FEW, "half", "some", "no"),
)
"""Name and birth date speak against it, no number is the same and few details: one that nearly is links nobody then."""

_NEARLY_TELLS = 0.7  # of the bits of a circumstance, when it nearly agrees
_TYPED, _ALIKE = 0.92, 0.8  # Jaro and Winkler's similarity: a finger slipped, which is no drift of sounds; look alike

_OF_NAMES = {
    "same": Name.SAME,
    "same_letters": Name.SPELLED,
    "other_script": Name.SCRIPT,
    "doubled_mononym": Name.TWICE,
    "parts_swapped": Name.SWAPPED,
    "parts_added": Name.ADDED,
    "parts_dropped": Name.DROPPED,
    "truncated": Name.CUT,
    "near": Name.NEAR,
    "different": Name.OTHER,
}
_CLOSEST = [Name.SAME, *(level for level in Name if level not in {Name.RARE, Name.SAME, Name.NONE})]


class Telling(NamedTuple):
    """How much things tell, in bits.

    Attributes:
        circumstances: what it tells that two records share each.
        words: what it tells that two names have a word in common.
        enough: from which on something is telling.
    """

    circumstances: Mapping[Circumstance, float]
    words: WordBits
    enough: float


def compare(
    engine: Engine, identifiers: Sequence[str], telling: Telling, writings: Writings, *, strangers: bool
) -> None:
    """Make ``alike``: rows of ``pair`` with a level for each of ``FAMILIES``, what its wording needs, and ``weight``.

    Of pairs that cannot be one none is kept, unless ``strangers`` are to be learned from.
    """
    engine.run([_measured_step(identifiers, telling.circumstances), _leveled_step(identifiers)])
    engine.forget("pair", "measured")
    engine.run([_kept_step(engine, sample=strangers)])
    engine.run([_asked_step()])
    engine.register("judged", _judged(engine, writings, telling))
    engine.run([_alike_step(identifiers)])
    engine.forget("leveled", "kept", "asked")


def _measured_step(identifiers: Sequence[str], bits: Mapping[Circumstance, float]) -> Step:
    same = " + ".join(_shared(each, told) for each, told in bits.items())
    known = " + ".join(
        f"CASE WHEN x.{each.name} IS NOT NULL AND y.{each.name} IS NOT NULL THEN {told:.3f} ELSE 0 END"
        for each, told in bits.items()
    )
    papers = "".join(f"{_paper(name)} AS how_{n}, " for n, name in enumerate(identifiers))
    return Step(
        "measured",
        "each pair, its traits measured",
        f"SELECT kind, weight, a_no, b_no, {papers}{HOW} AS birth,\n"
        f"  ({same or '0'})::DOUBLE AS shared, ({known or '0'})::DOUBLE AS known,\n"
        "  x.latin AS a_latin, x.arabic AS a_arabic, y.latin AS b_latin, y.arabic AS b_arabic,\n"
        "  x.alone_with_name AND y.alone_with_name AS alone\n"
        "FROM pair JOIN trait x ON x.no = a_no JOIN trait y ON y.no = b_no",
    )


def _shared(circumstance: Circumstance, told: float) -> str:
    """SQL for the bits that one circumstance adds when it agrees, or nearly does."""
    x, y = f"x.{circumstance.name}", f"y.{circumstance.name}"
    nearly = circumstance.nearly(x, y)
    return f"CASE WHEN {x} = {y} THEN {told:.3f} WHEN {nearly} THEN {told * _NEARLY_TELLS:.3f} ELSE 0 END"


def _paper(name: str) -> str:
    """SQL for how one number agrees: 2 the same (now or earlier), 1 in all but one character, 0 not; else null.

    One character: another one, one more or less, or two neighbours swapped. The dear distance is asked last.
    """
    x, y = f"x.{name}", f"y.{name}"
    shorter, longer = (f"{which}(strlen({x}), strlen({y}))" for which in ("least", "greatest"))
    half = f"({shorter} // 2)"
    distance = f"damerau_levenshtein({x}, {y}) = 1"
    begun, ended = (f"{side}({x}, {half}) = {side}({y}, {half})" for side in ("left", "right"))
    return (
        f"CASE WHEN {x} IS NULL OR {y} IS NULL THEN NULL WHEN {x} = {y} THEN 2\n"
        f"    WHEN list_contains(x.{name}_earlier, {y}) OR list_contains(y.{name}_earlier, {x}) THEN 2\n"
        f"    WHEN length({x}) < {SHORTEST} THEN 0\n"
        f"    WHEN {shorter} = {longer}\n"
        f"    THEN CASE hamming({x}, {y}) WHEN 1 THEN 1 WHEN 2 THEN ({distance})::INT ELSE 0 END\n"
        f"    WHEN {shorter} + 1 = {longer} AND ({begun} OR {ended}) THEN ({distance})::INT ELSE 0 END"
    )


def _leveled_step(identifiers: Sequence[str]) -> Step:
    return Step(
        "leveled",
        "each pair, its papers and circumstances in levels",
        f"SELECT *, {_papers(identifiers)} AS papers, {_circumstances()} AS circumstances FROM measured",
    )


def _kept_step(engine: Engine, *, sample: bool) -> Step:
    papers, birth = (", ".join(f"'{level}'" for level in sorted(levels)) for levels in NEVER)
    never = f"kind = 'across' AND papers IN ({papers}) AND birth IN ({birth})"
    if not sample:
        return Step("kept", "pairs that may be one", f"SELECT * FROM leveled WHERE NOT ({never})")
    number = engine.rows(f"SELECT count(*) FROM leveled WHERE {never}")[0][0]
    each = stands_for(number)
    return Step(
        "kept",
        "pairs that may be one, and a sample of those that cannot",
        f"SELECT * REPLACE (CASE WHEN {never} THEN {each} ELSE weight END AS weight)\n"
        f"FROM leveled WHERE NOT ({never}) OR hash(a_no, b_no) % {each} = 0",
    )


def _asked_step() -> Step:
    """Names meet in the script that both are known in; across scripts only where there is none."""
    one = "a_latin IS NOT NULL AND b_latin IS NOT NULL", "a_arabic IS NOT NULL AND b_arabic IS NOT NULL"
    meet = {
        ("a_latin", "b_latin"): one[0],
        ("a_arabic", "b_arabic"): one[1],
        ("a_latin", "b_arabic"): f"NOT coalesce({one[0]} OR {one[1]}, FALSE)",
        ("a_arabic", "b_latin"): f"NOT coalesce({one[0]} OR {one[1]}, FALSE)",
    }
    return Step(
        "asked",
        "the names that meet in each pair",
        "\nUNION ALL ".join(
            f"SELECT a_no, b_no, least({a}, {b}) AS one, greatest({a}, {b}) AS other FROM kept\n"
            f"WHERE {when} AND {a} IS NOT NULL AND {b} IS NOT NULL"
            for (a, b), when in meet.items()
        ),
    )


def _judged(engine: Engine, writings: Writings, tell: Telling) -> pa.Table:
    """Every two names that meet somewhere, with the place of their level in `_CLOSEST`: (one, other, closeness)."""
    pairs = engine.table(
        "SELECT one, other, jaro_winkler_similarity(lower(x.name), lower(y.name)) AS letters\n"
        "FROM (SELECT DISTINCT one, other FROM asked) JOIN writing x ON x.no = one JOIN writing y ON y.no = other\n"
        "ORDER BY one, other"
    )
    one, other = (pairs[side].to_numpy().astype(np.int64) for side in ("one", "other"))
    judged = writings.compare(one, other, tell.words)
    telling = judged.told >= tell.enough
    place = {level: n for n, level in enumerate(_CLOSEST)}
    level = np.array([place[_OF_NAMES[each]] for each in LEVELS])[judged.level]
    parts = (level == place[Name.ADDED]) | (level == place[Name.DROPPED])
    differ = level == place[Name.OTHER]
    letters = pairs["letters"].to_numpy()
    for name, which in (
        (Name.COMMON_PART, parts & ~telling),
        (Name.ALIKE, differ & (letters >= _ALIKE)),
        (Name.SOME, differ & (judged.told > 0)),
        (Name.RARE_WORD, differ & telling),
        (Name.NEAR, differ & (letters >= _TYPED)),
    ):
        level = np.where(which, place[name], level)
    return pairs.select(["one", "other"]).append_column("closeness", pa.array(level.astype(np.int32)))


def _alike_step(identifiers: Sequence[str]) -> Step:
    """Strangers within a side are known in one script; those who meet across scripts bear one name as often.

    So the same name in the other script counts as the same name, and is only worded as what it is.
    """
    words = ", ".join(f"'{level}'" for level in _CLOSEST)
    hows = ", ".join(f"how_{n}" for n in range(len(identifiers)))
    said = (
        f"CASE WHEN closeness IS NULL THEN '{Name.NONE}' WHEN closeness = 0 AND alone THEN '{Name.RARE}'\n"
        f"    ELSE [{words}][closeness + 1] END"
    )
    return Step(
        "alike",
        "each pair, its traits in levels",
        f"SELECT kind, weight, a_no, b_no, papers, {said} AS name_said, birth, circumstances,\n"
        f"  CASE name_said WHEN '{Name.SCRIPT}' THEN '{Name.SAME}' ELSE name_said END AS name,\n"
        f"  [{hows}]::INTEGER[] AS paper\n"
        "FROM kept LEFT JOIN (\n"
        "  SELECT a_no, b_no, min(closeness) AS closeness FROM asked JOIN judged USING (one, other) GROUP BY ALL)\n"
        "USING (a_no, b_no)",
    )


def _papers(identifiers: Sequence[str]) -> str:
    same, near, other = (
        " + ".join(f"coalesce(how_{n} = {how}, FALSE)::INT" for n in range(len(identifiers))) or "0"
        for how in (2, 1, 0)
    )
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
