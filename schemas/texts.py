r"""Values as text, for CSV and wherever a value has to be written in letters: one form each, read back the same.

A date is ISO 8601 (``2026-07-01``), an amount plain figures with two decimals, and a third only where it is not zero
(``1500.00``, ``125.505``), a list its items joined by ``;``. In an item ``\;`` stands for a semicolon and ``\\`` for a
backslash. An empty text means that there is no value; a list without
items is ``;`` alone. An empty item is no value of the contract.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, get_args

from schemas.values import AMOUNT_TEXT, DAY_TEXT, WHOLE_TEXT, amount_text

SEPARATOR, ESCAPE = ";", "\\"
EMPTY_LIST = SEPARATOR

_ITEM = r"(?:[^;\\]|\\[;\\])+"
_ITEMS = re.compile(f"{_ITEM}(?:;{_ITEM})*")


def to_text(value: Any) -> str:
    """Write ``value``, of any type of the contract; None is the empty text.

    Raises ``ValueError``, without the value, for an empty item or an amount with more than three decimals.
    """
    if value is None:
        return ""
    if isinstance(value, list):
        return _list_text(value)
    return amount_text(value) if isinstance(value, Decimal) else str(value)


def from_text(text: str, kind: Any) -> Any:
    """Read a value of type ``kind`` (as ``Stream.python_type`` gives it); an empty text is None.

    Raises ``ValueError``, without the text, when it is not such a value.
    """
    if not text:
        return None
    if isinstance(kind, type) and kind in _READ:
        return _READ[kind](text)
    [item_kind] = get_args(kind)
    return [_READ[item_kind](item) for item in _items(text)]


def _list_text(items: list[Any]) -> str:
    texts = [to_text(item).replace(ESCAPE, ESCAPE * 2).replace(SEPARATOR, ESCAPE + SEPARATOR) for item in items]
    if not all(texts):
        raise ValueError("a list holds an empty item, which is no value of the contract")
    return SEPARATOR.join(texts) if texts else EMPTY_LIST


def _items(text: str) -> list[str]:
    if text == EMPTY_LIST:
        return []
    if not _ITEMS.fullmatch(text):
        raise ValueError(f"expected items joined by {SEPARATOR!r}, none of them empty")
    return [re.sub(r"\\([;\\])", r"\1", item) for item in re.findall(_ITEM, text)]


def _checked(pattern: str, read: Callable[[str], Any], expected: str) -> Callable[[str], Any]:
    def checked(text: str) -> Any:
        try:
            if re.fullmatch(pattern, text, re.ASCII):
                return read(text)
        except ValueError:
            pass  # the thirty-first of February; said below without the text
        raise ValueError(f"expected {expected}")

    return checked


_READ: dict[type, Callable[[str], Any]] = {
    str: str,
    date: _checked(DAY_TEXT, date.fromisoformat, "a date such as 2026-07-01"),
    Decimal: _checked(AMOUNT_TEXT, Decimal, "an amount such as 1500.00"),
    int: _checked(WHOLE_TEXT, int, "a whole number such as 8"),
}
