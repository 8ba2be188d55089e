"""Names of columns as offices write them: when are two of them the same?"""

import unicodedata

_TATWEEL = "\u0640"
_PASSED_OVER = {"Mn", "Cf"}  # marks above and below letters; characters without a width


def plain(name: str) -> str:
    """``name`` without what tells two spellings apart but not two columns: case, spaces, tatweel, vowel signs, accents.

    >>> plain(" Tgl  LAHIR ") == plain("tgl lahir"), plain("الاِسـم") == plain("الاسم")
    (True, True)
    """
    kept = (
        character
        for character in unicodedata.normalize("NFKD", name)
        if character != _TATWEEL and unicodedata.category(character) not in _PASSED_OVER
    )
    return " ".join("".join(kept).split()).casefold()
