"""Named transforms: how the text of one native column becomes one contract value, and back.

A mapping names them. Reading is for sources; writing is its inverse, for whoever has to speak as a ministry
(the demonstration, test data). A text that cannot be read raises ``ValueError``, always without the text itself.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DMY = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_PREFIX = "prefix:"
_SEPARATOR = ";"


@dataclass(frozen=True)
class Transform:
    """One transform. ``gives`` is the type of the value read; ``expects`` says in words what the text must be."""

    name: str
    gives: Any
    expects: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]


def named(name: str) -> Transform:
    """The transform called ``name``; ``prefix:IDN-P-`` and the like are made as asked.

    Raises:
        ValueError: there is no such transform; the text lists those there are.
    """
    if name.startswith(_PREFIX) and len(name) > len(_PREFIX):
        return _prefixed(name, name.removeprefix(_PREFIX))
    if name not in TRANSFORMS:
        raise ValueError(f"no transform {name!r}; there are {', '.join(TRANSFORMS)} and {_PREFIX}TEXT")
    return TRANSFORMS[name]


def _read_decimal(text: str) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise ValueError("not a decimal number")
    return Decimal(text)


def _read_date(text: str) -> date:
    found = _ISO.fullmatch(text)
    if found is None:
        raise ValueError("not a date")
    return date(int(found[1]), int(found[2]), int(found[3]))


def _read_date_dmy(text: str) -> date:
    found = _DMY.fullmatch(text)
    if found is None:
        raise ValueError("not a date")
    return date(int(found[3]), int(found[2]), int(found[1]))


def _write_date_dmy(value: date) -> str:
    return f"{value.day:02}/{value.month:02}/{value.year:04}"


def _read_list(text: str) -> list[str]:
    return [item.strip() for item in text.split(_SEPARATOR) if item.strip()]


def _write_list(items: list[str]) -> str:
    if any(_SEPARATOR in item for item in items):
        raise ValueError(f"an item holds the separator {_SEPARATOR!r}")
    return _SEPARATOR.join(items)


def _prefixed(name: str, prefix: str) -> Transform:
    def write(value: str) -> str:
        if not value.startswith(prefix):
            raise ValueError(f"does not begin with {prefix!r}")
        return value.removeprefix(prefix)

    return Transform(name, str, f"text to stand after {prefix!r}", lambda text: prefix + text, write)


TRANSFORMS: dict[str, Transform] = {
    transform.name: transform
    for transform in (
        Transform("strip", str, "text", str.strip, str),
        Transform("upper", str, "text", str.upper, str),
        Transform("date_iso", date, "a date as YYYY-MM-DD", _read_date, date.isoformat),
        Transform("date_dmy", date, "a date as DD/MM/YYYY", _read_date_dmy, _write_date_dmy),
        Transform("decimal", Decimal, "a number such as 1500.00", _read_decimal, lambda value: format(value, "f")),
        Transform("list_semicolon", list[str], "values separated by ';'", _read_list, _write_list),
    )
}
