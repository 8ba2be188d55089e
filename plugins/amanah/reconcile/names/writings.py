"""Many names read once: blocked on, counted by their words, and compared in many pairs."""

from collections.abc import Sequence
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


class Writings:
    """Distinct names, each known by its place among those given. A name without a letter has no words.

    Agreeing on a rare word says more than agreeing on Siti. How rare a word is, is counted among these very names: the
    people that somebody could be taken for.
    """

    def __init__(self, texts: Sequence[str], bearers: Sequence[int]) -> None:
        """Read ``texts``; as many people as ``bearers`` says bear each."""
        found = [normal(text)[:MOST_WORDS] for text in texts]
        self._words = found
        self._names = Names.of_words(found)
        counted: dict[str, int] = {}
        for name, people in zip(found, bearers, strict=True):
            for word in set(name):
                counted[word] = counted.get(word, 0) + people
        everybody = max(1, sum(bearers))
        common = words("common")
        self._bits = {
            word: -float(np.log2(min(1.0, max(people / everybody, _SHARE_OF_COMMON if word in common else 0.0))))
            for word, people in counted.items()
        }

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

    def compare(self, one: Ints, other: Ints) -> Judged:
        """Compare pairs of names, given by their places; each must have a word."""
        return judge(self._names, one, other, bits=self._bits)
