"""What a spreadsheet program does to what the people of an office type into it.

Which cell is kept how follows from the transforms that the reader needs for it: a date that has become a number, a
number that has lost its zeros, figures in Arabic-Indic digits.
"""

from collections.abc import Callable
from collections.abc import Mapping as Columns
from datetime import date

from amanah.sources import Mapping

Cell = str | int | date | None

TITLE = "سجل / Register"
_TO_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_DAY_ZERO = date(1899, 12, 30)  # of the numbers in which a spreadsheet keeps days


def _arabic_figures(text: str) -> Cell:
    return text.translate(_TO_ARABIC)


def _number(text: str) -> Cell:
    return int(text) if text.isascii() and text.isdigit() else text


def _day_number(text: str) -> Cell:
    return (date.fromisoformat(text) - _DAY_ZERO).days


_KEPT: Columns[str, Callable[[str], Cell]] = {  # by the first transform with which the column is read
    "digits": _arabic_figures,
    "decimal_arabic": _arabic_figures,
    "excel_date": _day_number,
    "date_iso": date.fromisoformat,
    "int": _number,
    "whole": _number,
    "pad": _number,
    "unquote": lambda text: f"'{text}",
}


def cells(row: Columns[str, str | None], mapping: Mapping) -> dict[str, Cell]:
    """The cells in which a spreadsheet keeps ``row``; the word for what does not apply stays as it is."""
    kept = {
        column: _KEPT[family]
        for rule in mapping.fields.values()
        for column in rule.reads
        if (family := _first(rule.transform).partition(":")[0]) in _KEPT
    }
    return {
        column: kept[column](text) if text and column in kept and text not in mapping.not_applicable else text
        for column, text in row.items()
    }


def headings(mapping: Mapping, month: str) -> dict[str, str]:
    """Column -> how it is headed. Who makes the export changes every other month, and spells otherwise."""
    odd = int(month[-2:]) % 2
    spelt = {column: spellings[0] for column, spellings in mapping.drop.spellings.items() if odd}
    return {column: spelt.get(column, column) for column in (*mapping.columns, *mapping.ignored)}


def titles(mapping: Mapping, month: str) -> list[str]:
    """What stands in the lines above the headings."""
    return [f"{TITLE} {month}"] * (mapping.drop.header_line - 1)


def _first(transform: str | tuple[str, ...]) -> str:
    return transform if isinstance(transform, str) else transform[0]
