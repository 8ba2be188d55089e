"""How well do two words of two names agree: one number for every pair of words, in whatever scripts they are."""

from collections.abc import Callable
from typing import Final

import numpy as np

from amanah.reconcile.names import crossing, drift
from amanah.reconcile.names.arrays import Bools, Floats, Ints
from amanah.reconcile.names.vocabulary import IN_ARABIC, IN_LATIN, IN_OTHER, Crossing, Vocabulary

AGREE: Final = 0.9
"""From here two words are one name, spelled differently."""
NEAR: Final = 0.7
"""Above, two words are one letter apart: a mistake, or a brother."""
_SOUNDS_ALIKE = 0.98
_INITIAL = 0.9
_SECOND_COSTS = 0.1  # of the mutual information: a second reading is a second chance to agree by chance

# Quality at a few values of each scorer, straight lines between. One script: 1 - cost of the drift per sound; two
# sounds of five that differ a little still agree, one of five that differs is near, one of four another name.
_OF_DRIFT = ((0.0, 0.45, 0.8, 0.9, 1.0), (0.0, 0.05, NEAR, AGREE, _SOUNDS_ALIKE))
# Two scripts: normalised pointwise mutual information. Of 2,000 true pairs to choose on, 90 % lie above 0.33; of four
# million false ones, one in 10,000 above 0.21 and one in 100,000 above 0.47.
_OF_CROSSING = ((-0.5, 0.0, 0.15, 0.3, 1.0), (0.0, 0.35, NEAR, AGREE, 1.0))


def qualities(vocabulary: Vocabulary, one: Ints, other: Ints, *, initials: bool) -> Floats:
    """From 0 (nothing in common) to 1 (the same word) for each pair of word numbers; arrays of one length.

    ``initials``: whether a letter by itself agrees with every word that begins with it.
    """
    result: Floats = (one == other).astype(np.float64)
    scripts = vocabulary.script[one], vocabulary.script[other]
    differ = one != other
    same_script = differ & (scripts[0] == scripts[1]) & (scripts[0] != IN_OTHER)
    rows = np.flatnonzero(same_script & _kin(vocabulary.kin[one], vocabulary.kin[other]))
    result[rows] = _each_once(_drifted, vocabulary, one[rows], other[rows])
    for arabic, latin, scripts_of in ((one, other, scripts), (other, one, scripts[::-1])):
        crossed = (scripts_of[0] == IN_ARABIC) & (scripts_of[1] == IN_LATIN)
        rows = np.flatnonzero(crossed & _share(vocabulary.classes[arabic], vocabulary.classes[latin]))
        if len(rows):
            result[rows] = _each_once(_crossed, vocabulary, arabic[rows], latin[rows])
    if initials:
        result[differ & _begun(vocabulary, one, other)] = _INITIAL
    return result


def _begun(vocabulary: Vocabulary, one: Ints, other: Ints) -> Bools:
    """Whether one of two words is the first letter of the other."""
    begins: Bools = np.where(
        vocabulary.script[one] == vocabulary.script[other],
        vocabulary.begins[one] == vocabulary.begins[other],
        vocabulary.opens[one] == vocabulary.opens[other],
    )
    return begins & (vocabulary.initial[one] | vocabulary.initial[other])


def _kin(one: Ints, other: Ints) -> Bools:
    """Whether two words have at least half of their groups of sounds in common."""
    enough: Bools = 2 * np.bitwise_count(one & other) >= np.maximum(np.bitwise_count(one), np.bitwise_count(other))
    return enough


def _share(one: Ints, other: Ints) -> Bools:
    """Whether two words have at least half of the consonants of the poorer one in common."""
    enough: Bools = 2 * np.bitwise_count(one & other) >= np.minimum(np.bitwise_count(one), np.bitwise_count(other))
    return enough


def _each_once(
    scored: Callable[[Vocabulary, Ints, Ints], Floats], vocabulary: Vocabulary, one: Ints, other: Ints
) -> Floats:
    """``scored``, on every pair of words once: many names share their words."""
    pairs, place = np.unique(one * len(vocabulary.words) + other, return_inverse=True)
    found: Floats = scored(vocabulary, *np.divmod(pairs, len(vocabulary.words)))[place]
    return found


def _drifted(vocabulary: Vocabulary, one: Ints, other: Ints) -> Floats:
    result = np.full(len(one), _SOUNDS_ALIKE)
    rows = np.flatnonzero(vocabulary.sound[one] != vocabulary.sound[other])
    if len(rows):
        result[rows] = np.interp(drift.alike(vocabulary.sounds, (one[rows], other[rows])), *_OF_DRIFT)
    return result


def _crossed(vocabulary: Vocabulary, arabic: Ints, latin: Ints) -> Floats:
    result = _together(vocabulary.arabic, vocabulary.latin, arabic, latin)
    rows = np.flatnonzero(vocabulary.romanised.row[latin] >= 0)
    if len(rows):
        second = _together(vocabulary.arabic, vocabulary.romanised, arabic[rows], latin[rows])
        result[rows] = np.maximum(result[rows], second - _SECOND_COSTS)
    return np.interp(result, *_OF_CROSSING)


def _together(one: Crossing, other: Crossing, arabic: Ints, latin: Ints) -> Floats:
    return crossing.learned().together(one.prepared, other.prepared, (one.row[arabic], other.row[latin]))
