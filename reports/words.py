"""Words and number formats: what a code, a cell or a quarter is called in one language.

What a code is called stands in ``locales/<language>.yaml``; the sentences of the page are in its templates in English,
and in ``locales/<language>/LC_MESSAGES/report.po`` in every other language.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from babel.core import get_global
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from hijridate import Gregorian

from reports.figure import CONFIDENTIAL, TOTAL, WITHHELD, Cell, Column, Row, Unit
from reports.indicators import Indicator
from reports.publication import About, Change, Revised
from reports.quarter import Quarter
from schemas import codelists
from schemas.dictionary.called import label
from schemas.streams import STREAMS
from schemas.values import amount_text

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "report"
WRITTEN_IN = "en"  # the templates' own language


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


def messages_file(language: str) -> Path:
    """Where the sentences of ``language`` stand."""
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def messages(language: str) -> NullTranslations:
    """The sentences of ``language``, read from its ``.po`` file: nothing compiled is kept that could lag behind."""
    if language == WRITTEN_IN:
        return NullTranslations()
    with messages_file(language).open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, DOMAIN)


class Words:
    """Speaks one language about one edition."""

    def __init__(self, locale: Mapping[str, Any], about: About) -> None:
        self._locale = locale
        self._about = about
        self.language: str = locale["language"]
        self.direction: str = locale["direction"]
        self.time_runs: str = locale["time_runs"]
        self.room_for_tags: int = locale["room_for_tags"]
        self.comma: str = locale["comma"]
        self.semicolon: str = locale["semicolon"]
        self.revised: str = locale["revised"]

    def text(self, by_language: Mapping[str, str]) -> str:
        """The text in this language, in English when there is none."""
        return by_language.get(self.language, by_language["en"])

    def country(self, code: str) -> str:
        """What the country of a party, an ISO 3166-1 alpha-3 code, is called by the CLDR."""
        short = get_global("territory_aliases")[code][0]
        return str(Locale(self.language).territories[short])

    def code(self, code: str, indicator: Indicator | None = None) -> str:
        """What ``code`` is called: by the indicator's code list, the edition's parties, or the locale.

        ``a/b`` is called by its parts; an unknown code is returned as it is.
        """
        listed = codelists.load(indicator.codelist).labels if indicator and indicator.codelist else {}
        if code in listed:
            return str(listed[code].get(self.language, code))
        if "/" in code:
            return str(self._locale["comma"]).join(self.code(part, indicator) for part in code.split("/"))
        if code.startswith("missing_at_"):
            return str(self._locale["not_in_records_of"]).format(country=self.country(code[len("missing_at_") :]))
        if code in self._about.parties:
            return self.country(code)
        if code in self._locale["words"]:
            return str(self._locale["words"][code])
        return self.field(code, indicator.stream) if indicator and indicator.stream else code

    def field(self, name: str, stream: str) -> str:
        """What a field of the stream is called in the data dictionary; the name itself when it is none."""
        return label(STREAMS[stream], name, self.language) if name in STREAMS[stream].fields else name

    def fields(self, names: Sequence[str], indicator: Indicator) -> str:
        """What these fields of the indicator's stream are called, one after the other."""
        return self.comma.join(self.field(name, indicator.stream or "") for name in names)

    def state(self, code: str) -> str:
        """What the state of an action is called."""
        return str(codelists.load("action_state").labels[code][self.language])

    def changed(self, change: Change | Revised, indicator: Indicator | None) -> tuple[str, str]:
        """What row and column of a changed cell are called; the catalogue may have its indicator no more."""
        trend = indicator is not None and indicator.form == "trend"
        row = self.quarter_short(change.row) if trend else self.code(change.row, indicator)
        return row, self.column(Column(code=change.column, unit=change.unit))

    def row(self, row: Row, indicator: Indicator) -> str:
        """What a row of the indicator's figure is called."""
        if row.pooled:
            return self.pooled(row.pooled)
        if indicator.form == "trend":
            return self.quarter_short(row.code)
        if indicator.form == "league" and row.code != TOTAL:
            return row.code
        return self.code(row.code, indicator)

    def pooled(self, count: int) -> str:
        """So many small categories taken together."""
        ngettext = messages(self.language).ngettext
        return str(ngettext("other (%(num)s category)", "other (%(num)s categories)", count)) % {"num": count}

    def column(self, column: Column) -> str:
        """What a column is called; a calendar's months by name."""
        return self.month(column.code) if column.unit == "state" else self.code(column.code)

    def cell(self, cell: Cell, unit: Unit = "count") -> str:
        """The cell in words and figures."""
        if cell.states:
            return str(self._locale["comma"]).join(self.code(state) for state in cell.states)
        if cell.value is None:
            mark = "no_package" if unit == "state" else cell.mark or "not_available"
            return str(self._locale["marks"][mark]).format(smallest=self._about.smallest_count)
        value = str(self._locale["units"][unit]).format(value=self.number(cell.value))
        return str(self._locale["marks"][cell.mark]).format(value=value) if cell.mark else value

    @property
    def confidential(self) -> str:
        """What stands where a count may not be told."""
        return self.cell(CONFIDENTIAL)

    @property
    def withheld(self) -> str:
        """What stands where a count is kept back so that no other can be found."""
        return self.cell(WITHHELD)

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

    def quarter_short(self, text: str) -> str:
        """The quarter as a label of a row or a point."""
        quarter = Quarter.parse(text)
        return str(self._locale["quarter_short"]).format(number=quarter.number, year=quarter.year)

    def days_of(self, text: str) -> str:
        """The quarter's first and last day in the Umm al-Qura calendar, which stands beside the Gregorian quarter."""
        quarter = Quarter.parse(text)
        first, last = self._hijri(quarter.first_day), self._hijri(quarter.last_day)
        return str(self._locale["from_to"]).format(first=first, last=last)

    def month(self, period: str) -> str:
        """The month ``2026-07`` by name."""
        return format_date(date.fromisoformat(f"{period}-01"), "LLLL y", self.language)

    def on_day(self, day: date) -> str:
        """The day, and the same in the Umm al-Qura calendar."""
        return f"{format_date(day, 'd MMMM y', self.language)} ({self._hijri(day)})"

    def day(self, moment: datetime) -> str:
        """The moment as day and time, UTC, and the day in the Umm al-Qura calendar."""
        gregorian = format_date(moment, "d MMMM y", self.language)
        return str(self._locale["day"]).format(gregorian=gregorian, time=f"{moment:%H:%M}", hijri=self._hijri(moment))

    def _hijri(self, day: date) -> str:
        """The day in the Umm al-Qura calendar, which Saudi offices date by."""
        hijri = Gregorian(day.year, day.month, day.day).to_hijri()
        month = self._locale["hijri_months"][hijri.month - 1]
        return str(self._locale["hijri"]).format(day=hijri.day, month=month, year=hijri.year)
