"""``publish.json``: all that may be published of one edition. Page, CSV annex and mail are made from it alone."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from reports.disclosure.rule import Method, Rule
from reports.figure import TOTAL, Cell, Figure, Unit
from reports.meeting import Meeting
from reports.quarter import Quarter
from reports.snapshot import Missing

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run these


class _Published(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class About(_Published):
    """Which edition this is. Titles and names are by language; ``parties`` in the agreement's order."""

    agreement: str
    environment: Literal["live", "test"]
    title: Mapping[str, str]
    parties: Mapping[str, Mapping[str, str]]
    quarter: str
    previous_quarter: str
    frozen_by: str
    frozen_at: datetime
    smallest_count: int
    disclosure: Method
    minimum_wage: Decimal
    wage_currency: str
    catalogue_version: int
    version: int = 1

    @property
    def days_to_cut_off(self) -> int:
        """Days from the quarter's last day to the cut-off."""
        return (self.frozen_at.date() - Quarter.parse(self.quarter).last_day).days


class Earlier(_Published):
    """The figures of an earlier quarter as they are known now: those that may stand beside the edition's own."""

    quarter: str
    figures: tuple[Figure, ...]


class Revised(_Published):
    """A figure of an earlier quarter that its own edition told otherwise."""

    quarter: str
    indicator: str
    row: str
    column: str
    unit: Unit
    before: Cell
    after: Cell


class Provenance(_Published):
    """What it was made from: SHA-256 of the agreement, the catalogue and each snapshot file.

    ``ledger_head`` is the last entry of the freezing side's ledger at that time: noted with whoever gets the edition,
    so that a ledger written anew since is found out.
    """

    software: str
    ledger_head: str | None
    agreement_sha256: str
    catalogue_sha256: str
    snapshot: Mapping[str, str]


class Change(_Published):
    """One cell that differs between two editions; ``before`` or ``after`` is None where one does not have it."""

    indicator: str
    row: str
    column: str
    unit: Unit
    before: Cell | None
    after: Cell | None


class Revision(_Published):
    """What a later version says of the one before it: why it was made, by language, and every figure that changed."""

    of: int
    publish_sha256: str
    reason: Mapping[str, str]
    changes: tuple[Change, ...]


class Publication(_Published):
    """One edition in numbers and codes; ``revision`` is None in the first version.

    ``not_shared``: of an indicator, the fields that it needs and a side does not share; so that side is not available.
    """

    format: Literal["amanah-publish/2"] = "amanah-publish/2"
    about: About
    missing: tuple[Missing, ...]
    meeting: Meeting = Meeting()
    revision: Revision | None = None
    figures: tuple[Figure, ...]
    not_shared: Mapping[str, Mapping[str, tuple[str, ...]]]
    earlier: tuple[Earlier, ...] = ()
    revised: tuple[Revised, ...] = ()
    provenance: Provenance

    @property
    def rule(self) -> Rule:
        """The rule that its counts are told by."""
        return Rule(self.about.smallest_count, self.about.disclosure)

    def figure(self, name: str) -> Figure:
        """The figure with id ``name``. Raises ``KeyError`` when there is none."""
        found = next((figure for figure in self.figures if figure.id == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def figure_before(self, name: str) -> Figure:
        """The figure of the quarter before, as known now; one of which nothing is available where there is none."""
        of = [each.figures for each in self.earlier if each.quarter == self.about.previous_quarter]
        found = next((figure for figures in of for figure in figures if figure.id == name), None)
        return found or Figure(id=name, form=self.figure(name).form, columns=(), rows=())

    def to_json(self) -> str:
        """The content of ``publish.json``: the same bytes for the same publication."""
        return self.model_dump_json(indent=1, exclude_defaults=False) + "\n"

    def to_csv(self) -> str:
        """The CSV annex: one line per cell, with its mark where no exact value may or can be given."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["agreement", "quarter", "indicator", "row", "column", "unit", "value", "mark", "states"])
        for quarter, figures in [(self.about.quarter, self.figures), *((e.quarter, e.figures) for e in self.earlier)]:
            for figure in figures:
                totals = [(TOTAL, figure.total)] if figure.total is not None else []
                for code, cells in [*((row.code, row.cells) for row in figure.rows), *totals]:
                    for column, cell in zip(figure.columns, cells, strict=True):
                        start = [self.about.agreement, quarter, figure.id, inert(code), column.code, column.unit]
                        writer.writerow([*start, *_values(cell)])
        return text.getvalue()


def _values(cell: Cell) -> list[str]:
    value = "" if cell.value is None else str(cell.value)
    return [value, cell.mark or "", " ".join(cell.states)]


def inert(text: str) -> str:
    """The text as a cell that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
