"""A JSON Schema with its references filled in and "or null" said by one mark, so that two can be laid side by side."""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.compatibility.privacy import PROSE

_HERE = "#/$defs/"
_NULL = {"type": "null"}


def resolved(schema: Mapping[str, Any]) -> dict[str, Any]:
    """``schema`` without ``$defs``: each reference replaced by what it names, ``null`` saying whether null is allowed.

    A reference elsewhere, or into itself, stays as it is.
    """
    found: dict[str, Any] = _filled({k: v for k, v in schema.items() if k != "$defs"}, schema.get("$defs", {}), ())
    return found


def unresolved(schema: Any) -> Iterator[str]:
    """The references that stayed."""
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for below in schema.values():
            yield from unresolved(below)
    elif isinstance(schema, list):
        for below in schema:
            yield from unresolved(below)


def _filled(schema: Any, definitions: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    if isinstance(schema, list):
        return [_filled(below, definitions, within) for below in schema]
    if not isinstance(schema, Mapping) or schema == _NULL:
        return schema
    reference = str(schema.get("$ref", ""))
    name = reference.removeprefix(_HERE)
    if reference.startswith(_HERE) and name in definitions and name not in within:
        beside = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
        return _filled({**definitions[name], **beside}, definitions, (*within, name))
    return _or_null({keyword: _below(keyword, value, definitions, within) for keyword, value in schema.items()})


def _below(keyword: str, value: Any, definitions: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    if keyword == "properties" and isinstance(value, Mapping):
        return {field: _filled(form, definitions, within) for field, form in value.items()}
    return _filled(value, definitions, within)


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """``anyOf`` one form and null becomes that form with ``null: True``; any other ``anyOf`` stays."""
    options = schema.get("anyOf", [])
    forms = [option for option in options if option != _NULL]
    if len(options) == 2 and len(forms) == 1 and isinstance(forms[0], Mapping):  # noqa: PLR2004 - one form, and null
        beside = {keyword: value for keyword, value in schema.items() if keyword != "anyOf"}
        if not (forms[0].keys() & beside.keys()) - set(PROSE):
            return {**forms[0], **beside, "null": True}
    return {**schema, "null": False}
