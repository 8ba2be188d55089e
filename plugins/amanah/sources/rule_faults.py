"""What can be wrong with the rule of one field: checks against the contract."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, get_origin

from pydantic import TypeAdapter, ValidationError

from amanah.sources import transforms
from amanah.sources.field_rule import FieldRule
from schemas.streams import Stream

Found = Iterator[tuple[tuple[str, ...], str]]  # keys below "fields", text

_MANY = 2
_PARTIAL, _PRECISION = "partial:", "precision_of:"


def rule_faults(stream: Stream, rules: Mapping[str, FieldRule]) -> Found:
    """Every rule must serve a field of the contract, and every field the contract requires must have one."""
    for name, field in stream.model.model_fields.items():
        if field.is_required() and name not in rules:
            yield (name,), f"{stream.schema_id} requires it"
    for name, rule in rules.items():
        if name not in stream.fields:
            yield (name,), f"no such field in {stream.schema_id}"
            continue
        for where, text in _one_rule(stream, name, rule):
            yield (name, *where), text
        if any(step.startswith(_PARTIAL) for step in _steps(rule)):
            yield from _precision_told(name, rule, rules.get(f"{name}_precision"))


def _one_rule(stream: Stream, name: str, rule: FieldRule) -> Found:
    if sum((rule.column is not None, bool(rule.columns), rule.constant is not None)) != 1:
        yield (), "needs either a column, columns or a constant"
        return
    if bool(rule.columns) != ((rule.join is not None) != rule.first_present) or len(rule.columns) == 1:
        yield (), f"columns are {_MANY} or more, with either join or first_present"
    if rule.constant is not None:
        if rule.codes is not None or rule.transform != "strip":
            yield (), "codes and transforms stand with a column only"
        yield from _outside(stream, name, {"constant": rule.constant})
        return
    try:
        gives = transforms.named(rule.transform).gives
    except ValueError as error:
        yield ("transform",), str(error)
        return
    wanted = stream.python_type(name)
    if rule.codes is not None:
        if gives not in (str, list[str]):
            yield ("transform",), f"{_says(rule)} gives {_word(gives)}, and codes translate text"
        for where, text in _outside(stream, name, rule.codes):
            yield ("codes", *where), text
    if gives != wanted:
        yield ("transform",), f"transform {_says(rule)} gives {_word(gives)}, not {_word(wanted)}"


def _precision_told(name: str, rule: FieldRule, companion: FieldRule | None) -> Found:
    """A date of which only a part is known, taken for a whole one, would accuse somebody of a wrong date."""
    wanted = tuple(step.replace(_PARTIAL, _PRECISION) for step in _steps(rule))
    if companion is None or companion.reads != rule.reads or _steps(companion) != wanted:
        yield (
            (name, "transform"),
            f"{_PARTIAL} needs {name}_precision beside it, from the same column by {' '.join(wanted)}",
        )


def _outside(stream: Stream, name: str, values: Mapping[str, str]) -> Found:
    field = stream.model.model_fields[name]
    annotated: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    contract: TypeAdapter[Any] = TypeAdapter(annotated)
    several = get_origin(stream.python_type(name)) is list
    for key, value in values.items():
        try:
            contract.validate_python([value] if several else value)
        except ValidationError:
            yield (key,), f"{value!r} is not a value of {stream.schema_id}.{name}"


def _steps(rule: FieldRule) -> tuple[str, ...]:
    return (rule.transform,) if isinstance(rule.transform, str) else rule.transform


def _says(rule: FieldRule) -> str:
    return " ".join(_steps(rule))


def _word(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) and get_origin(kind) is None else str(kind)
