"""How far apart are two spellings of one word in one script: an edit distance with a price for each sound.

Prices are set by hand, not learned: public pairs show how names cross scripts, not how clerks of one office spell the
same name twice. Cheap is what the spelling reforms, the romanisation of Arabic or the missing vowels of Arabic explain;
dear is what tells two people apart (Yuni and Yani, Amin and Aminah).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from amanah.reconcile.names.arrays import Floats, Ints, alike_in_length, code_points

_VOWELS = "aeiouEO"
_LETTERS: Final = "?abcdefghijklmnopqrstuvwxyzSXNYEO" + "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
"""The sounds that `sounds.sounds` gives; every other letter is the first."""

_SWAPPED: Final = {
    0.15: "Xx",
    0.2: "iy",
    0.25: "sS",
    0.3: "ou ei ae kx Xh xh Xk fp fv vw uw Oo Ee تط سص زذ زظ ذظ",
    0.4: "ao Ea Ei Oa Ou Xc sz zj Yn Nn jy قك هح دض ثس",
    0.5: "dz ck حخ غق غج خك صش ضظ",
    0.6: "cs gk cS gj شس سز بف جك تث تد",
    0.7: "td pb fb",
    0.9: "au eo ai iu eu oi وي",
}
"""What it costs to write one sound for the other."""
_LEFT_OUT: Final = {0.35: "h", 0.4: "eاويه", 0.5: "ywع", 0.7: "aiouEO"}
"""What it costs to leave a sound out."""
_VOWEL_FOR_CONSONANT = 1.2


def _prices() -> tuple[Floats, Floats]:
    number = {letter: n for n, letter in enumerate(_LETTERS)}
    swap = np.ones((len(_LETTERS), len(_LETTERS)))
    for one in _VOWELS:
        for other in set(_LETTERS) - set(_VOWELS):
            swap[number[one], number[other]] = swap[number[other], number[one]] = _VOWEL_FOR_CONSONANT
    for price, listed in sorted(_SWAPPED.items(), reverse=True):
        for pair in listed.split():
            a, b = number[pair[0]], number[pair[1]]
            swap[a, b] = swap[b, a] = price
    np.fill_diagonal(swap, 0)
    swap[0, 0] = 1
    out = np.ones(len(_LETTERS))
    for price, listed in _LEFT_OUT.items():
        out[[number[letter] for letter in listed]] = price
    return swap.astype(np.float32), out.astype(np.float32)


_SWAP, _OUT = _prices()
_NUMBER = np.zeros(0x10000, np.int64)
_NUMBER[[ord(letter) for letter in _LETTERS]] = np.arange(len(_LETTERS))


@dataclass(frozen=True)
class Sounds:
    """Words as numbers of sounds: ``lengths`` (words,), ``numbers`` (words, letters)."""

    lengths: Ints
    numbers: Ints

    @classmethod
    def of(cls, heard: Sequence[str]) -> "Sounds":
        """``heard``: what `sounds.sounds` gave for each word."""
        points = code_points(heard)
        return cls((points > 0).sum(axis=1), _NUMBER[np.minimum(points, len(_NUMBER) - 1)])


def alike(words: Sounds, pairs: tuple[Ints, Ints]) -> Floats:
    """1 for the same sounds, 0 for nothing in common, for each pair of positions in ``words``."""
    result = np.zeros(len(pairs[0]))
    for rows, upto in alike_in_length(words.lengths[pairs[0]], words.lengths[pairs[1]]):
        one, other = pairs[0][rows], pairs[1][rows]
        lengths = words.lengths[one], words.lengths[other]
        apart = _apart(words.numbers[one].T.copy(), words.numbers[other].T.copy(), upto)
        cost = np.array(apart)[lengths[0], lengths[1], np.arange(len(rows))]
        result[rows] = 1 - cost / np.maximum(np.maximum(*lengths), 1)
    return np.clip(np.round(result, 4), 0, 1)  # 0.9 of single precision is not 0.9


def _apart(one: Ints, other: Ints, upto: tuple[int, int]) -> list[list[Floats]]:
    """``[i][j]``: what it costs to turn the first i sounds into the first j, for each pair."""
    out = _OUT[one], _OUT[other]
    found: list[list[Floats]] = [[np.zeros(one.shape[1], np.float32)] for _ in range(upto[0] + 1)]
    for j in range(upto[1]):
        found[0].append(found[0][j] + out[1][j])
    for i in range(upto[0]):
        found[i + 1][0] = found[i][0] + out[0][i]
        row = one[i] * len(_LETTERS)
        for j in range(upto[1]):
            best = found[i][j] + _SWAP.ravel().take(row + other[j])
            np.minimum(best, found[i][j + 1] + out[0][i], out=best)
            np.minimum(best, found[i + 1][j] + out[1][j], out=best)
            found[i + 1].append(best)
    return found
