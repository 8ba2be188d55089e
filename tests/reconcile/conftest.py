"""What every test of reconciliation needs: the first corridor's agreement, and records written as small tables.

A table in a test is text: the first line names the columns, ``|`` parts the cells, an empty cell is "not available".
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from amanah.reconcile import Known, Outcome, Sides, protection, read_table, reconcile
from schemas.agreement import FOLDER, Agreement, load

Cells = dict[str, str]


def cells(text: str) -> list[Cells]:
    """The rows of a text table, each as column -> cell."""
    header, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


def decided(text: str) -> pa.Table | None:
    """People's decisions as a table."""
    return pa.Table.from_pylist(cells(text)) if text else None


@dataclass(frozen=True)
class Corridor:
    """Both sides' records in, the text tables' rows out; we are Indonesia and the period is September 2026."""

    agreement: Agreement
    folder: Path
    us: str = "IDN"
    period: str | None = "2026-09"

    def records(self, text: str, stream: str) -> pa.Table:
        path = self.folder / f"{stream}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
        return read_table(path, stream=stream)

    def placements(self, ours: str, theirs: str, decisions: str = "", earlier: pa.Table | None = None) -> Outcome:
        tables = (self.records(text, "placement") for text in (ours, theirs))
        known = Known(decided(decisions), earlier)
        return reconcile(
            *tables, stream="placement", agreement=self.agreement, us=self.us, period=self.period, known=known
        )

    def complaints(self, ours: str, theirs: str, placement_links: str, decisions: str = "") -> Outcome:
        tables = (self.records(text, "complaint") for text in (ours, theirs))
        return reconcile(
            *tables,
            stream="complaint",
            agreement=self.agreement,
            us=self.us,
            period=self.period,
            parents=pa.Table.from_pylist(cells(placement_links)),
            known=Known(decided(decisions)),
        )

    def protection(self, placements: tuple[str, str, str], complaints: tuple[str, str]) -> pa.Table:
        ours, theirs, links = placements
        return protection(
            Sides(
                self.records(ours, "placement"),
                self.records(theirs, "placement"),
                pa.Table.from_pylist(cells(links)),
            ),
            Sides(*(self.records(text, "complaint") for text in complaints)),
            agreement=self.agreement,
            us=self.us,
        )


def shows(table: pa.Table, expected: str) -> bool:
    """Whether ``table`` has exactly the rows of the text table, in any order, in the columns that it names."""
    wanted = cells(expected)
    columns = [column.strip() for column in expected.strip().splitlines()[0].split("|")]
    got = [{name: str(value or "") for name, value in row.items()} for row in table.select(columns).to_pylist()]

    def by_all(row: Cells) -> list[str]:
        return list(row.values())

    assert sorted(got, key=by_all) == sorted(wanted, key=by_all)
    return True


@pytest.fixture(scope="session")
def agreement() -> Agreement:
    return load(FOLDER / "idn-sau.yaml")


@pytest.fixture
def corridor(agreement: Agreement, tmp_path: Path) -> Corridor:
    return Corridor(agreement, tmp_path)


@pytest.fixture(name="shows")
def shows_fixture() -> Callable[[pa.Table, str], bool]:
    return shows
