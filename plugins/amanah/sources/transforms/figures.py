"""Transforms of text into numbers. Which character separates what is declared, never guessed: 1.500 is not 1,5."""

import re
from decimal import Decimal

from amanah.sources.transforms.text import digits
from amanah.sources.transforms.transform import Transform

_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_WHOLE = re.compile(r"[+-]?[0-9]+")


def _read_decimal(text: str) -> Decimal:
    if not _PLAIN.fullmatch(text):
        raise ValueError("not a decimal number")
    return Decimal(text)


def _write_decimal(value: Decimal) -> str:
    return format(value, "f")


def _read_int(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError("not a whole number")
    return int(text)


def _grouped(name: str, thousands: str, point: str, example: str) -> Transform:
    """A number whose thousands may be set apart, in groups of exactly three: anything else would be a guess."""
    pattern = re.compile(
        rf"(?P<whole>[+-]?([0-9]{{1,3}}({re.escape(thousands)}[0-9]{{3}})+|[0-9]+))({re.escape(point)}(?P<part>[0-9]+))?"
    )

    def read(text: str) -> Decimal:
        found = pattern.fullmatch(digits(text))
        if found is None:
            raise ValueError("not a decimal number")
        whole, part = found["whole"].replace(thousands, ""), found["part"]
        return Decimal(f"{whole}.{part}" if part else whole)

    def write(value: Decimal) -> str:
        return _write_decimal(value).replace(".", point)

    return Transform(name, Decimal, f"a number such as {example}", read, write)


NUMBERS = (
    Transform("decimal", Decimal, "a number such as 1500.00", _read_decimal, _write_decimal),
    _grouped("decimal_comma", ".", ",", "1.500,00"),
    _grouped("decimal_point", ",", ".", "1,500.00"),
    _grouped("decimal_arabic", "\u066c", "\u066b", "١٬٥٠٠٫٠٠"),
    Transform("int", int, "a whole number such as 8", _read_int, str),
)
