"""Document numbers: whether one looks as the agreement says, by pattern and by check digit."""

import re
from collections.abc import Callable

DOCUMENT_PATTERN, CHECK_DIGIT = "document_pattern", "check_digit"  # codes of the two failures
MODULUS = 10


def luhn(number: str) -> bool:
    """Whether the last digit of ``number`` is the check digit of those before it (ISO/IEC 7812-1, annex B).

    >>> luhn("2000000006"), luhn("2000000007")
    (True, False)
    """
    if not (number.isascii() and number.isdigit()):
        return False
    total = 0
    for place, figure in enumerate(reversed(number)):
        doubled = int(figure) * (1 + place % 2)
        total += doubled // MODULUS + doubled % MODULUS
    return total % MODULUS == 0


CHECK_DIGITS: dict[str, Callable[[str], bool]] = {"luhn": luhn}


def matches(number: str, pattern: str) -> bool:
    """Whether the whole of ``number`` is as ``pattern`` says."""
    return re.fullmatch(pattern, number) is not None


def items_of(value: object) -> tuple[str, ...]:
    """The numbers in the value of a field: none, one, or those of a list."""
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else ()
