"""An edition that was written: its files, what they tell, and what was counted for it."""

import csv
from pathlib import Path
from typing import NamedTuple

from frozen import AGREEMENT

from reports import Edition, evaluate
from reports.publication import Publication


class Written(NamedTuple):
    """One edition: the snapshot it came from, its files, its numbers and its English page."""

    snapshot: Path
    edition: Edition
    publication: Publication
    html: str

    def exact(self, indicator: str) -> dict[str, dict[str, int | None]]:
        """A figure as it was counted, before disclosure control: row -> column -> count."""
        table: dict[str, dict[str, int | None]] = {}
        for line in csv.DictReader(self.edition.restricted.splitlines()):
            if line["indicator"] == indicator:
                table.setdefault(line["row"], {})[line["column"]] = int(line["value"]) if line["value"] else None
        return table


def write(frozen, folder: Path) -> Written:
    snapshot = frozen.write(folder / "snapshot")
    edition = evaluate(snapshot, AGREEMENT, folder / "out", AGREEMENT.report.languages)
    publication = Publication.model_validate_json(edition.publish.read_bytes())
    return Written(snapshot, edition, publication, edition.pages["en"].read_text(encoding="utf-8"))
