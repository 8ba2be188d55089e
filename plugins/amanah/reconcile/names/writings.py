"""Many names read once: blocked on, counted by their words, and compared in many pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

from amanah.reconcile.names.arrays import Ints
from amanah.reconcile.names.blocking import keys_of_words
from amanah.reconcile.names.comparing import Judged, judge
from amanah.reconcile.names.normal import normal, words
from amanah.reconcile.names.sounds import skeletons
from amanah.reconcile.names.vocabulary import MOST_WORDS, Names

_SHARE_OF_COMMON = 0.01  # of people, at least, of a word known to be common: a few records do not show it


@dataclass(frozen=True)
class WordBits:
    """How much it tells that two people have a word in common: agreeing on a rare word says more than on Siti.

    Attributes:
        people: word -> how many have it.
        everybody: how many were counted.
    """

    people: Mapping[str, int]
    everybody: int

    def of(self, word: str) -> float:
        """The bits of ``word``; nobody is known to have it: as if one had."""
        share = self.people.get(word, 1) / max(1, self.everybody)
        return -float(np.log2(min(1.0, max(share, _SHARE_OF_COMMON if word in words("common") else 0.0))))


class Writings:
    """Distinct names, each known by its place among those given. A name without a letter has no words."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Read ``texts``."""
        self._words = [normal(text)[:MOST_WORDS] for text in texts]
        self._names = Names.of_words(self._words)

    @property
    def known(self) -> pa.Array:
        """Whether each name has a word."""
        return pa.array(self._names.count > 0)

    @property
    def same(self) -> pa.Array:
        """The same number for names of the same words."""
        return pa.array(self._names.rank)

    def keys(self) -> pa.ListArray:
        """`names.keys` of each."""
        known = cache(skeletons)  # for this call: names share their words, and no name stays in memory
        return pa.array([keys_of_words(name, known) for name in self._words], pa.list_(pa.string()))

    def tell(self, bearers: Sequence[int]) -> WordBits:
        """What the words tell when as many people as ``bearers`` says bear each name.

        How rare a word is, is counted among these very names: the people that somebody could be taken for.
        """
        counted: dict[str, int] = {}
        for name, people in zip(self._words, bearers, strict=True):
            for word in set(name):
                counted[word] = counted.get(word, 0) + people
        return WordBits(counted, sum(bearers))

    def compare(self, one: Ints, other: Ints, told: WordBits) -> Judged:
        """Compare pairs of names, given by their places; each must have a word."""
        return judge(self._names, one, other, bits={word: told.of(word) for word in self._names.vocabulary.words})
