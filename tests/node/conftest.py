"""Ministries' systems as small files, and the two nodes that read them."""

import csv

import pytest
import yaml

from amanah.node.settings import SourceSettings
from schemas.streams import STREAMS

FIELDS = {stream.name: stream.fields for stream in STREAMS.values()}
TRANSFORMS = {"date": "date_iso", "Decimal": "decimal"}


def _rule(stream, field):
    """A source that already speaks the contract's words, in text."""
    kind = STREAMS[stream].python_type(field)
    named = "list_semicolon" if kind == list[str] else TRANSFORMS.get(kind.__name__)
    return {"column": field, "transform": named} if named else field


@pytest.fixture
def office(tmp_path):
    """An office that drops one CSV file a month: how a node reaches it, and how its file is laid down."""

    class Office:
        def __init__(self, party, stream):
            self.name, self.stream = f"{stream}_office", stream
            self.drop = tmp_path / "offices" / party / stream
            self.drop.mkdir(parents=True)
            self._mapping = self.drop.parent / f"{stream}.yaml"
            self._mapping.write_text(
                yaml.safe_dump(
                    {
                        "name": self.name,
                        "kind": "csv",
                        "stream": stream,
                        "pattern": "export_{month}.csv",
                        "key": "record_ref",
                        "updated_at": "changed",
                        "fields": {field: _rule(stream, field) for field in FIELDS[stream]},
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
