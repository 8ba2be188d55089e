"""What a model asks of each field, read from its annotations as data.

Only what is known here is read. A field that asks for anything else has no terms, and every record that fills it is
left to pydantic: a new kind of constraint costs time until it is taught here, and is never passed over.
"""

import types
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, is_dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Union, get_args, get_origin

from annotated_types import BaseMetadata
from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic.fields import FieldInfo

from schemas import codelists, values
from schemas.record import Record
from schemas.values import InList

_READERS: dict[Any, type] = {
    values._day: date,
    values._amount: Decimal,
    values._in_thousandths: Decimal,
    values._whole: int,
}
_NAMES = {
    "ge": "least",
    "le": "most",
    "min_length": "shortest",
    "max_length": "longest",
    "pattern": "patterns",
    "max_digits": "max_digits",
    "decimal_places": "decimal_places",
}
_SETTINGS = {"extra", "str_strip_whitespace", "frozen", "hide_input_in_errors", "title"}


@dataclass(frozen=True)
class Terms:
    """What one value keeps to: ``least`` and ``most`` bound a value, ``shortest`` and ``longest`` a text or list."""

    kind: type
    least: Any = None
    most: Any = None
    shortest: int | None = None
    longest: int | None = None
    patterns: tuple[str, ...] = ()
    codes: frozenset[str] | None = None
    max_digits: int | None = None
    decimal_places: int | None = None
    items: "Terms | None" = None


class _UnknownTerm(Exception):
    """A field asks for something that is not known here."""


def of_model(model: type[Record]) -> dict[str, Terms | None]:
    """The terms of every field of ``model``; None for one that asks for something not known here."""
    if not _is_plain_record(model):
        return dict.fromkeys(model.model_fields)
    watched = _watched(model)
    return {name: None if name in watched else _of_field(info) for name, info in model.model_fields.items()}


def _is_plain_record(model: type[Record]) -> bool:
    """Whether the rules are all that looks at a whole record, and its settings are those known here."""
    made = model.__pydantic_decorators__
    others = (made.validators, made.root_validators)
    return set(made.model_validators) == {"_rules_hold"} and not any(others) and set(model.model_config) <= _SETTINGS


def _watched(model: type[Record]) -> set[str]:
    """The fields with a validator of their own that is not one of the model's ``checks``."""
    checked = {f"_{check.field}_looks_right" for check in model.checks}
    found = model.__pydantic_decorators__.field_validators
    return {
        field
        for name, validator in found.items()
        if name not in checked | {"_plain_text"}
        for field in (model.model_fields if "*" in validator.info.fields else validator.info.fields)
    }


def _of_field(info: FieldInfo) -> Terms | None:
    try:
        return _of(info.annotation, info.metadata)
    except _UnknownTerm:
        return None


def _of(annotation: Any, beside: Iterable[Any]) -> Terms:
    """The terms of ``annotation`` with what is written ``beside`` it."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _of(parts[0], [*parts[1:], *beside])
    if origin in (Union, types.UnionType):
        present = [part for part in parts if part is not type(None)]
        if len(present) != 1:
            raise _UnknownTerm
        return _of(present[0], beside)
    if origin is list:
        return _with(Terms(list, items=_of(parts[0], [])), beside)
    if annotation not in (str, date, Decimal, int):
        raise _UnknownTerm
    return _with(Terms(annotation), beside)


def _with(terms: Terms, beside: Iterable[Any]) -> Terms:
    for marker in _flat(beside):
        terms = _with_one(terms, marker)
    return terms


def _flat(beside: Iterable[Any]) -> Iterator[Any]:
    for marker in beside:
        if isinstance(marker, FieldInfo):
            yield from _flat(marker.metadata)
        else:
            yield marker


def _with_one(terms: Terms, marker: Any) -> Terms:
    if isinstance(marker, InList):
        return _tightened(terms, "codes", frozenset(codelists.load(marker.name).codes))
    if isinstance(marker, BeforeValidator | AfterValidator):
        if _READERS.get(marker.func) is not terms.kind:
            raise _UnknownTerm
        return terms
    if isinstance(marker, WithJsonSchema | PlainSerializer):  # say how a value is described and written
        return terms
    if not isinstance(marker, BaseMetadata):
        raise _UnknownTerm
    for name, bound in (asdict(marker) if is_dataclass(marker) else vars(marker)).items():
        if name not in _NAMES:
            raise _UnknownTerm
        terms = _tightened(terms, _NAMES[name], bound)
    return terms


def _tightened(terms: Terms, name: str, bound: Any) -> Terms:
    """The terms with one more; a second bound of the same name is more than is known here."""
    if name == "patterns":
        return replace(terms, patterns=(*terms.patterns, bound))
    if getattr(terms, name) is not None:
        raise _UnknownTerm
    return replace(terms, **{name: bound})
