"""Whether two rows that agree in a key clearly speak of two people: dates of birth, sex, names.

A slip of the pen does not speak against anything: one part of a date that differs, day and month changed about, a name
spelled otherwise. What is missing says nothing.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import combinations

from amanah.node.consolidation.contribution import Contribution
from schemas.streams import Stream

LIKE = 0.75  # share of letters in common from which two words are one word spelled twice
_WORD = re.compile(r"[^\W\d_]+")
_PARTS = {"year": 1, "month": 2}

Differs = Callable[[Contribution, Contribution, str], bool]


def speak_against(one: Contribution, other: Contribution, guards: Sequence[str], stream: Stream) -> bool:
    """Whether one of the ``guards`` clearly tells the person of ``one`` from that of ``other``."""
    return any(
        _rule(stream, field)(one, other, field)
        for field in guards
        if one.said.get(field) is not None and other.said.get(field) is not None
    )


def any_two_speak_against(rows: Sequence[Contribution], guards: Sequence[str], stream: Stream) -> bool:
    """Whether any two of ``rows`` clearly speak of two people; rows that say the same are looked at once."""
    different = {tuple(str(row.said.get(field)) for field in guards): row for row in rows}
    return any(speak_against(one, other, guards, stream) for one, other in combinations(different.values(), 2))


def _rule(stream: Stream, field: str) -> Differs:
    if stream.python_type(field) is date:
        return _other_day
    return _other_code if stream.code_list(field) is not None else _other_name


def _other_day(one: Contribution, other: Contribution, field: str) -> bool:
    known = min(_PARTS.get(str(each.said.get(f"{field}_precision")), 3) for each in (one, other))
    mine, theirs = (str(each.said[field]).split("-")[:known] for each in (one, other))
    wrong = sum(a != b for a, b in zip(mine, theirs, strict=True))
    turned_about = known == len(_PARTS) + 1 and mine == [theirs[0], theirs[2], theirs[1]]
    return not turned_about and wrong > (1 if known > 1 else 0)


def _other_code(one: Contribution, other: Contribution, field: str) -> bool:
    return bool(one.said[field] != other.said[field])


def _other_name(one: Contribution, other: Contribution, field: str) -> bool:
    return _other_words(str(one.said[field]), str(other.said[field]))


@lru_cache(maxsize=10_000)
def _other_words(one: str, other: str) -> bool:
    mine, theirs = (_WORD.findall(text.casefold()) for text in (one, other))
    if not mine or not theirs:
        return False
    return not any(SequenceMatcher(None, a, b).ratio() >= LIKE for a in mine for b in theirs)
