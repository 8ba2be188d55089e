"""The same record in its other forms: Arrow for Parquet parts, JSON Schema for everyone else.

Derived from the pydantic model, so that there is one truth.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pydantic import BaseModel

from schemas.record import Record
from schemas.rules import Rule
from schemas.streams import Stream
from schemas.values import DECIMALS, FORBIDDEN, MOST_DIGITS

RULES = "x-amanah-rules"

# One line of text as it is written: nothing invisible in it, no blanks around it.
_FORBIDDEN = "".join(sign if sign == "-" else f"\\u{ord(sign):04x}" for sign in FORBIDDEN)
PLAIN_TEXT = rf"^[^{_FORBIDDEN}\s]([^{_FORBIDDEN}]*[^{_FORBIDDEN}\s])?$"

_ARROW: dict[Any, pa.DataType] = {
    str: pa.string(),
    date: pa.date32(),
    Decimal: pa.decimal128(MOST_DIGITS, DECIMALS),
    int: pa.int32(),
    list[str]: pa.list_(pa.string()),
    list[date]: pa.list_(pa.date32()),
}


def arrow_type(stream: Stream, field: str) -> pa.DataType:
    """The Arrow type of ``field``."""
    return _ARROW[stream.python_type(field)]


def arrow_schema(stream: Stream, fields: tuple[str, ...] | None = None) -> pa.Schema:
    """The Arrow schema of ``fields`` of ``stream`` (all of them when not given), in that order."""
    return pa.schema([(field, arrow_type(stream, field)) for field in fields or stream.fields])


def json_schema(model: type[BaseModel], schema_id: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) published for ``model``.

    That of a record also says which code list a field is from, and under ``x-amanah-rules`` what holds between fields.
    """
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:amanah:{schema_id}",
        **model.model_json_schema(mode="validation"),
    }
    return _of_record(schema, model, schema_id) if issubclass(model, Record) else schema


def _of_record(schema: dict[str, Any], model: type[Record], schema_id: str) -> dict[str, Any]:
    name, _, version = schema_id.partition("/")
    stream = Stream(name, int(version), model)
    for field, form in schema["properties"].items():
        for option in form.get("anyOf", [form]):
            _refuse_what_is_no_text(option.get("items", option))
        if code_list := stream.code_list(field):
            form["code_list"] = code_list
    return {**schema, RULES: [_rule(rule) for rule in stream.rules]}


def _refuse_what_is_no_text(form: dict[str, Any]) -> None:
    if form["type"] == "string" and not form.keys() & {"pattern", "enum"}:
        form["pattern"] = PLAIN_TEXT


def _rule(rule: Rule) -> Mapping[str, Any]:
    """The rule as data; which fields are optional, the schema says already."""
    parameters = asdict(rule)  # type: ignore[call-overload] # every rule is a dataclass
    said = {name: value for name, value in parameters.items() if isinstance(value, str | bool)}
    return {**said, "rule": type(rule).__name__, "at": rule.at, "message": rule.message}
