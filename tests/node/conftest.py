"""Ministries' systems as small files, and the two nodes that read them."""

import csv
from datetime import date
from decimal import Decimal

import pytest
import yaml
from ministry import Ministry

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


def _rule(stream, field):
    """A source that already speaks the contract's words, in text."""
    named = TRANSFORMS.get(STREAMS[stream].python_type(field))
    return {"column": field, "transform": named} if named else field


@pytest.fixture
def office(tmp_path):
    """An office that drops one CSV file a month: how a node reaches it, and how its file is laid down."""

    class Office:
        def __init__(self, party, stream, name=None, fields=None):
            self.name, self.stream = name or f"{stream}_office", stream
            self.drop = tmp_path / "offices" / party / self.name
            self.drop.mkdir(parents=True)
            self._mapping = self.drop.parent / f"{self.name}.yaml"
            self._mapping.write_text(
                yaml.safe_dump(
                    {
                        "name": self.name,
                        "kind": "csv",
                        "stream": stream,
                        "pattern": "export_{month}.csv",
                        "key": "record_ref",
                        "updated_at": "changed",
                        "fields": {field: _rule(stream, field) for field in fields or FIELDS[stream]},
                        "ignored": [field for field in FIELDS[stream] if fields and field not in fields],
                    }
                ),
                encoding="utf-8",
            )

        @property
        def settings(self):
            return SourceSettings(mapping=self._mapping, url=str(self.drop))

        def lay(self, month, *held):
            with (self.drop / f"export_{month}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, ["changed", *FIELDS[self.stream]])
                writer.writeheader()
                writer.writerows({"changed": f"{month}-15T08:00:00Z", **record} for record in held)

    return Office


@pytest.fixture
def ministry(database, agreement, tmp_path):
    """Indonesia's systems: two registers, the embassy and the foreign ministry's registrations."""
    return Ministry(database, agreement, tmp_path)
