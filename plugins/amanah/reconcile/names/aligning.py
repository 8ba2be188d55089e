"""Word by word: which words of two names were compared, for explanations and for who knows how frequent each is."""

import numpy as np
import pyarrow as pa

from amanah.reconcile.names.arrays import Floats, Ints
from amanah.reconcile.names.comparing import Given, Texts, alike_in_words, give, in_order, read
from amanah.reconcile.names.vocabulary import MOST_WORDS


def align(left: Texts, right: Texts) -> pa.ListArray:
    """The words of each pair of names beside each other, and how well they agree.

    Agreeing on a rare word says more than agreeing on Siti: a caller who has counted the words of its records (of
    `normal`) weighs ``quality`` with that. Gaps that moved are not closed here.

    Args:
        left: N names as strings.
        right: N names.

    Returns:
        N lists of structs ``left``, ``right`` (words in `normal` form, null where a word has no counterpart) and
        ``quality`` (0 to 1; from 0.9 one name, above 0.7 a letter apart), in the order of ``left``; null where a name
        is null or has no letter in it.

    Raises:
        ValueError: the arrays differ in length.

        >>> align(pa.array(["AHMAD"]), pa.array(["Ahmat Siti"])).to_pylist()[0]
        [{'left': 'ahmad', 'right': 'ahmat', 'quality': 0.82}, {'left': None, 'right': 'siti', 'quality': 0.0}]
    """
    names, sides, known = read(left, right)
    one, other, turned = in_order(names, *sides)
    found = [_entries(np.empty(0, np.int64), _nothing())]
    for rows in alike_in_words(names, one, other, np.flatnonzero(known)):
        found.append(_entries(rows, give(names, one[rows], other[rows])))
    pair, ends, quality = (np.concatenate([each[n] for each in found]) for n in range(3))
    ends = np.where(turned[pair][:, None, None], ends[:, ::-1], ends)
    place = np.where(ends[:, :, 1] >= 0, ends[:, :, 1], MOST_WORDS)
    order = np.lexsort((place[:, 1], place[:, 0], pair))
    words = pa.array([*names.vocabulary.words, None], pa.string())
    columns = [words.take(pa.array(ends[order, side, 0] % len(words))) for side in (0, 1)]
    starts = pa.array(
        np.searchsorted(pair[order], np.arange(len(known) + 1)), pa.int32(), mask=np.append(~known, False)
    )
    return pa.ListArray.from_arrays(
        starts, pa.StructArray.from_arrays([*columns, pa.array(quality[order])], names=["left", "right", "quality"])
    )


def _entries(rows: Ints, given: Given) -> tuple[Ints, Ints, Floats]:
    """Pairs, the words at both ends (entries, 2 sides, number and place; -1 for none) and their quality."""
    (m, n), every = (given.one.shape[1], given.other.shape[1]), np.arange(len(rows))[:, None]
    met = np.full((len(rows), m + n, 2, 2), -1, np.int64)
    met[:, :m, 0, 0], met[:, :m, 0, 1] = given.one, np.arange(m)
    met[:, :m, 1, 0] = np.where(given.taken, np.take_along_axis(given.other, np.maximum(given.to, 0), 1), -1)
    met[:, :m, 1, 1] = given.to
    met[:, m:, 1, 0], met[:, m:, 1, 1] = given.other, np.arange(n)
    alone = np.ones((len(rows), n + 1), np.bool_)
    alone[every, given.to] = False  # -1 is the column after the last word
    kept = np.concatenate([np.ones((len(rows), m), np.bool_), alone[:, :n]], axis=1)
    quality = np.concatenate([given.quality, np.zeros((len(rows), n))], axis=1)
    return np.repeat(rows, kept.sum(axis=1)), met[kept], quality[kept]


def _nothing() -> Given:
    none = np.empty((0, 1), np.int64)
    return Given(none, none, none, np.empty((0, 1)), np.empty(0, np.bool_))
