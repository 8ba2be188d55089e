"""Estimation: what each level says for or against, learned from the pairs themselves, without labels.

The model is Fellegi and Sunter's: a pair is of one placement or of two, and each family's level comes with its own
probability in either case. Among strangers the levels need not be independent: they are learned as whole patterns
from pairs within one side, which are strangers who share a key as well. Expectation and maximisation (EM) find the
rest.

Within one table no pairs are known to be strangers, and those of one household or workplace share so much that two
kinds of pairs would be told apart as "kin or not" instead of "one or two". So there strangers are of two kinds, learned
beside the links: those who share what kin share, and the rest. (A mixture of more than two classes for that reason:
Larsen and Rubin, "Iterative Automated Record Linkage Using Mixture Models", JASA 96, 2001.)

Two things keep it honest where there is little to learn from. What the levels say in general is taken along as if some
pairs had been seen already (`PRIOR`). And a level that means disagreement can never come to speak for a link, however
often it stands beside one by chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from amanah.reconcile.probable.birth import Birth
from amanah.reconcile.probable.comparison import ANOTHER_PERSON, FEW, NAME_ONLY, NEVER, Name, Papers

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

PRIOR_PAIRS = 50.0  # as many pairs the general knowledge below weighs, for partners and for strangers
FIRST_SHARE = 0.05  # of candidates that are links, to begin with
FIRST_KIN = 0.2  # of strangers within one table that are kin, to begin with
MOST_ROUNDS = 300
DONE = 1e-9  # change of the share of links in a round


def _spread(shares: Mapping[str, float], tell: tuple[float, ...]) -> dict[str, float]:
    """Levels of circumstances: how much of what is known agrees, in percent, by how much that tells."""
    return {f"{word}_{n}": share * part / 100 for word, share in shares.items() for n, part in enumerate(tell)}


# What each level says in general, in percent: of pairs that are one, and of strangers who share a key. These figures
# are set by hand, to be outweighed by what is learned from any corridor of some size.

PARTNERS: tuple[Mapping[str, float], ...] = (
    {Papers.SAME: 50, Papers.SAME_BUT: 10, Papers.NEAR: 15, Papers.NEAR_BUT: 10, Papers.OTHER: 3, Papers.OTHERS: 2,
     Papers.NONE: 10},
    {Name.RARE: 30, Name.SAME: 23, Name.SPELLED: 16, Name.TWICE: 1, Name.SWAPPED: 2, Name.ADDED: 5,
     Name.DROPPED: 4, Name.COMMON_PART: 2, Name.CUT: 1, Name.NEAR: 8, Name.RARE_WORD: 3, Name.SOME: 2, Name.ALIKE: 1,
     Name.OTHER: 1, Name.NONE: 1},
    {Birth.SAME: 78, Birth.TURNED: 4, Birth.CLOSE: 5, Birth.HIJRI_TURNED: 0.5, Birth.HIJRI_MONTH: 0.5, Birth.DEFAULT: 2,
     Birth.HIJRI_DEFAULT: 0.5, Birth.MONTH: 1, Birth.DIGIT: 3.5, Birth.TWO: 1, Birth.YEAR: 1, Birth.OTHER: 1,
     Birth.NONE: 2},
    _spread({"all": 40, "most": 30, "half": 15, "some": 5, "no": 2}, (10, 20, 35, 35)) | {FEW: 8},
)  # fmt: skip
STRANGERS: tuple[Mapping[str, float], ...] = (
    {Papers.SAME: 0.2, Papers.SAME_BUT: 0.1, Papers.NEAR: 0.2, Papers.NEAR_BUT: 0.2, Papers.OTHER: 49.3,
     Papers.OTHERS: 40, Papers.NONE: 10},
    {Name.RARE: 0.1, Name.SAME: 4.9, Name.SPELLED: 1.2, Name.TWICE: 0.1, Name.SWAPPED: 0.3,
     Name.ADDED: 0.4, Name.DROPPED: 0.4, Name.COMMON_PART: 3, Name.CUT: 0.1, Name.NEAR: 2.5, Name.RARE_WORD: 10,
     Name.SOME: 40, Name.ALIKE: 6, Name.OTHER: 30, Name.NONE: 1},
    {Birth.SAME: 1, Birth.TURNED: 0.2, Birth.CLOSE: 0.5, Birth.HIJRI_TURNED: 0.1, Birth.HIJRI_MONTH: 0.1,
     Birth.DEFAULT: 2, Birth.HIJRI_DEFAULT: 0.5, Birth.MONTH: 0.5, Birth.DIGIT: 3, Birth.TWO: 3.8, Birth.YEAR: 40,
     Birth.OTHER: 46.3, Birth.NONE: 2},
    _spread({"all": 2, "most": 8, "half": 25, "some": 37, "no": 20}, (60, 25, 13, 2)) | {FEW: 8},
)  # fmt: skip
KIN: tuple[Mapping[str, float], ...] = (  # of strangers who share a household or a workplace, and its telephone
    {Papers.SAME: 10, Papers.SAME_BUT: 10, Papers.NEAR: 1, Papers.NEAR_BUT: 1, Papers.OTHER: 40, Papers.OTHERS: 28,
     Papers.NONE: 10},
    {Name.RARE: 0.1, Name.SAME: 2, Name.SPELLED: 0.5, Name.TWICE: 0.1, Name.SWAPPED: 0.3, Name.ADDED: 0.4,
     Name.DROPPED: 0.4, Name.COMMON_PART: 2.2, Name.CUT: 0.1, Name.NEAR: 3, Name.RARE_WORD: 30, Name.SOME: 30,
     Name.ALIKE: 5, Name.OTHER: 24.9, Name.NONE: 1},
    {Birth.SAME: 3, Birth.TURNED: 0.2, Birth.CLOSE: 0.5, Birth.HIJRI_TURNED: 0.1, Birth.HIJRI_MONTH: 0.1,
     Birth.DEFAULT: 3, Birth.HIJRI_DEFAULT: 0.5, Birth.MONTH: 0.5, Birth.DIGIT: 1, Birth.TWO: 4.1, Birth.YEAR: 15,
     Birth.OTHER: 70, Birth.NONE: 2},
    _spread({"all": 35, "most": 30, "half": 17, "some": 8, "no": 2}, (10, 20, 35, 35)) | {FEW: 8},
)  # fmt: skip
AGAINST: tuple[frozenset[str], ...] = (
    frozenset({Papers.OTHER, Papers.OTHERS}),
    frozenset({Name.RARE_WORD, Name.SOME, Name.ALIKE, Name.OTHER}),
    frozenset({Birth.YEAR, Birth.OTHER}),
    frozenset(),
)
NOTHING = (Papers.NONE, Name.NONE, Birth.NONE, FEW)  # what is not known says nothing either way


@dataclass(frozen=True)
class Pattern:
    """One combination of levels, and how many pairs across and within the sides have it; at large by a sample."""

    levels: tuple[str, ...]
    across: int
    within: int


@dataclass(frozen=True)
class Learned:
    """What levels say for or against a link, by which any pair can be judged.

    Attributes:
        share: of candidates that are links.
        levels: for each family, level -> (probability if the pair is one, if it is two).
        strangers: pattern -> how many pairs of strangers had it.
    """

    share: float
    levels: tuple[Mapping[str, tuple[float, float]], ...]
    strangers: Mapping[tuple[str, ...], int]

    def probabilities(self, patterns: Sequence[tuple[str, ...]]) -> Floats:
        """The probability of a link for each of ``patterns``, (patterns,)."""
        families = range(len(self.levels))
        one, two = ([np.array([self.levels[f][p[f]][at] for p in patterns]) for f in families] for at in (0, 1))
        within = np.array([self.strangers.get(pattern, 0) for pattern in patterns], dtype=np.float64)
        never = np.array([_never(*pattern) or _barred(*pattern) for pattern in patterns], dtype=np.bool_)
        if_two = _if_two(two, _Seen(within, float(sum(self.strangers.values()))))
        return _probabilities(self.share, np.prod(one, axis=0), if_two, never)


@dataclass(frozen=True)
class LearnedWithin:
    """The same within one table.

    Attributes:
        share: of candidates that are links.
        kin: of strangers that are kin.
        levels: for each family, level -> (probability if the pair is one, if it is of kin, if it is of others).
    """

    share: float
    kin: float
    levels: tuple[Mapping[str, tuple[float, float, float]], ...]

    def evidence(self, patterns: Sequence[tuple[str, ...]]) -> Floats:
        """The same as `probabilities`, were it not for the rules about who may not be linked (`_barred`).

        A rule is nothing that speaks against two records which others join.
        """
        found = [[levels[level] for levels, level in zip(self.levels, each, strict=True)] for each in patterns]
        one, kin, others = np.prod(np.array(found), axis=1).T
        never = np.array([_never(*pattern) for pattern in patterns], dtype=np.bool_)
        return _probabilities(self.share, one, self.kin * kin + (1.0 - self.kin) * others, never)

    def probabilities(self, patterns: Sequence[tuple[str, ...]]) -> Floats:
        """The probability of a link for each of ``patterns``, (patterns,)."""
        return np.where([_barred(*pattern) for pattern in patterns], 0.0, self.evidence(patterns))


def learn(patterns: Sequence[Pattern]) -> Learned:
    """Learn from ``patterns``, in their order: the same patterns give the same numbers, bit for bit."""
    model = _Model(patterns)
    share = _maximised(model)
    return Learned(
        share,
        tuple(
            {level: (float(one[n]), float(two[n])) for n, level in enumerate(levels)}
            for levels, one, two in zip(model.levels, model.constrained(), model.strangers, strict=True)
        ),
        {pattern.levels: pattern.within for pattern in patterns if pattern.within},
    )


def learn_within(patterns: Sequence[Pattern]) -> LearnedWithin:
    """The same for pairs within one table, none of them known to be strangers."""
    model = _ModelWithin(patterns)
    share = _maximised(model)
    return LearnedWithin(
        share,
        model.kin_share,
        tuple(
            {level: (float(one[n]), float(kin[n]), float(others[n])) for n, level in enumerate(levels)}
            for levels, one, kin, others in zip(
                model.levels, model.constrained(), model.kin, model.strangers, strict=True
            )
        ),
    )


def _maximised(model: "_Model") -> float:
    """Let ``model`` learn until nothing changes any more; the share of candidates that are links."""
    share = FIRST_SHARE
    for _ in range(MOST_ROUNDS):
        weight = model.expect(share)
        before, share = share, (weight.sum() + FIRST_SHARE) / (model.across.sum() + 1.0)
        model.maximise(weight)
        if abs(share - before) < DONE:
            break
    return float(share)


class _Seen(NamedTuple):
    """Pairs of strangers: how many had each pattern, and how many there were."""

    patterns: Floats
    pairs: float


def _if_two(two: Sequence[Floats], seen: _Seen) -> Floats:
    """The probability of each pattern if it is two; ``two`` is that of its levels, family by family."""
    trust = max(seen.pairs, 200.0)  # whole patterns seen among strangers, and their levels by themselves, count alike
    found: Floats = (seen.patterns + trust * np.prod(two, axis=0)) / (seen.pairs + trust)
    return found


def _probabilities(share: float, if_one: Floats, if_two: Floats, never: Bools) -> Floats:
    """The probability of a link for each pattern."""
    found: Floats = np.where(never, 0.0, share * if_one / (share * if_one + (1.0 - share) * if_two))
    return found


def _never(papers: str, _name: str, birth: str, _circumstances: str) -> bool:
    """Whether two records are of two people whatever else they say."""
    return papers in NEVER[0] and birth in NEVER[1]


def _barred(papers: str, name: str, birth: str, circumstances: str) -> bool:
    """Whether nothing but the name, or a number that is nearly right, could speak for a link."""
    name_only = papers in NAME_ONLY[0] and birth in NAME_ONLY[1] and circumstances.startswith(NAME_ONLY[2])
    another = papers in ANOTHER_PERSON[0] and name in ANOTHER_PERSON[1] and birth in ANOTHER_PERSON[2]
    return name_only or (another and circumstances.startswith(ANOTHER_PERSON[3]))


class _Model:
    """The state of EM over the patterns."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        families = range(len(PARTNERS))
        self.levels = [list(PARTNERS[family]) for family in families]
        place = [{level: n for n, level in enumerate(levels)} for levels in self.levels]
        self.index = [np.array([place[f][pattern.levels[f]] for pattern in patterns], np.int64) for f in families]
        self.across = np.array([pattern.across for pattern in patterns], dtype=np.float64)
        self.within = np.array([pattern.within for pattern in patterns], dtype=np.float64)
        self.unknown = [np.array([level == NOTHING[f] for level in self.levels[f]]) for f in families]
        self.against = [np.array([level in AGAINST[f] for level in self.levels[f]]) for f in families]
        self.never = np.array([_never(*each.levels) or _barred(*each.levels) for each in patterns], dtype=np.bool_)
        self.maximise(np.zeros(len(patterns)), among=self.within)

    def constrained(self) -> list[Floats]:
        """Probabilities of the levels if it is one: the unknown as among strangers, disagreement no oftener."""
        found = []
        for one, two, unknown, against in zip(self.one, self.two(), self.unknown, self.against, strict=True):
            known = 1.0 - two[unknown].sum()
            levels = np.where(unknown, 0.0, one)
            levels = levels / max(levels.sum(), 1e-12)
            levels = np.where(against, np.minimum(levels, two / max(known, 1e-12)), levels)
            rest = ~unknown & ~against
            levels[rest] *= (1.0 - levels[against].sum()) / max(levels[rest].sum(), 1e-12)
            found.append(np.where(unknown, two, levels * known))
        return found

    def two(self) -> Sequence[Floats]:
        """Probabilities of the levels if it is two."""
        return self.strangers

    def if_two(self) -> Floats:
        """The probability of each pattern if it is two."""
        return _if_two(self._placed(self.strangers), _Seen(self.within, float(self.within.sum())))

    def expect(self, share: float) -> Floats:
        """How many of each pattern's pairs are links."""
        if_one = np.prod(self._placed(self.constrained()), axis=0)
        return self.across * _probabilities(share, if_one, self.if_two(), self.never)

    def _placed(self, levels: Sequence[Floats]) -> list[Floats]:
        """The levels' probabilities in each pattern, family by family."""
        return [given[at] for given, at in zip(levels, self.index, strict=True)]

    def maximise(self, weight: Floats, *, among: Floats | None = None) -> None:
        """Learn the levels from the pairs, each in the share that it is a link; strangers are ``among`` the others."""
        others = self.within + self.across - weight if among is None else among
        self.one = self._levels(weight, PARTNERS)
        self.strangers = self._levels(others, STRANGERS)

    def _levels(self, weight: Floats, general: tuple[Mapping[str, float], ...]) -> list[Floats]:
        """The levels' shares in pairs that count ``weight`` each, with what is known in general."""
        found = []
        for at, levels, known in zip(self.index, self.levels, general, strict=True):
            seen = np.bincount(at, weight, len(levels)) + PRIOR_PAIRS / 100 * np.array([known[each] for each in levels])
            found.append(seen / seen.sum())
        return found


class _ModelWithin(_Model):
    """The same where no strangers are known: they are kin or not."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.kin_share = FIRST_KIN
        super().__init__(patterns)

    def two(self) -> Sequence[Floats]:
        share = self.kin_share
        return [share * kin + (1.0 - share) * far for kin, far in zip(self.kin, self.strangers, strict=True)]

    def if_two(self) -> Floats:
        kin, others = (np.prod(self._placed(levels), axis=0) for levels in (self.kin, self.strangers))
        found: Floats = self.kin_share * kin + (1.0 - self.kin_share) * others
        return found

    def maximise(self, weight: Floats, *, among: Floats | None = None) -> None:
        if among is not None:  # the beginning: what is known in general
            super().maximise(weight, among=among)
            self.kin = self._levels(among, KIN)
            return
        others = self.across - weight
        kin = others * self.kin_share * np.prod(self._placed(self.kin), axis=0) / self.if_two()
        self.kin_share = float((kin.sum() + FIRST_KIN) / (others.sum() + 1.0))
        super().maximise(weight, among=others - kin)
        self.kin = self._levels(kin, KIN)
