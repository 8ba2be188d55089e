"""The CSV drops of the synthetic offices: one file a month, as a spreadsheet program would export it."""

import csv
from collections.abc import Sequence
from pathlib import Path

from amanah.sources import Mapping

_ENCODING = "utf-8-sig"  # with a byte order mark, as spreadsheets write it


def lay(folder: Path, mapping: Mapping, month: str, rows: Sequence[dict[str, str | None]]) -> None:
    """Bring the file of ``month`` up to date with ``rows``; a month without any has a file with a header only.

    The file appears whole: it is written under another name and renamed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (mapping.pattern or "").format(month=month)
    known = _read(path, mapping) if path.exists() else {}
    known |= {str(row[mapping.key]): row for row in rows}
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding=_ENCODING, newline="") as file:
        writer = csv.DictWriter(file, (*mapping.columns, *mapping.ignored), delimiter=mapping.delimiter)
        writer.writeheader()
        writer.writerows(known[key] for key in sorted(known))
    part.replace(path)


def _read(path: Path, mapping: Mapping) -> dict[str, dict[str, str | None]]:
    with path.open(encoding=_ENCODING, newline="") as file:
        return {row[mapping.key]: dict(row) for row in csv.DictReader(file, delimiter=mapping.delimiter)}
