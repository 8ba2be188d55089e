"""The published folder: all that a partner needs who has nothing else of ours.

Per stream its JSON Schema, its Arrow and Parquet columns, its CSV header and examples; the envelope; the code lists.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from schemas import codelists, examples, majors, texts
from schemas.envelope import Cases, Certificate, Difference, Manifest, ResendRequest, StatusMessage
from schemas.forms import arrow_schema, json_schema
from schemas.majors import Form
from schemas.streams import STREAMS, Stream

FOLDER = Path(__file__).parent / "published"
CODE_LISTS, JSON_SCHEMA, COLUMNS = "code-lists.json", ".schema.json", ".arrow.json"

_ENVELOPE: Mapping[str, type[BaseModel]] = {
    "manifest/1": Manifest,
    "status/1": StatusMessage,
    "resend/1": ResendRequest,
    "certificate/1": Certificate,
    "difference/1": Difference,
    "cases/1": Cases,
}


def published() -> dict[str, str]:
    """Every published file: name to content, as they must stand in the folder (CSV with CRLF, as RFC 4180 has it)."""
    files = {f"{_stem(schema)}{JSON_SCHEMA}": _json(json_schema(model, schema)) for schema, model in _ENVELOPE.items()}
    for name, stream in STREAMS.items():
        for form in (majors.current(stream), *([majors.PREVIOUS[name]] if name in majors.PREVIOUS else [])):
            files |= _forms(form, _stem(form.stream.schema_id))
    return {**files, CODE_LISTS: _json({name: _code_list(name) for name in codelists.names()})}


def write(folder: Path) -> list[Path]:
    """Write every published file into ``folder``, made if absent; gives their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {folder / name: content for name, content in published().items()}
    for path, content in files.items():
        path.write_bytes(content.encode())
    return list(files)


def _forms(form: Form, stem: str) -> dict[str, str]:
    stream, records = form.stream, [form.written(record) for record in examples.RECORDS[form.stream.name]]
    texts_of_records = [[texts.to_text(record[field]) for field in stream.fields] for record in records]
    return {
        f"{stem}{JSON_SCHEMA}": _json(json_schema(stream.model, stream.schema_id)),
        f"{stem}{COLUMNS}": _json({"schema": stream.schema_id, "columns": _columns(stream)}),
        f"{stem}.csv": _csv([stream.fields]),
        f"{stem}.example.csv": _csv([stream.fields, *texts_of_records]),
        f"{stem}.example.ndjson": "".join(f"{_line(stream, record)}\n" for record in records),
    }


def _columns(stream: Stream) -> list[dict[str, Any]]:
    """Each column's Arrow type, and what the Parquet file made of it says; every column may hold nulls."""
    schema = arrow_schema(stream)
    sink = pa.BufferOutputStream()
    pq.write_table(schema.empty_table(), sink)
    written = pq.ParquetFile(pa.BufferReader(sink.getvalue())).schema
    return [
        {
            "name": column.name,
            "arrow": str(column.type),
            "parquet": _in_parquet(written.column(place)),
            "repeated": pa.types.is_list(column.type),
            "nullable": column.nullable,
        }
        for place, column in enumerate(schema)
    ]


def _in_parquet(column: Any) -> str:
    """The logical type; a plain number has a physical one only."""
    return str(column.physical_type if column.logical_type.type == "NONE" else column.logical_type)


def _line(stream: Stream, record: Mapping[str, Any]) -> str:
    """The record as one JSON object with every field; null is "not available"."""
    return json.dumps(stream.model.model_validate(record).model_dump(mode="json"), ensure_ascii=False)


def _code_list(name: str) -> dict[str, Any]:
    found = codelists.load(name)
    unsure = {code: {"unsure": why} for code, why in found.unsure.items()}
    return {
        "source": found.source,
        "codes": {code: {**found.labels[code], **unsure.get(code, {})} for code in found.codes},
    }


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _json(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _stem(schema_id: str) -> str:
    return schema_id.replace("/", "-")
