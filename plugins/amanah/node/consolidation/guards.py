"""Whether two rows that agree in a key clearly speak of two people: dates of birth, sex, names.

A slip of the pen does not speak against anything: one part of a date that differs, day and month changed about, a name
spelled otherwise. What is missing says nothing.
"""

import re
from collections import defaultdict
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

Says = tuple[str, ...]
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
    different = {_says(row, guards): row for row in rows}
    return any(speak_against(one, other, guards, stream) for one, other in combinations(different.values(), 2))


def by_person(rows: Sequence[Contribution], guards: Sequence[str], stream: Stream) -> list[list[Contribution]]:
    """``rows`` that share a number, by the people whom they clearly speak of; all together when that is one.

    Rows are of one person when they speak against the same others, and those are all who are not of this person. One
    that could be of several of these people is of none of them: it stands alone.
    """
    different = {_says(row, guards): row for row in rows}
    opponents: dict[Says, set[Says]] = {says: set() for says in different}
    for (one, mine), (other, theirs) in combinations(different.items(), 2):
        if speak_against(mine, theirs, guards, stream):
            opponents[one].add(other)
            opponents[other].add(one)
    taking_part = {says for says, against in opponents.items() if against}
    if not taking_part:
        return [list(rows)]
    people: dict[frozenset[Says], list[Contribution]] = defaultdict(list)
    alone: list[list[Contribution]] = []
    for row in rows:
        against = opponents[_says(row, guards)]
        like_it = {says for says in taking_part if opponents[says] == against}
        if against and against | like_it == taking_part:
            people[frozenset(against)].append(row)
        else:
            alone.append([row])
    return [*people.values(), *alone]


def _says(row: Contribution, guards: Sequence[str]) -> Says:
    """All that the guards look at in ``row``."""
    return tuple(str(row.said.get(name)) for field in guards for name in (field, f"{field}_precision"))


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
