"""A JSON Schema with its references filled in and "or null" said by one mark, so that two can be laid side by side."""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.compatibility.privacy import PROSE

_HERE = "#/$defs/"
MOST = 100_000  # pieces of a schema with its references filled in; a few thousand bytes can name a million
_NULL = {"type": "null"}


class TooLarge(ValueError):
    """With its references filled in, the schema has more pieces than any that is published."""


def resolved(schema: Mapping[str, Any]) -> dict[str, Any]:
    """``schema`` without ``$defs``: each reference replaced by what it names, ``null`` saying whether null is allowed.

    A reference elsewhere, or into itself, stays as it is.
    """
    filling = _Filling(schema.get("$defs", {}))
    found: dict[str, Any] = filling.filled({k: v for k, v in schema.items() if k != "$defs"}, ())
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


class _Filling:
    """Fills references in from the ``definitions``, as long as there is not too much to fill."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._left = MOST

    def filled(self, schema: Any, within: tuple[str, ...]) -> Any:
        """``schema`` with its references filled in; ``within`` are those that are being filled in."""
        self._left -= 1
        if self._left < 0:
            raise TooLarge
        if isinstance(schema, list):
            return [self.filled(below, within) for below in schema]
        if not isinstance(schema, Mapping) or schema == _NULL:
            return schema
        reference = str(schema.get("$ref", ""))
        name = reference.removeprefix(_HERE)
        named = self._definitions.get(name) if reference.startswith(_HERE) and name not in within else None
        if isinstance(named, Mapping):
            beside = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
            return self.filled({**named, **beside}, (*within, name))
        return _or_null({keyword: self._below(keyword, value, within) for keyword, value in schema.items()})

    def _below(self, keyword: str, value: Any, within: tuple[str, ...]) -> Any:
        if keyword == "properties" and isinstance(value, Mapping):
            return {field: self.filled(form, within) for field, form in value.items()}
        return self.filled(value, within)


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """``anyOf`` one form and null becomes that form with ``null: True``; any other ``anyOf`` stays."""
    options = schema.get("anyOf", [])
    forms = [option for option in options if option != _NULL]
    if len(options) == 2 and len(forms) == 1 and isinstance(forms[0], Mapping):  # noqa: PLR2004 - one form, and null
        beside = {keyword: value for keyword, value in schema.items() if keyword != "anyOf"}
        if not (forms[0].keys() & beside.keys()) - set(PROSE):
            return {**forms[0], **beside, "null": True}
    return {**schema, "null": False}
