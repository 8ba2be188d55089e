"""Do two names name one person, and if not, how do they part: words against words, in batches of pairs.

Each word of the shorter name is given the word of the other that agrees best; what is left over, out of place, cut or
joined decides the level. A pair is taken in the order of its words, never of its sides, so that both countries find
the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from amanah.reconcile.names.arrays import Bools, Floats, Ints, some
from amanah.reconcile.names.quality import AGREE, NEAR, qualities
from amanah.reconcile.names.sounds import joined
from amanah.reconcile.names.vocabulary import Names, Vocabulary

LEVELS: Final = (
    "same",
    "same_letters",
    "other_script",
    "doubled_mononym",
    "parts_swapped",
    "parts_added",
    "parts_dropped",
    "truncated",
    "near",
    "different",
)
"""What two names are to each other, the closest first."""
_LEVEL = {level: n for n, level in enumerate(LEVELS)}

Texts: TypeAlias = "pa.Array | pa.ChunkedArray"

_AT_ONCE = 1 << 20  # words against words: bounds the memory
_EXTRA_WEIGHS = 0.2  # a word that the other name has not, beside one that both have
_CUT_FROM, _CUT_TO = 20, 39  # letters a name has when a document has cut it: the line of a passport holds 39
_CUT_WORD = 2  # letters left of the word that was cut, at least
_JOINED_APART = 3  # letters that a word may be longer or shorter than the two it was parted into
_MOST_JOINS = 2  # gaps that moved, in one pair
_NO_BITS: Mapping[str, float] = {}


@dataclass(frozen=True)
class Judged:
    """What was found of each pair of names.

    Attributes:
        similarity: As `compare` has it, (pairs,).
        level: Place in `LEVELS`, (pairs,).
        told: The bits of the words that agree, of two writings those of the one that more people bear, (pairs,).
    """

    similarity: Floats
    level: Ints
    told: Floats


@dataclass(frozen=True)
class Given:
    """Pairs of names with the same numbers of words, word given to word.

    Attributes:
        one: Numbers of the first names' words, (pairs, m).
        other: Of the second names' words, (pairs, n).
        to: For each of ``one`` the place of its word in ``other``, or -1, (pairs, m).
        quality: How well it agrees; 0 where there is none.
        cut: Whether one of the words given to each other was cut short by a document, (pairs,).
    """

    one: Ints
    other: Ints
    to: Ints
    quality: Floats
    cut: Bools

    def of(self, pairs: Ints) -> "Given":
        """The same for some pairs."""
        return Given(self.one[pairs], self.other[pairs], self.to[pairs], self.quality[pairs], self.cut[pairs])

    @property
    def open(self) -> tuple[Bools, Bools]:
        """Which words of either name agree with none."""
        agree = self.taken & (self.quality >= AGREE)
        other = np.ones(self.other.shape, np.bool_)
        pair, word = np.nonzero(agree)
        other[pair, self.to[pair, word]] = False
        return ~agree, other

    @property
    def taken(self) -> Bools:
        """Which of ``one`` have a word, (pairs, m)."""
        return self.to >= 0

    @property
    def worst(self) -> Floats:
        """The quality of the words that agree least."""
        least: Floats = np.where(self.taken, self.quality, 1.0).min(axis=1)
        return least

    @property
    def swapped(self) -> Bools:
        """Whether the words that were given to each other stand in another order."""
        furthest = np.maximum.accumulate(self.to, axis=1)
        return some(self.taken & (self.to < furthest))

    @property
    def behind(self) -> Bools:
        """Whether all that the longer name has more stands behind what both have, as a father's name does."""
        m, n = self.one.shape[1], self.other.shape[1]
        return ~some(self.to >= m) if m <= n else ~some(~self.taken[:, :n])


def judge(
    names: Names, one: Ints, other: Ints, *, joins: int = _MOST_JOINS, bits: Mapping[str, float] = _NO_BITS
) -> Judged:
    """Judge pairs of rows of ``names``; each pair both ways gives the same.

    Every name must have a word. ``joins``: how many gaps between words may have moved. ``bits``: what it tells that
    two names have a word in common.
    """
    one, other, _ = in_order(names, one, other)
    tell = np.array([*(bits.get(word, 0.0) for word in names.vocabulary.words), 0.0])  # the last is no word: -1
    whole = tell[names.words].sum(axis=1)
    similarity, level = np.ones(len(one)), np.full(len(one), _LEVEL["same"])
    told = np.minimum(whole[one], whole[other])
    for rows in alike_in_words(names, one, other, np.flatnonzero(names.rank[one] != names.rank[other])):
        given = give(names, one[rows], other[rows])
        similarity[rows] = _similarity(names.vocabulary, given)
        level[rows] = _level(names, one[rows], other[rows], given)
        told[rows] = _told(tell, given)
        if joins:
            apart = np.flatnonzero(level[rows] >= _LEVEL["near"])
            found = _joined(names, (one[rows[apart]], other[rows[apart]]), given.of(apart))
            _rejudge(found, rows[apart], Judged(similarity, level, told), joins - 1, bits)
    closed = (names.whole[one] == names.whole[other]) & (level > _LEVEL["truncated"])
    return Judged(
        np.where(closed, np.maximum(similarity, AGREE), similarity),
        np.where(closed, _LEVEL["same_letters"], level),
        np.where(closed, np.minimum(whole[one], whole[other]), told),
    )


def in_order(names: Names, one: Ints, other: Ints) -> tuple[Ints, Ints, Bools]:
    """Each pair in the order of its words, whichever side they came from, and which pairs were turned round."""
    turned = names.rank[one] > names.rank[other]
    return np.where(turned, other, one), np.where(turned, one, other), turned


def alike_in_words(names: Names, one: Ints, other: Ints, which: Ints) -> Iterator[Ints]:
    """The pairs ``which``, some at a time: those whose names have as many words."""
    if not len(which):
        return
    counts = names.count[one[which]] * len(names.words[0]) + names.count[other[which]]
    order = which[np.argsort(counts, kind="stable")]
    counts.sort()
    bounds = np.flatnonzero(np.diff(counts, prepend=-1, append=-1))
    for start, stop in pairwise(bounds):
        words = names.count[one[order[start]]] * names.count[other[order[start]]]
        pairs = _AT_ONCE // int(words)
        for at in range(start, stop, pairs):
            yield order[at : min(at + pairs, stop)]


def give(names: Names, one: Ints, other: Ints) -> Given:
    """Give words to words, best first. All of ``one`` have as many words, and all of ``other``."""
    m, n = int(names.count[one[0]]), int(names.count[other[0]])
    a, b = names.words[one][:, :m], names.words[other][:, :n]
    shape = len(one), m, n
    sides = np.broadcast_to(a[:, :, None], shape).ravel(), np.broadcast_to(b[:, None, :], shape).ravel()
    found = qualities(names.vocabulary, *sides, initials=min(m, n) > 1).reshape(shape)
    cut = np.zeros(shape, np.bool_)
    cut[:, m - 1, :] |= _cut(names, (one, other), (a[:, m - 1 :], b))
    cut[:, :, n - 1] |= _cut(names, (other, one), (b[:, n - 1 :], a))
    cut &= found < AGREE
    found[cut] = AGREE
    to = _best_first(found)
    quality = np.where(to >= 0, np.take_along_axis(found, np.maximum(to, 0)[:, :, None], 2)[:, :, 0], 0.0)
    used = some(np.take_along_axis(cut, np.maximum(to, 0)[:, :, None], 2)[:, :, 0] & (to >= 0))
    return Given(a, b, to, quality, used)


def _cut(names: Names, rows: tuple[Ints, Ints], sides: tuple[Ints, Ints]) -> Bools:
    """Whether the last word of a name is the beginning of a word of the longer name, for each word of that."""
    known, (last, whole) = names.vocabulary, sides
    held = names.letters[rows[0]]
    document = (held >= _CUT_FROM) & (held <= _CUT_TO) & (held < names.letters[rows[1]])
    result: Bools = (
        document[:, None]
        & (known.begins[last] == known.begins[whole])
        & (known.length[last] >= _CUT_WORD)
        & (known.length[last] < known.length[whole])
    )
    pair, word = np.nonzero(result)
    short, long = known.points[last[pair, 0]], known.points[whole[pair, word]]
    result[pair, word] = ((short == long) | (short == 0)).all(axis=1)
    return result


def _best_first(found: Floats) -> Ints:
    """For each pair of names, the place of the word that each word of the first is given, or -1."""
    pairs, m, n = found.shape
    left, every = found.copy(), np.arange(pairs)
    to = np.full((pairs, m), -1)
    for _ in range(min(m, n)):
        i, j = np.divmod(left.reshape(pairs, -1).argmax(axis=1), n)
        to[every, i] = j
        left[every, i, :] = -1
        left[every, :, j] = -1
    return to


def _similarity(known: Vocabulary, given: Given) -> Floats:
    weights = known.weight[given.one], known.weight[given.other]
    of_both = (weights[0] + np.take_along_axis(weights[1], np.maximum(given.to, 0), 1)) / 2 * given.taken
    total = weights[0].sum(axis=1) + weights[1].sum(axis=1)
    extra = np.maximum(total - 2 * of_both.sum(axis=1), 0)
    agreed: Floats = (of_both * given.quality).sum(axis=1) / (of_both.sum(axis=1) + _EXTRA_WEIGHS * extra)
    return agreed


def _told(tell: Floats, given: Given) -> Floats:
    partner = np.take_along_axis(given.other, np.maximum(given.to, 0), 1)
    agree = given.taken & (given.quality >= AGREE)
    result: Floats = (np.minimum(tell[given.one], tell[partner]) * agree).sum(axis=1)
    return result


def _level(names: Names, one: Ints, other: Ints, given: Given) -> Ints:
    known, (m, n) = names.vocabulary, (given.one.shape[1], given.other.shape[1])
    partner = np.take_along_axis(given.other, np.maximum(given.to, 0), 1)
    scripts = (known.script[given.one] != known.script[partner]) & given.taken
    every = np.ones(len(one), np.bool_)
    conditions: list[tuple[str, Bools]] = [
        ("different", given.worst <= NEAR),
        ("near", given.worst < AGREE),
        ("truncated", given.cut),
        ("parts_added", every & (m != n) & given.behind),
        ("parts_dropped", every & (m != n)),
        ("parts_swapped", given.swapped),
        ("doubled_mononym", (names.doubled[one] != names.doubled[other]) & (m == n == 1)),
        ("other_script", some(scripts)),
    ]
    return np.select([met for _, met in conditions], [_LEVEL[level] for level, _ in conditions], _LEVEL["same_letters"])


def _joined(names: Names, pair: tuple[Ints, Ints], given: Given) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Pairs, by place, with two words of one name joined, where a word of the other has the letters of both."""
    found: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    open_one, open_other = given.open
    for side, gaps in enumerate(
        (
            _gaps(names.vocabulary, given.one, given.other, (open_one, open_other)),
            _gaps(names.vocabulary, given.other, given.one, (open_other, open_one)),
        )
    ):
        for at, gap in gaps:
            words = [_words(names, rows[at]) for rows in pair]
            one = words[side]
            words[side] = (*one[:gap], joined(one[gap], one[gap + 1]), *one[gap + 2 :])
            found.setdefault(at, (words[0], words[1]))
    return found


def _gaps(known: Vocabulary, one: Ints, other: Ints, is_open: tuple[Bools, Bools]) -> Iterator[tuple[int, int]]:
    """Pairs, and the gaps of their first names that may be none. ``is_open``: words that do not agree yet."""
    length = (known.length[one][:, :-1] + known.length[one][:, 1:])[:, :, None]
    classes = (known.classes[one][:, :-1] | known.classes[one][:, 1:])[:, :, None]
    fits = (np.abs(length - known.length[other][:, None, :]) <= _JOINED_APART) & (
        np.bitwise_count(classes ^ known.classes[other][:, None, :]) <= 1
    )
    fits &= (known.opens[one][:, :-1])[:, :, None] == known.opens[other][:, None, :]
    fits &= (is_open[0][:, :-1] | is_open[0][:, 1:])[:, :, None] & is_open[1][:, None, :]
    for at, gap in zip(*np.nonzero(fits.any(axis=2)), strict=True):
        yield int(at), int(gap)


def _rejudge(
    found: dict[int, tuple[tuple[str, ...], tuple[str, ...]]],
    rows: Ints,
    judged: Judged,
    joins: int,
    bits: Mapping[str, float],
) -> None:
    """Judge the pairs ``found`` again, and keep in ``judged`` what is closer."""
    if not found:
        return
    again = Names.of_words([side for sides in found.values() for side in sides])
    at = np.arange(len(found))
    better = judge(again, 2 * at, 2 * at + 1, joins=joins, bits=bits)
    level = np.maximum(better.level, _LEVEL["same_letters"])
    which = rows[np.fromiter(found, np.int64)]
    closer = level < judged.level[which]
    judged.level[which[closer]] = level[closer]
    judged.similarity[which[closer]] = better.similarity[closer]
    judged.told[which[closer]] = np.maximum(judged.told[which[closer]], better.told[closer])


def _words(names: Names, row: int) -> tuple[str, ...]:
    return tuple(names.vocabulary.words[number] for number in names.words[row][: names.count[row]])


def compare(left: Texts, right: Texts) -> pa.StructArray:
    """Compare names pair by pair, whatever their scripts.

    Args:
        left: N names as strings (a dictionary of strings will do).
        right: N names.

    Returns:
        N structs, null where a name is null or has no letter in it:

        * ``similarity``, 0 to 1: how well the words agree, each weighed by its letters (half for "Siti" and other
          words that so many share), what only one name has by a fifth. It ranks; it is no probability.
        * ``level``, one of `LEVELS`:

          - ``same``: the same words; ``same_letters``: spelled differently, initials and moved gaps included;
            ``other_script``: the same in the other script
          - ``doubled_mononym``: the only word written twice on one side
          - ``parts_swapped``: the same words in another order
          - ``parts_added``: one name has more words behind the other's (the father's, the grandfather's);
            ``parts_dropped``: it has more in front or in between
          - ``truncated``: one name was cut where a document's line ended
          - ``near``: every word agrees but for about a letter: a mistake, or a brother
          - ``different``: a word of each has no counterpart in the other

        ``compare(a, b)`` equals ``compare(b, a)``, and a pair is judged alike whatever it is compared with.

    Raises:
        ValueError: the arrays differ in length.
    """
    names, sides, known = read(left, right)
    rows = np.flatnonzero(known)
    judged = judge(names, sides[0][rows], sides[1][rows])
    similarity, level = np.zeros(len(known)), np.zeros(len(known), np.int64)
    similarity[rows], level[rows] = judged.similarity, judged.level
    return pa.StructArray.from_arrays(
        [pa.array(similarity), pa.array(LEVELS, pa.string()).take(pa.array(level))],
        names=["similarity", "level"],
        mask=pa.array(~known),
    )


def read(left: Texts, right: Texts) -> tuple[Names, tuple[Ints, Ints], Bools]:
    """The distinct names of both sides, their rows for each pair, and whether a pair has a word on both sides."""
    if len(left) != len(right):
        raise ValueError(f"names to compare: {len(left)} on one side, {len(right)} on the other; give one for each")
    distinct = pc.dictionary_encode(pa.chunked_array([_strings(left), _strings(right)])).unify_dictionaries()
    chunks = distinct.combine_chunks()
    texts = chunks.dictionary.to_pylist()
    rows = pc.fill_null(chunks.indices, len(texts)).to_numpy(zero_copy_only=False).astype(np.int64)
    names = Names.of([*texts, ""])
    sides = rows[: len(left)], rows[len(left) :]
    return names, sides, (names.count[sides[0]] > 0) & (names.count[sides[1]] > 0)


def _strings(texts: Texts) -> pa.Array:
    array = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    return array.cast(pa.string())
