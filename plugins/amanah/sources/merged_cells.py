"""Merged cells among the records of a sheet: the file has the value in the first of them only, the others lose it."""

from typing import Any

from openpyxl.utils import range_boundaries
from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from amanah.sources.errors import SourceError
from amanah.sources.workbook import sound

_MERGED = f"{{{SHEET_MAIN_NS}}}mergeCell"


def refuse_merged(sheet: Any, header_line: int, where: str) -> None:
    """Raise ``SourceError`` when cells below the header are merged; titles above it may be."""
    with sound(where), sheet._get_source() as source:  # openpyxl tells of no merged cells while it streams
        for _, element in iterparse(source):
            if element.tag == _MERGED:
                place = element.get("ref")
                *_, last = range_boundaries(place)
                if last is None or last > header_line:
                    raise SourceError(
                        f"{where} sheet {sheet.title}: cells {place} are merged, so only the first of them has a "
                        "value; split them and write the value into each"
                    )
            element.clear()
