"""Offices of a ministry as small files: one CSV a month, in the contract's own words."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import yaml
from builders import Record

from amanah.node.settings import SourceSettings
from schemas.streams import STREAMS

FIELDS = {stream.name: stream.fields for stream in STREAMS.values()}
TRANSFORMS = {
    date: "date_iso",
    Decimal: "decimal",
    int: "int",
    list[str]: "list_semicolon",
    list[date]: ["list_semicolon", "date_iso"],
}


class Office:
    """An office below ``folder`` that drops one CSV file a month."""

    def __init__(
        self, folder: Path, party: str, stream: str, name: str | None = None, fields: tuple[str, ...] | None = None
    ) -> None:
        self.name, self.stream = name or f"{stream}_office", stream
        self.drop = folder / party / self.name
        self.drop.mkdir(parents=True)
        self._mapping = self.drop.parent / f"{self.name}.yaml"
        content = {
            "name": self.name,
            "kind": "csv",
            "stream": stream,
            "pattern": "export_{month}.csv",
            "key": "record_ref",
            "updated_at": "changed",
            "fields": {field: _rule(stream, field) for field in fields or FIELDS[stream]},
            "ignored": [field for field in FIELDS[stream] if fields and field not in fields],
        }
        self._mapping.write_text(yaml.safe_dump(content), encoding="utf-8")

    @property
    def settings(self) -> SourceSettings:
        """How a node reaches it."""
        return SourceSettings(mapping=self._mapping, url=str(self.drop))

    def lay(self, month: str, *held: Record) -> None:
        """Lay down the file of ``month``."""
        with (self.drop / f"export_{month}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["changed", *FIELDS[self.stream]])
            writer.writeheader()
            writer.writerows({"changed": f"{month}-15T08:00:00Z", **record} for record in held)


def _rule(stream: str, field: str) -> object:
    """A source that already speaks the contract's words, in text."""
    named = TRANSFORMS.get(STREAMS[stream].python_type(field))
    return {"column": field, "transform": named} if named else field
