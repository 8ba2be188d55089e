"""How a word of a name sounds: what stays the same when a clerk spells it another way.

Two forms. ``sounds`` keeps vowels and is what spelling drift is measured on, within one script. ``skeletons`` keeps
only consonants, in classes that Latin and Arabic writing share, and is what blocking keys are made of.

The rules are those of Indonesian spelling (Van Ophuijsen's of 1901, Republican of 1947, the Enhanced of 1972), of the
romanisation of Arabic on Saudi and Indonesian papers, and of Arabic vowel letters. Written from general knowledge.
"""

import re
from typing import Final

LATIN: Final = re.compile("^[a-z]+$")
ARABIC: Final = re.compile("^[\u0620-\u064a]+$")

# Longest first. Capital letters stand for one sound each: S sh, X the ch that is kh or ch, N ng, Y ny, E ai, O au.
_LATIN_SOUNDS = {
    "sch": "S", "sh": "S", "sy": "S", "sj": "S", "tj": "c", "tch": "c", "ch": "X", "dj": "j", "nj": "Y", "ny": "Y",
    "ng": "N", "kh": "x", "gh": "g", "th": "t", "dh": "d", "dz": "z", "ph": "f", "bh": "b", "ck": "k", "q": "k",
    "oe": "u", "oo": "u", "ou": "u", "uw": "u", "ee": "i", "ie": "i", "iy": "i", "ii": "i", "yi": "i",
    "ai": "E", "ay": "E", "ae": "E", "ei": "E", "ey": "E", "au": "O", "aw": "O", "ao": "O",
    "x": "ks",
}  # fmt: skip
_LATIN_PARTS = re.compile("|".join(sorted(_LATIN_SOUNDS, key=len, reverse=True)))
_TWICE = re.compile(r"(.)\1+")
_FINAL_H = re.compile("(?<=[aeiouEO])h$")
_Y_AS_VOWEL = re.compile("y(?![aeiouEO])")

# Indonesian spelling of Arabic words beside their usual romanisation; -ul joins a word to the next: nurul huda.
_INDONESIAN = {
    "sy": "sh", "sh": "s", "ch": "kh", "kh": "kh", "o": "a", "ae": "ai", "p": "f", "ts": "th", "dl": "d", "dz": "z",
}  # fmt: skip
_INDONESIAN_PARTS = re.compile("|".join(sorted(_INDONESIAN, key=len, reverse=True)))
_ANNEXED = re.compile("(?<=...)ul$")

_ARABIC_ARTICLE = re.compile("^ال(?=...)")
_ARABIC_FINAL_H = re.compile("(?<=..)ه$")

# Consonant classes. A sound that is heard as one of two gives a skeleton for each: "/" parts them.
_LATIN_CLASSES = {
    "sch": "S", "sh": "S", "sy": "S", "sj": "S", "tj": "TS", "ch": "TS/K/", "dj": "K", "nj": "N", "ny": "N", "ng": "N",
    "kh": "K/", "gh": "K", "th": "T/S", "dh": "T/S", "dz": "S", "dl": "T", "ts": "S", "ph": "B", "ck": "K", "c": "K/TS",
    "b": "B", "p": "B", "f": "B", "v": "B", "t": "T", "d": "T", "k": "K", "q": "K", "g": "K", "j": "K/S", "x": "KS",
    "s": "S", "z": "S", "l": "L", "r": "R", "m": "M", "n": "N",
}  # fmt: skip
_LATIN_CLASS_PARTS = re.compile("|".join(sorted(_LATIN_CLASSES, key=len, reverse=True)))
_ARABIC_CLASSES = {
    "تش": "TS", "ب": "B", "ف": "B", "ت": "T", "ط": "T", "د": "T", "ض": "T/S", "ث": "S/T", "ذ": "S/T", "ظ": "S/T",
    "ك": "K", "ق": "K", "غ": "K", "ج": "K", "خ": "K/", "س": "S", "ص": "S", "ش": "S", "ز": "S", "ل": "L", "ر": "R",
    "م": "M", "ن": "N",
}  # fmt: skip
_ARABIC_CLASS_PARTS = re.compile("|".join(sorted(_ARABIC_CLASSES, key=len, reverse=True)))
_OPENINGS = {
    **_LATIN_CLASSES, **_ARABIC_CLASSES,
    **dict.fromkeys("aeiouاع", "A"), "h": "H", "ح": "H", "ه": "H", "w": "W", "و": "W", "y": "Y", "ي": "Y",
}  # fmt: skip
MOST_READINGS: Final = 4
"""Skeletons of one word at most."""


def sounds(word: str) -> str:
    """The sounds of a word in `normal` form, one letter each; a word of another script as it is.

    >>> sounds("nurhalizah") == sounds("noerhaliza")
    True
    """
    if LATIN.match(word):
        heard = _LATIN_PARTS.sub(lambda part: _LATIN_SOUNDS[part[0]], _TWICE.sub(r"\1", _double_vowels(word)))
        return _FINAL_H.sub("", _Y_AS_VOWEL.sub("i", _TWICE.sub(r"\1", heard)))
    if ARABIC.match(word):
        return _ARABIC_FINAL_H.sub("", _ARABIC_ARTICLE.sub("", word))
    return word


def _double_vowels(word: str) -> str:
    return word.replace("oo", "u").replace("ee", "i")


def as_romanised(word: str) -> str:
    """A Latin word as Saudi papers would romanise the Arabic behind its Indonesian spelling; often the word itself.

    >>> as_romanised("syarifudin"), as_romanised("solikhah"), as_romanised("nurul")
    ('sharifudin', 'salikhah', 'nur')
    """
    return _ANNEXED.sub("", _INDONESIAN_PARTS.sub(lambda part: _INDONESIAN[part[0]], word))


def skeletons(word: str) -> tuple[str, ...]:
    """The consonants of a word as classes, one reading or a few; a word of another script as it is.

    The same for Latin and Arabic writing of most names. ``-`` stands for a word of vowels alone.

        >>> skeletons("sitti"), skeletons("ستي"), skeletons("khadijah")
        (('ST',), ('ST',), ('KTK', 'KTS', 'TK', 'TS'))
    """
    heard = classes(word)
    if heard is None:
        return (word,)
    readings = [""]
    for classes_of_one in heard:
        readings = [before + each for before in readings for each in classes_of_one.split("/")][: 2 * MOST_READINGS]
    return tuple(dict.fromkeys(condensed(reading) for reading in readings))[:MOST_READINGS]


def classes(word: str) -> list[str] | None:
    """The class of each consonant of a word, "/" between those it may belong to; None for another script."""
    if LATIN.match(word):
        return [_LATIN_CLASSES[part] for part in _LATIN_CLASS_PARTS.findall(word)]
    if ARABIC.match(word):
        return [_ARABIC_CLASSES[part] for part in _ARABIC_CLASS_PARTS.findall(_ARABIC_ARTICLE.sub("", word))]
    return None


def opening(word: str) -> str:
    """What a word begins with, the same for both scripts: a class of consonants, or H, W, Y, A for every vowel."""
    letter = _ARABIC_ARTICLE.sub("", word)[:1]
    return _OPENINGS.get(letter, letter)[:1]


def joined(first: str, second: str) -> str:
    """Two words written as one; an Arabic article between them melts: نور الدين is Nuruddin."""
    return first + _ARABIC_ARTICLE.sub("", second)


def condensed(skeleton: str) -> str:
    """A skeleton with doubled letters once (Arabic does not write the second) and ng, nj, nk as n."""
    return _TWICE.sub(r"\1", skeleton.replace("NK", "N")) or "-"
