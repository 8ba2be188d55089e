"""What can be wrong with a mapping whose single entries are well formed: checks against kind and contract.

Each function returns faults as text, none when all is well, so that a mapping reports all of them at once.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from amanah.sources import transforms
from amanah.sources.field_rule import FieldRule
from schemas.streams import Stream

_PLACES = {"sql": "table", "rest": "endpoint", "csv": "pattern"}


def place_faults(kind: str, given: Mapping[str, str | None]) -> list[str]:
    """A source of ``kind`` needs its own place (table, endpoint or pattern) and no other's."""
    needed = _PLACES[kind]
    faults = [f"{place}: not for a {kind} source" for place, value in given.items() if value and place != needed]
    return faults if given[needed] else [*faults, f"{needed}: needed by a {kind} source"]


def rule_faults(stream: Stream, rules: Mapping[str, FieldRule]) -> list[str]:
    """Every rule must serve a field of the contract, and every field the contract requires must have one."""
    faults = [
        f"fields.{name}: {stream.schema_id} requires it"
        for name, field in stream.model.model_fields.items()
        if field.is_required() and name not in rules
    ]
    for name, rule in rules.items():
        if name not in stream.fields:
            faults.append(f"fields.{name}: no such field in {stream.schema_id}")
        else:
            faults += [f"fields.{name}: {fault}" for fault in _one_rule(stream, name, rule)]
    return faults


def _one_rule(stream: Stream, name: str, rule: FieldRule) -> list[str]:
    if (rule.column is None) == (rule.constant is None):
        return ["needs either a column or a constant"]
    if rule.codes is not None and (rule.constant is not None or rule.transform != "strip"):
        return ["codes stand with a column only, without a transform"]
    if rule.constant is not None:
        return _outside(stream, name, [rule.constant])
    if rule.codes is not None:
        return _outside(stream, name, list(rule.codes.values()))
    try:
        gives = transforms.named(rule.transform).gives
    except ValueError as error:
        return [str(error)]
    wanted = stream.python_type(name)
    return [] if gives == wanted else [f"transform {rule.transform} gives {_word(gives)}, not {_word(wanted)}"]


def _outside(stream: Stream, name: str, values: Sequence[str]) -> list[str]:
    field = stream.model.model_fields[name]
    annotated: Any = Annotated[field.annotation, *field.metadata]
    contract: TypeAdapter[Any] = TypeAdapter(annotated)
    faults = []
    for value in dict.fromkeys(values):
        try:
            contract.validate_python(value, strict=True)
        except ValidationError:
            faults.append(f"{value!r} is not a value of {stream.schema_id}.{name}")
    return faults


def _word(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) and kind is not list else str(kind)
