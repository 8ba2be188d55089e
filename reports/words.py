"""Words and number formats: what a code, a cell or a quarter is called in one language."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from reports.figure import CONFIDENTIAL, Cell, Column, Row, Unit
from reports.indicators import Indicator
from reports.publication import About
from reports.quarter import Quarter
from schemas import codelists
from schemas.values import amount_text

LOCALES = Path(__file__).parent / "locales"


class LanguageError(ValueError):
    """There are no words for a language; the text names those there are."""


@cache
def load(language: str) -> Mapping[str, Any]:
    """The words of ``language``. Raises ``LanguageError`` when there are none."""
    known = {path.stem: path for path in sorted(LOCALES.glob("*.yaml"))}
    if language not in known:
        raise LanguageError(f"no page in {language!r} yet; there is one in {', '.join(known)}")
    found: Mapping[str, Any] = yaml.safe_load(known[language].read_text(encoding="utf-8"))
    return {**found, "language": language}


class Words:
    """Speaks one language about one edition."""

    def __init__(self, locale: Mapping[str, Any], about: About) -> None:
        self._locale = locale
        self._about = about
        self.language: str = locale["language"]
        self.direction: str = locale["direction"]

    def text(self, by_language: Mapping[str, str]) -> str:
        """The text in this language, in English when there is none."""
        return by_language.get(self.language, by_language["en"])

    def country(self, code: str) -> str:
        """What a party's country is called; its code when there is no word."""
        return str(self._locale["countries"].get(code, code))

    def code(self, code: str, indicator: Indicator | None = None) -> str:
        """What ``code`` is called: by the indicator's code list, the edition's parties, or the locale.

        ``a/b`` is called by its parts; an unknown code is returned as it is.
        """
        listed = codelists.load(indicator.codelist).labels if indicator and indicator.codelist else {}
        if code in listed:
            return str(listed[code].get(self.language, code))
        if "/" in code:
            return ", ".join(self.code(part, indicator) for part in code.split("/"))
        if code.startswith("missing_at_"):
            return str(self._locale["not_in_records_of"]).format(country=self.country(code[len("missing_at_") :]))
        if code in self._about.parties:
            return self.country(code)
        return str(self._locale["words"].get(code, code))

    def row(self, row: Row, indicator: Indicator) -> str:
        """What a row of the indicator's figure is called."""
        if row.pooled:
            return str(self._locale["pooled"]).format(count=row.pooled)
        return self.code(row.code, indicator)

    def column(self, column: Column) -> str:
        """What a column is called; a calendar's months by name."""
        if column.unit == "state":
            year, month = column.code.split("-")
            return f"{self._locale['months'][int(month) - 1]} {year}"
        return self.code(column.code)

    def cell(self, cell: Cell, unit: Unit = "count") -> str:
        """The cell in words and figures."""
        if cell.states:
            return ", ".join(self.code(state) for state in cell.states)
        if cell.value is None:
            mark = "no_package" if unit == "state" else cell.mark or "not_available"
            return str(self._locale["marks"][mark]).format(smallest=self._about.smallest_count)
        value = str(self._locale["units"][unit]).format(value=self.number(cell.value))
        return str(self._locale["marks"][cell.mark]).format(value=value) if cell.mark else value

    @property
    def confidential(self) -> str:
        """What stands where a count may not be told."""
        return self.cell(CONFIDENTIAL)

    def number(self, value: float) -> str:
        """A number with this language's separators; one decimal for what is not a count."""
        plain = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
        return self._separated(plain)

    def _separated(self, plain: str) -> str:
        separators = {",": self._locale["thousands"], ".": self._locale["decimal"]}
        return "".join(separators.get(character, character) for character in plain)

    def amount(self, value: Decimal) -> str:
        """An amount of money, with decimals only where it has any."""
        plain = f"{int(value):,}" if value == int(value) else f"{Decimal(amount_text(value)):,}"
        return self._separated(plain)

    def quarter(self, text: str) -> str:
        """The quarter in words."""
        quarter = Quarter.parse(text)
        number = self._locale["numbers_of_quarters"][quarter.number - 1]
        return str(self._locale["quarter"]).format(number=number, year=quarter.year)

    def day(self, moment: datetime) -> str:
        """The moment as day and time, UTC."""
        return f"{moment.day} {self._locale['months'][moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"
