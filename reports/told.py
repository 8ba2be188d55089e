"""The last gate: a page tells the figures of its publication and no others, whatever its language and templates.

Two pages that tell one count differently would tell, between them, more than either.
"""

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

from reports import indicators
from reports.beside import beside
from reports.disclosure import DisclosureError
from reports.indicators import Indicator
from reports.publication import Change, Publication, Revised
from reports.words import load

_UNITS = frozenset({"count", "percent", "rate", "days", "ratio"})
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def check(page: str, publication: Publication, language: str) -> None:
    """Read the numbers back out of ``page``. Raises ``DisclosureError`` naming the figures that tell another."""
    reader = _Reader(load(language), publication.about.smallest_count)
    reader.feed(page)
    reader.close()
    catalogue = indicators.load().as_of(publication.about.catalogue_version)
    expected = {each.id.replace(".", "-"): list(_values(publication, each)) for each in catalogue.indicators}
    everything = {value for values in expected.values() for value in values}
    changes = publication.revision.changes if publication.revision is not None else ()
    changed: tuple[Change | Revised, ...] = (*publication.revised, *changes)
    everything |= {cell.value for each in changed for cell in (each.before, each.after) if cell is not None}
    faults = [
        f"{figure} in {language}: its table tells other values than publish.json"
        for figure, values in expected.items()
        if reader.in_tables.get(figure, []) != values
    ]
    faults += [
        f"{figure or 'headlines'} in {language}: its text or chart tells a value that publish.json has not"
        for figure, values in reader.elsewhere.items()
        if not set(values) <= ({*expected.get(figure, ()), None} if figure in expected else {*everything, None})
    ]
    if faults:
        named = "\n".join(f"  {fault}" for fault in faults)
        raise DisclosureError(f"not published: the page is not its publication; mend its template\n{named}")


def _values(publication: Publication, indicator: Indicator) -> Iterator[float | None]:
    """The numbers of a figure's tables in the order of the page: its own, then those beside earlier quarters."""
    figure = publication.figure(indicator.id)
    for cells in [*(row.cells for row in figure.rows), *([figure.total] if figure.total is not None else [])]:
        for column, cell in zip(figure.columns, cells, strict=True):
            if column.unit in _UNITS:
                yield cell.value
    compared = beside(publication, indicator)
    for line in compared.lines if compared else ():
        yield from (cell.value for cell in line.cells)


class _Reader(HTMLParser):
    """The numbers of a page: those of each figure's table in order, and those of its sentences and its drawing."""

    def __init__(self, locale: Mapping[str, Any], smallest: int) -> None:
        super().__init__()
        self._separators = {locale["thousands"]: "", locale["decimal"]: "."}
        self._hidden = locale["marks"]["confidential"].format(smallest=smallest)
        self._figure = ""
        self._reading: list[float | None] | None = None
        self.in_tables: dict[str, list[float | None]] = {}
        self.elsewhere: dict[str, list[float | None]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note which figure begins, and where a number is to be read."""
        given = {name: value or "" for name, value in attrs}
        classes = given.get("class", "").split()
        if tag == "figure":
            self._figure = given["id"]
        elif tag == "td" and self._figure and _UNITS.intersection(classes):
            self._reading = self.in_tables.setdefault(self._figure, [])
        elif (tag in ("b", "td") and _UNITS.intersection(classes)) or (tag == "text" and "value" in classes):
            self._reading = self.elsewhere.setdefault(self._figure, [])

    def handle_data(self, data: str) -> None:
        """Read a number; ``None`` where it is hidden or there is none."""
        if self._reading is not None:
            self._reading.append(self._number(data))
            self._reading = None

    def handle_endtag(self, tag: str) -> None:
        """Note that a figure ends."""
        if tag == "figure":
            self._figure = ""

    def _number(self, text: str) -> float | None:
        if text == self._hidden:
            return None
        plain = "".join(self._separators.get(character, character) for character in text)
        found = _NUMBER.search(plain)
        return float(found[0]) if found else None
