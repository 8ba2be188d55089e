"""What the scorers of many pairs of words share: the types of arrays, and pairs sorted into batches of like length."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

MOST_LETTERS: Final = 24
"""Letters of a word that are looked at."""
_AT_ONCE = 4096  # pairs whose cells fit the processor's cache
_STEPS = np.array((2, 4, 6, 8, 10, 12, 16, MOST_LETTERS))


def alike_in_length(one: Ints, other: Ints) -> Iterator[tuple[Ints, tuple[int, int]]]:
    """Rows of pairs to score at once, with the greatest lengths among them.

    ``one`` and ``other``: the lengths of the two words of each pair, at most `MOST_LETTERS`.
    """
    group = np.searchsorted(_STEPS, one) * len(_STEPS) + np.searchsorted(_STEPS, other)
    order = np.argsort(group, kind="stable")
    bounds = np.flatnonzero(np.diff(group[order], prepend=-1, append=len(_STEPS) ** 2))
    for start, stop in pairwise(bounds):
        for at in range(start, stop, _AT_ONCE):
            rows = order[at : min(at + _AT_ONCE, stop)]
            yield rows, (int(one[rows].max()), int(other[rows].max()))


def code_points(words: Sequence[str]) -> Ints:
    """The first `MOST_LETTERS` code points of each word, (words, `MOST_LETTERS`), 0 where it has ended."""
    points = np.array([word[:MOST_LETTERS] for word in words], f"U{MOST_LETTERS}").view(np.uint32)
    return points.reshape(len(words), MOST_LETTERS).astype(np.int64)


def some(mask: Bools) -> Bools:
    """Whether any of each row is true."""
    found: Bools = np.logical_or.reduce(mask, axis=1)
    return found
