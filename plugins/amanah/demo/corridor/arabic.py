"""Names across scripts: a small table of our own, as a visa clerk would write, not a transliteration standard."""

import re
from collections.abc import Mapping
from random import Random

from amanah.demo.corridor.names import CONNECTORS

_KNOWN = {
    "muhammad": "محمد",
    "abdullah": "عبدالله",
    "ibrahim": "إبراهيم",
    "ismail": "إسماعيل",
    "yusuf": "يوسف",
    "fatimah": "فاطمة",
    "aisyah": "عائشة",
    "khadijah": "خديجة",
    "zainab": "زينب",
    "maryam": "مريم",
    "iskandar": "إسكندر",
    "bin": "بن",
    "binti": "بنت",
}
_SIGNS = {  # longest first; a short e is not written, and there is no p
    "kh": "خ",
    "ch": "خ",
    "sy": "ش",
    "sh": "ش",
    "ng": "نغ",
    "dj": "ج",
    "tj": "تش",
    "oe": "و",
    "a": "ا",
    "b": "ب",
    "c": "تش",
    "d": "د",
    "e": "",
    "f": "ف",
    "g": "غ",
    "h": "ه",
    "i": "ي",
    "j": "ج",
    "k": "ك",
    "l": "ل",
    "m": "م",
    "n": "ن",
    "o": "و",
    "p": "ب",
    "q": "ق",
    "r": "ر",
    "s": "س",
    "t": "ت",
    "u": "و",
    "v": "ف",
    "w": "و",
    "x": "كس",
    "y": "ي",
    "z": "ز",
}
_SOUNDS = re.compile("|".join(_SIGNS))
_INITIAL_VOWELS = {"a": "ا", "e": "ا", "i": "اي", "o": "او", "u": "او"}

_RESPELLINGS = {  # applied in this order, so that none undoes another
    "dj": "j",
    "tj": "ch",
    "sy": "sh",
    "e": "a",
    "i": "ee",
    "u": "oo",
    "p": "b",
    "v": "f",
}


def to_arabic(name: str) -> str:
    """Write the Latin ``name`` in Arabic script, word by word."""
    return " ".join(_word(word.lower()) for word in name.split())


def _word(word: str) -> str:
    if word in _KNOWN:
        return _KNOWN[word]
    stem, ending = (word[:-2], "ة") if word.endswith("ah") else (word, "")
    written = _INITIAL_VOWELS.get(stem[:1], "")
    for sound in _SOUNDS.findall(stem[1:] if written else stem):
        sign = _SIGNS[sound]
        if not written.endswith(sign):  # a doubled letter is written once
            written += sign
    return written + ending


def respell(name: str, rng: Random) -> str:
    """Spell ``name`` as someone would who reads it back from Arabic script (no p, other vowels)."""
    possible = [old for old in _RESPELLINGS if old in name.lower()]
    chosen = rng.sample(possible, min(2, len(possible)))
    swaps = {old: new for old, new in _RESPELLINGS.items() if old in chosen}
    return " ".join(word if word in CONNECTORS else _swap(word.lower(), swaps) for word in name.split())


def _swap(word: str, swaps: Mapping[str, str]) -> str:
    for old, new in swaps.items():
        word = word.replace(old, new)
    return word.capitalize()
