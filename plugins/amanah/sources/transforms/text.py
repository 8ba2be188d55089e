"""Transforms of text into text and lists of text. What they do not know how to change they leave as it is."""

import re

from amanah.sources.transforms.transform import TEXT, Transform

# Marks without a width of their own: soft hyphen, Arabic letter mark, zero-width spaces and joiners, direction marks,
# embeddings, isolates, byte order mark. Tatweel is a visible stroke and stays.
_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_TO_ASCII = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_NUMBER = re.compile("[0-9]+")


def _clean(text: str) -> str:
    return " ".join(_INVISIBLE.sub("", text).split())


def digits(text: str) -> str:
    """``text`` with ASCII digits for Arabic-Indic and Extended Arabic-Indic ones."""
    return text.translate(_TO_ASCII)


def _no_spaces(text: str) -> str:
    return "".join(text.split())


TEXTS = (
    Transform("strip", str, TEXT, str.strip, str),
    Transform("upper", str, TEXT, str.upper, str),
    Transform("clean", str, TEXT, _clean, str),
    Transform("digits", str, TEXT, digits, str),
    Transform("no_spaces", str, TEXT, _no_spaces, str),
)


def prefix(ahead: str) -> Transform:
    """Puts ``ahead`` before the text."""

    def write(value: str) -> str:
        if not value.startswith(ahead):
            raise ValueError(f"does not begin with {ahead!r}")
        return value.removeprefix(ahead)

    return Transform(f"prefix:{ahead}", str, f"text to stand after {ahead!r}", lambda text: ahead + text, write)


def pad(width: str) -> Transform:
    """Puts zeros before a number that has lost them. Raises ``ValueError`` when ``width`` is not from 2 to 64."""
    if not _NUMBER.fullmatch(width) or not 2 <= int(width) <= 64:  # noqa: PLR2004 - stands in the message
        raise ValueError("pad: needs a width from 2 to 64, such as pad:10")

    def read(text: str) -> str:
        return text.zfill(int(width)) if _NUMBER.fullmatch(text) else text

    return Transform(f"pad:{width}", str, TEXT, read, str)


def items(separator: str, name: str | None = None) -> Transform:
    """Splits at ``separator``; empty items are left out."""

    def read(text: str) -> list[str]:
        return [item.strip() for item in text.split(separator) if item.strip()]

    def write(values: list[str]) -> str:
        if any(separator in value for value in values):
            raise ValueError(f"an item holds the separator {separator!r}")
        return separator.join(values)

    return Transform(name or f"list:{separator}", list[str], f"values separated by {separator!r}", read, write)
