"""The drops of the synthetic offices: one file a month, as a spreadsheet program saves it, CSV or workbook."""

import csv
from collections.abc import Mapping as Columns
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from amanah.demo.ministry import workbook
from amanah.demo.ministry.spreadsheet import Cell, cells, headings, titles
from amanah.sources import Mapping

_ENCODING = "utf-8-sig"  # with a byte order mark, as spreadsheets write it


def lay(folder: Path, mapping: Mapping, month: str, rows: Sequence[dict[str, str | None]]) -> None:
    """Bring the file of ``month`` up to date with ``rows``; a month without any has a file with a header only.

    The file appears whole: it is written under another name and renamed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (mapping.pattern or "").format(month=month)
    part = path.with_name(path.name + ".part")
    read, write = (workbook.read, workbook.write) if mapping.kind == "xlsx" else (_read, _write)
    known = {str(row[mapping.key]): row for row in (read(path, mapping, month) if path.exists() else [])}
    known |= {str(row[mapping.key]): cells(row, mapping) for row in rows}
    write(part, mapping, month, [known[key] for key in sorted(known)])
    part.replace(path)


def _read(path: Path, mapping: Mapping, month: str) -> list[dict[str, Cell]]:
    columns = list(headings(mapping, month))
    with path.open(encoding=_ENCODING, newline="") as file:
        lines = islice(csv.reader(file, delimiter=mapping.delimiter), mapping.drop.header_line, None)
        return [dict(zip(columns, line, strict=True)) for line in lines]


def _write(path: Path, mapping: Mapping, month: str, rows: Sequence[Columns[str, Cell]]) -> None:
    heads = headings(mapping, month)
    with path.open("w", encoding=_ENCODING, newline="") as file:
        writer = csv.writer(file, delimiter=mapping.delimiter)
        writer.writerows([title] for title in titles(mapping, month))
        writer.writerow(heads.values())
        writer.writerows([row.get(column) for column in heads] for row in rows)
