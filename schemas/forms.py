"""The same record in its other forms: Arrow for Parquet parts, JSON Schema for everyone else.

Derived from the pydantic model, so that there is one truth.
"""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import BaseModel

from schemas.envelope import Manifest, StatusMessage
from schemas.streams import STREAMS, Stream

PUBLISHED = Path(__file__).parent / "published"

_ARROW: dict[Any, pa.DataType] = {
    str: pa.string(),
    date: pa.date32(),
    Decimal: pa.decimal128(12, 2),
    list[str]: pa.list_(pa.string()),
}


def arrow_type(stream: Stream, field: str) -> pa.DataType:
    """The Arrow type of ``field``."""
    return _ARROW[stream.python_type(field)]


def arrow_schema(stream: Stream, fields: tuple[str, ...] | None = None) -> pa.Schema:
    """The Arrow schema of ``fields`` of ``stream`` (all of them when not given), in that order."""
    return pa.schema([(field, arrow_type(stream, field)) for field in fields or stream.fields])


def json_schema(model: type[BaseModel], schema_id: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) published for ``model``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:amanah:{schema_id}",
        **model.model_json_schema(mode="validation"),
    }


def published() -> dict[str, str]:
    """Every published file: name to content, as they must stand under ``schemas/published/``."""
    models: dict[str, type[BaseModel]] = {stream.schema_id: stream.model for stream in STREAMS.values()}
    models |= {"manifest/1": Manifest, "status/1": StatusMessage}
    return {
        f"{schema_id.replace('/', '-')}.schema.json": json.dumps(json_schema(model, schema_id), indent=2) + "\n"
        for schema_id, model in models.items()
    }


def publish() -> None:
    """Write the published JSON Schemas."""
    PUBLISHED.mkdir(exist_ok=True)
    for name, content in published().items():
        (PUBLISHED / name).write_text(content, encoding="utf-8")
