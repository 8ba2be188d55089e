"""Wording: why two records are held to be one, field by field, in words an official understands.

A level is worded the same whoever looks, so that both sides read the same sentence.
"""

from collections.abc import Iterator, Mapping, Sequence

from amanah.reconcile.engine import quoted
from amanah.reconcile.keys import label
from amanah.reconcile.probable.birth import Birth
from amanah.reconcile.probable.comparison import FEW, Name

_NAME: Mapping[str, str] = {
    Name.RARE: "same name, which nobody else bears",
    Name.SAME: "same name",
    Name.SPELLED: "same name in other spelling",
    Name.SCRIPT: "same name in the other script",
    Name.TWICE: "same name, once written twice",
    Name.SWAPPED: "same name in other order",
    Name.ADDED: "one name goes on behind the other",
    Name.DROPPED: "one name holds the other and more",
    Name.COMMON_PART: "one name holds the other, which many bear",
    Name.CUT: "same name, once cut short",
    Name.NEAR: "names almost the same",
    Name.RARE_WORD: "names share a rare word",
    Name.SOME: "names share a word",
    Name.ALIKE: "names look alike",
    Name.OTHER: "names differ",
    Name.NONE: "a name is missing",
}
_BIRTH: Mapping[str, str] = {
    Birth.SAME: "same birth date",
    Birth.TURNED: "birth dates with day and month swapped",
    Birth.CLOSE: "birth dates up to two days apart",
    Birth.HIJRI_TURNED: "birth dates with day and month of the Hijri calendar swapped",
    Birth.HIJRI_MONTH: "birth dates one month of the Hijri calendar apart",
    Birth.DEFAULT: "same birth year, one date is the first of January",
    Birth.HIJRI_DEFAULT: "same Hijri birth year, one date is its first day",
    Birth.MONTH: "same birth month, one date is its first day",
    Birth.DIGIT: "birth dates differ in one digit",
    Birth.TWO: "birth dates differ in day, month or year only",
    Birth.YEAR: "same birth year only",
    Birth.OTHER: "birth dates differ",
    Birth.NONE: "a birth date is missing",
}
_CIRCUMSTANCES: Mapping[str, str] = {
    "all": "all other details agree",
    "most": "most other details agree",
    "half": "about half of the other details agree",
    "some": "few other details agree",
    "no": "no other details agree",
    FEW: "few other details are known",
}
_PAPER = ("another {}", "{} differs in one character", "same {}")


def why(identifiers: Sequence[str]) -> str:
    """SQL over ``alike`` for the sentence; ``identifiers`` are the fields of its ``paper`` in their order."""
    said = [*_papers(identifiers), _case("name_said", _NAME), _case("birth", _BIRTH), _rest()]
    return f"concat_ws('; ', {', '.join(said)})"


def _papers(identifiers: Sequence[str]) -> Iterator[str]:
    for place, field in enumerate(identifiers, start=1):
        cases = {str(how): text.format(label(field)) for how, text in enumerate(_PAPER)}
        yield (
            "CASE "
            f"paper[{place}] " + " ".join(f"WHEN {how} THEN {quoted(text)}" for how, text in cases.items()) + " END"
        )


def _case(column: str, words: Mapping[str, str]) -> str:
    return (
        f"CASE {column} "
        + " ".join(f"WHEN {quoted(level)} THEN {quoted(text)}" for level, text in words.items())
        + " END"
    )


def _rest() -> str:
    return _case("split_part(circumstances, '_', 1)", _CIRCUMSTANCES)
