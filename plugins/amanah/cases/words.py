"""The words of a mail in one language: texts, counts in their right form, days, and what codes are called.

One file per language in ``locales/``, all with the same keys. What classes, states and actions are called stands in the
code lists, what fields are called in the data dictionary; neither is written here again.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from babel.dates import format_date
from hijridate import Gregorian
from markupsafe import Markup, escape

from schemas import codelists
from schemas.dictionary.called import label
from schemas.streams import STREAMS

COUNTED_DAYS = 60  # working days late; of more nobody wants the number
LOCALES = Path(__file__).parent / "locales"
_OF_A_FIELD = ("field", "duplicate")
_FIRST_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


@cache
def load(language: str, folder: Path = LOCALES) -> Mapping[str, Any]:
    """The words of ``language`` in ``folder``."""
    found: Mapping[str, Any] = yaml.safe_load((folder / f"{language}.yaml").read_text(encoding="utf-8"))
    return found


class Words:
    """Speaks one language, in plain text or in HTML; a template calls it for a text: ``w("digest.heading")``.

    ``own`` is a folder of more words, for who speaks of other things too.
    """

    def __init__(self, language: str, *, html: bool, own: Path | None = None) -> None:
        self.language = language
        self._html = html
        self._locale = load(language) if own is None else {**load(language), **load(language, own)}
        self.direction: str = self._locale["direction"]
        self.start, self.end = ("left", "right") if self.direction == "ltr" else ("right", "left")

    def __call__(self, key: str, **values: object) -> str:
        """The text under ``key``, a path with dots, with ``values`` in their places."""
        return self._filled(str(self._found(key)), values)

    def count(self, key: str, n: int) -> str:
        """The text for ``n`` things, in the form that the language has for that number."""
        forms = self._found(key)
        return self._filled(str(forms.get(Locale(self.language).plural_form(n), forms["other"])), {"n": f"{n:,}"})

    def label(self, list_name: str, code: str) -> str:
        """What ``code`` of a code list is called."""
        return self._filled("{label}", {"label": codelists.load(list_name).label(code, self.language)})

    def kind(self, klass: str, stream: str, field: str | None) -> str:
        """What a case is about: its class, and the field where the class does not say it."""
        called = self.label("discrepancy_class", klass)
        known = STREAMS.get(stream)
        if klass not in _OF_A_FIELD or field is None or known is None or field not in known.fields:
            return called
        return self("kind_of_field", kind=called, field=label(known, field, self.language))

    def day(self, day: date) -> str:
        """The Gregorian day, and in Arabic the day of the Umm al-Qura calendar beside it."""
        said = format_date(day, "d MMMM y", self.language)
        if "day" not in self._locale:
            return said
        hijri = Gregorian.fromdate(day).to_hijri()
        return self("day", gregorian=said, day=hijri.day, month=hijri.month_name("ar"), year=hijri.year)

    def month(self, period: str) -> str:
        """The month ``2026-07`` by name."""
        return format_date(date.fromisoformat(f"{period}-01"), "MMMM y", self.language)

    def late(self, days: int) -> str:
        """By how many working days a deadline was missed."""
        if days >= COUNTED_DAYS:
            return self("due.long", n=COUNTED_DAYS)
        return self.count("due.late", days)

    def left(self, days: int) -> str:
        """How many working days are left until a deadline."""
        return self.count("due.left", days) if days else self("due.today")

    def id(self, text: str) -> str:
        """A number of a case or an address: it reads from left to right whatever stands around it."""
        if self._html:
            return Markup("<bdi dir='ltr'>{}</bdi>").format(text)
        return text if self.direction == "ltr" else f"{_FIRST_ISOLATE}{text}{_END_ISOLATE}"

    def _found(self, key: str) -> Any:
        found: Any = self._locale
        for name in key.split("."):
            found = found[name]
        return found

    def _filled(self, text: str, values: Mapping[str, object]) -> str:
        return escape(text).format(**values) if self._html else text.format(**values)
