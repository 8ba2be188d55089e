"""Document numbers: whether one looks as the agreement says, by pattern and by check digit."""

from collections.abc import Callable
from functools import cache

from pydantic_core import SchemaValidator, ValidationError, core_schema

DOCUMENT_PATTERN, CHECK_DIGIT = "document_pattern", "check_digit"  # codes of the two failures
MODULUS = 10
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")  # a figure -> the sum of the figures of twice that


def luhn(number: str) -> bool:
    """Whether the last digit of ``number`` is the check digit of those before it (ISO/IEC 7812-1, annex B).

    >>> luhn("2000000006"), luhn("2000000007")
    (True, False)
    """
    if not (number.isascii() and number.isdigit()):
        return False
    figures = number.encode()
    total = sum(figures[-1::-2]) + sum(figures[-2::-2].translate(_DOUBLED)) - ord("0") * len(figures)
    return total % MODULUS == 0


CHECK_DIGITS: dict[str, Callable[[str], bool]] = {"luhn": luhn}


def matches(number: str, pattern: str) -> bool:
    """Whether the whole of ``number`` is as ``pattern`` says.

    The engine is pydantic's, which is also that of validation in bulk: one meaning, and never longer than linear time,
    whatever an agreement says. Raises ``pydantic_core.SchemaError`` when ``pattern`` is none to it.
    """
    try:
        _reader(pattern).validate_python(number)
    except ValidationError:
        return False
    return True


def whole(pattern: str) -> str:
    """``pattern`` held to the whole of a number, whatever alternatives it has."""
    return f"^(?:{pattern})$"


@cache
def _reader(pattern: str) -> SchemaValidator:
    return SchemaValidator(core_schema.str_schema(pattern=whole(pattern)))


def items_of(value: object) -> tuple[str, ...]:
    """The numbers in the value of a field: none, one, or those of a list."""
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else ()
