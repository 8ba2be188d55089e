"""From a written name to its words: one form for what clerks, passports and keyboards write in many.

What belongs here: everything that can be taken away without asking what a word sounds like - code points, marks,
case, letter variants, titles, "son of". How words sound is `sounds`; whether two names agree is `comparing`.
"""

import re
import unicodedata
from collections.abc import Container
from functools import cache
from importlib.resources import files

import yaml

MOST_CHARACTERS = 1_000
"""Characters of a name that are looked at; what is longer is not a name."""

_MARKS = [
    *range(0x0300, 0x0370), *range(0x1AB0, 0x1B00), *range(0x1DC0, 0x1E00), *range(0x20D0, 0x2100),  # accents
    *range(0x0610, 0x061B), *range(0x064B, 0x0660), 0x0670, *range(0x06D6, 0x06EE), *range(0x08CA, 0x0900),  # Arabic's
    0x0640, 0x0621,  # tatweel; a hamza of its own
    0x00AD, 0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF,  # unseen
    *range(0xFE00, 0xFE10), *map(ord, "'’‘ʼʻʾʿ`´′ʹ"),
]  # fmt: skip
_VARIANTS = {
    # one letter, written differently on Arabic, Persian and Urdu keyboards or at a word's end
    "ى": "ي", "ی": "ي", "ې": "ي", "ے": "ي", "ک": "ك", "ڪ": "ك", "ہ": "ه", "ھ": "ه", "ە": "ه", "ۀ": "ه", "ة": "ه",
    "ۃ": "ه", "ٱ": "ا",
    # letters that Jawi, Pegon, Persian and Urdu add, as who has only the Arabic ones writes them
    "پ": "ب", "ڤ": "ف", "چ": "تش", "گ": "ك", "ڬ": "ك", "ݢ": "ك", "ڠ": "نغ", "ڽ": "ني", "ڟ": "ط", "ڎ": "ذ", "ژ": "ج",
    "ڨ": "ق", "ٹ": "ت", "ڈ": "د", "ڑ": "ر", "ں": "ن",
    # Latin letters that do not come apart into a letter and a mark
    "ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th",
}  # fmt: skip
_DIGITS = {ord(digit): str(n % 10) for n, digit in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
_CLEAN = {**dict.fromkeys(_MARKS), **{ord(one): other for one, other in _VARIANTS.items()}, **_DIGITS}

# Cyrillic and Greek letters that look like a Latin one, be it only as capitals.
_LOOK_ALIKE = str.maketrans("авекмнорстхуіјѕһԁԛԝαβεζηικμνορτυχ", "abekmhopctxyijshdqwabezhikmnoptyx")

_LATIN, _ARABIC = "a-z", "\u0620-\u064a"
_SCRIPT_CHANGES = re.compile(f"(?<=[{_LATIN}])(?=[{_ARABIC}])|(?<=[{_ARABIC}])(?=[{_LATIN}])")
_BETWEEN_WORDS = re.compile(
    r"(?:[^\w\u0900-\u109f\u1780-\u17ff]|_)+"
)  # vowel signs of Indic scripts are no letters to re
_BETWEEN_PIECES = re.compile(r"[,،]|<<+")
_JOINED_ARTICLE = re.compile(r"\b(?:a[lrnstdz]|ash|asy|adh|ath|el)[-‐‑–](?=\w)")  # al-hakim, ar-rahman
_MACHINE_READABLE = re.compile("^p<[a-z][a-z<]{2}")  # document and state before a name: ICAO 9303, part 4
_LOOKS_MACHINE_READABLE = re.compile("^P<[A-Z][A-Z<]{2}[A-Z]+<")
_OF_GOD = re.compile("^abd[aeiou]?l+[aou]h?$")  # abdullah, abdillah, abdulloh
_GOD = frozenset({"allah", "lah", "loh", "ullah", "الله"})
_JOINED_SERVANT = re.compile("^abd(?:[aeiou]l(?!atif)|(?:u|o[eu])(?=[rsnzdt]|latif))(?P<of>.{3,})$")
_JOINED_SERVANT_ARABIC = re.compile("^عبدال(?P<of>.{2,})$")
_SERVANT_OF_GOD_ARABIC = "عبدالله"


@cache
def words(group: str) -> frozenset[str]:
    """The words of a group of ``words.yaml``."""
    return frozenset(
        yaml.safe_load(files(__package__).joinpath("words.yaml").read_text(encoding="utf-8"))[group].split()
    )


def normal(text: str) -> tuple[str, ...]:
    """The words of a name: lower case, without marks, titles, "son of" and articles; empty when there is no letter.

    Arabic keeps its script and an article that is part of a word; letters that look alike in Latin, Cyrillic and
    Greek become the Latin ones where they stand among such. The order is kept.

        >>> normal("Hj. SITI  Nurhalîza binti Ahmad")
        ('siti', 'nurhaliza', 'ahmad')
        >>> normal("P<IDNAMINAH<<SITI<<<<<<<<<<<<<<<<<<<<<<<<<<<")
        ('aminah', 'siti')
        >>> normal("عبدالرحمن بن أحمد")
        ('عبد', 'رحمن', 'احمد')
    """
    if text.isascii() and len(text) <= MOST_CHARACTERS and text.replace(" ", "").isalpha():
        plain = text.lower().split()
        if not any(word in _special() or word.startswith("abd") for word in plain):
            return tuple(plain)  # most names; the same as below, ten times as fast
    cleaned = letters(text)
    if _LOOKS_MACHINE_READABLE.match(text):
        cleaned = _MACHINE_READABLE.sub("", cleaned)
    found: list[str] = []
    for piece in _BETWEEN_PIECES.split(cleaned):
        found += _without_titles([_in_latin(word) for word in _BETWEEN_WORDS.split(piece) if word])
    found = _without(found, words("fillers") | words("particles"))
    found = [*found[:1], *(w for w in found[1:-1] if w not in words("short_particles")), *found[1:][-1:]]
    found = _without(found, words("articles"))
    return tuple(_servants_told_apart(found))


@cache
def _special() -> frozenset[str]:
    """Words that do not always stay as they are."""
    groups = ("titles", "particles", "short_particles", "articles", "fillers", "servants")
    return frozenset().union(*(words(group) for group in groups))


def letters(text: str) -> str:
    """``text`` in small letters without marks, one code point per letter; words are still apart."""
    text = text[:MOST_CHARACTERS]
    if not text.isascii():
        # twice, because a capital can hide a mark: "İ"
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_CLEAN)
        text = unicodedata.normalize("NFC", text)
        text = _SCRIPT_CHANGES.sub(" ", text)
    else:
        text = text.lower().replace("'", "").replace("`", "")
    return _JOINED_ARTICLE.sub("", text) if "-" in text or not text.isascii() else text


def _in_latin(word: str) -> str:
    """The word with look-alikes replaced if it is Latin but for them, or nothing but them."""
    if word.isascii():
        return word
    latin = word.translate(_LOOK_ALIKE)
    return latin if latin.isascii() else word


def _without_titles(found: list[str]) -> list[str]:
    while len(found) > 1 and found[0] in words("titles"):
        found = found[1:]
    return found


def _without(found: list[str], unwanted: Container[str]) -> list[str]:
    """``found`` without words that are ``unwanted``; as it was when nothing would be left."""
    return [word for word in found if word not in unwanted] or found


def _servants_told_apart(found: list[str]) -> list[str]:
    """Every writing of "servant of" as one word ``abd`` before the other; "servant of God" as one word."""
    result: list[str] = []
    left = iter(found)
    for word in left:
        if word in words("servants"):
            of = next(left, None)
            result += [_arabic_or("abd", word)] if of is None else _servant_of(word, of)
        elif _OF_GOD.match(word):
            result.append("abdullah")
        elif word != _SERVANT_OF_GOD_ARABIC and (joined := _JOINED_SERVANT_ARABIC.match(word)):
            result += ["عبد", joined["of"]]
        elif joined := _JOINED_SERVANT.match(word):
            of = joined["of"]
            result += ["abd", of[1:] if of[0] == of[1] else of]
        else:
            result.append(word)
    return result


def _servant_of(servant: str, of: str) -> list[str]:
    if of in _GOD:
        return [_arabic_or("abdullah", servant)]
    return [_arabic_or("abd", servant), of.removeprefix("ال") if len(of) > len("ال") + 1 else of]


def _arabic_or(latin: str, word: str) -> str:
    if word.isascii():
        return latin
    return {"abd": "عبد", "abdullah": _SERVANT_OF_GOD_ARABIC}[latin]
