"""The distinct names of a batch, and the distinct words in them, as arrays that many pairs are compared on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np

from amanah.reconcile.names import crossing, drift
from amanah.reconcile.names.arrays import Bools, Floats, Ints, code_points
from amanah.reconcile.names.normal import normal, words
from amanah.reconcile.names.sounds import ARABIC, LATIN, as_romanised, classes, opening, sounds

MOST_WORDS: Final = 12
"""Words of a name that are looked at."""
IN_LATIN, IN_ARABIC, IN_OTHER = 1, 2, 3

_COMMON_WEIGHS = 0.5
_WEIGHT_AT_MOST = 8  # a word of more letters weighs no more
_CLASSES = {letter: 1 << n for n, letter in enumerate("BTKSLRMN")}
_KIN = ("aeE", "iy", "ouOwv", "bpfv", "td", "kxXhgcjzqy", "sSzc", "l", "r", "m", "nNY")  # sounds taken for another
_KIN_OF = {
    letter: sum(1 << n for n, kin in enumerate(_KIN) if letter in kin) for letter in "abcdefghijklmnopqrstuvwxyzSXNYEO"
}


class Vocabulary:
    """Distinct words in `normal` form, numbered, with what the scorers need of each."""

    def __init__(self, distinct: Iterable[str]) -> None:
        self.words = list(dict.fromkeys(distinct))
        self.number = {word: n for n, word in enumerate(self.words)}

    @cached_property
    def script(self) -> Ints:
        """`IN_LATIN`, `IN_ARABIC` or `IN_OTHER`; words of other scripts agree only when they are the same."""
        return np.array(
            [IN_LATIN if LATIN.match(w) else IN_ARABIC if ARABIC.match(w) else IN_OTHER for w in self.words], np.int64
        )

    @cached_property
    def heard(self) -> list[str]:
        """The sounds of each word; a clerk's shortening of Muhammad sounds like it."""
        return [sounds("muhammad" if word in words("muhammad") else word) for word in self.words]

    @cached_property
    def sound(self) -> Ints:
        """The same number for words that sound alike."""
        numbers: dict[str, int] = {}
        return np.array([numbers.setdefault(each, len(numbers)) for each in self.heard], np.int64)

    @cached_property
    def sounds(self) -> drift.Sounds:
        """The sounds ready to be measured."""
        return drift.Sounds.of(self.heard)

    @cached_property
    def kin(self) -> Ints:
        """A bit for each group of sounds that occurs."""
        return np.array([_bits(each, _KIN_OF) for each in self.heard], np.int64)

    @cached_property
    def initial(self) -> Bools:
        """Whether a word is one letter standing for a name."""
        return np.array([len(word) == 1 and word.isalpha() for word in self.words], np.bool_)

    @cached_property
    def begins(self) -> Ints:
        """The first letter, as a code point."""
        return np.array([ord(word[0]) for word in self.words], np.int64)

    @cached_property
    def opens(self) -> Ints:
        """What a word begins with, in either script, as a number."""
        return np.array([ord(opening(word)) for word in self.words], np.int64)

    @cached_property
    def length(self) -> Ints:
        """Letters."""
        return np.array([len(word) for word in self.words], np.int64)

    @cached_property
    def weight(self) -> Floats:
        """What it is worth to agree on each word: its letters, half for words that so many share."""
        known = np.where([word in words("common") for word in self.words], _COMMON_WEIGHS, 1.0)
        return known * np.minimum(self.length, _WEIGHT_AT_MOST)

    @cached_property
    def points(self) -> Ints:
        """The code points of each word, (words, `MOST_LETTERS`), 0 where it has ended."""
        return code_points(self.words)

    @cached_property
    def classes(self) -> Ints:
        """A bit for each class of consonants that occurs in some reading."""
        return np.array([_bits("".join(classes(word) or ()), _CLASSES) for word in self.words], np.int64)

    @cached_property
    def arabic(self) -> "Crossing":
        """The words in Arabic script, ready for the other script."""
        return Crossing.of(self.words, self.script == IN_ARABIC, crossing.learned().arabic)

    @cached_property
    def latin(self) -> "Crossing":
        """The words in Latin script, ready for the other script."""
        return Crossing.of(self.words, self.script == IN_LATIN, crossing.learned().latin)

    @cached_property
    def romanised(self) -> "Crossing":
        """The words in Latin script in their second reading, where there is one."""
        second = [as_romanised(word) for word in self.words]
        differs = np.array([a != b for a, b in zip(second, self.words, strict=True)], np.bool_)
        return Crossing.of(second, (self.script == IN_LATIN) & differs, crossing.learned().latin)


@dataclass(frozen=True)
class Crossing:
    """Words prepared for `crossing`: ``row`` of each word among those prepared, -1 where it is not."""

    row: Ints
    prepared: tuple[crossing.Letters, Floats]

    @classmethod
    def of(
        cls, every: Sequence[str], which: Bools, prepare: Callable[[Sequence[str]], tuple[crossing.Letters, Floats]]
    ) -> "Crossing":
        """Prepare ``which`` of the words."""
        row = np.where(which, np.cumsum(which) - 1, -1)
        return cls(row, prepare([word for word, wanted in zip(every, which.tolist(), strict=True) if wanted]))


def _bits(letters: str, bit: dict[str, int]) -> int:
    found = 0
    for letter in letters:
        found |= bit.get(letter, 0)
    return found


@dataclass(frozen=True)
class Names:
    """Distinct names as rows of words.

    Attributes:
        words: Numbers of words in ``vocabulary``, (names, `MOST_WORDS`); -1 where there is none.
        count: Words of each name.
        rank: Place of each name among all, by its words; the same for names of the same words.
        doubled: Whether a word was written twice in a row (a mononym where a form wants two names).
        whole: The same number for names that sound alike with the gaps between their words closed.
        vocabulary: The words.
    """

    words: Ints
    count: Ints
    rank: Ints
    doubled: Bools
    whole: Ints
    vocabulary: Vocabulary

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Names":
        """Read ``texts``; a row each."""
        return cls.of_words([normal(text)[:MOST_WORDS] for text in texts])

    @classmethod
    def of_words(cls, found: Sequence[tuple[str, ...]]) -> "Names":
        """The same from words in `normal` form."""
        vocabulary = Vocabulary(word for name in found for word in name)
        once = [_once(name) for name in found]
        numbers = np.full((len(found), MOST_WORDS), -1, np.int64)
        for row, name in zip(numbers, once, strict=True):
            row[: len(name)] = [vocabulary.number[word] for word in name]
        place = {name: n for n, name in enumerate(sorted(set(found)))}
        closed: dict[str, int] = {}
        return cls(
            words=numbers,
            count=np.array([len(name) for name in once], np.int64),
            rank=np.array([place[name] for name in found], np.int64),
            doubled=np.array([len(a) != len(b) for a, b in zip(once, found, strict=True)], np.bool_),
            whole=np.array([closed.setdefault(sounds("".join(name)), len(closed)) for name in once], np.int64),
            vocabulary=vocabulary,
        )

    @cached_property
    def letters(self) -> Ints:
        """Letters of each name, with one for every gap between words: what fits a line of a passport."""
        held = self.words >= 0
        letters: Ints = np.where(held, self.vocabulary.length[self.words], 0).sum(axis=1)
        return letters + np.maximum(self.count - 1, 0)


def _once(name: tuple[str, ...]) -> tuple[str, ...]:
    """``name`` without a word that repeats the one before it."""
    return name[:1] + tuple(word for before, word in pairwise(name) if word != before)
