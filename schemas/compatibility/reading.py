"""Reading what is to be compared: JSON that means one thing, in the form that ``amanah schema export`` gives it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.forms import RULES

LARGEST = 4 * 2**20  # bytes; the largest form there is has 60,000

_FORMS: Mapping[str, type] = {
    "$defs": dict,
    "properties": dict,
    "required": list,
    "enum": list,
    "anyOf": list,
    "purposes": list,
    RULES: list,
}
_NUMBERS = (
    "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "maxLength", "minLength", "maxItems", "minItems",
)  # fmt: skip


class NotPublished(ValueError):
    """What is to be compared is no published form; the text names the file and what was expected."""


def read_json(path: Path) -> dict[str, Any]:
    """The one object in the file ``path``. Raises ``NotPublished`` when it is anything else."""
    if path.stat().st_size > LARGEST:
        raise NotPublished(f"{path}: larger than {LARGEST:,} bytes, which no published form is")
    try:
        content = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once_each, parse_constant=_no_number)
    except RecursionError:
        raise NotPublished(f"{path}: nested more deeply than any published form") from None
    except ValueError as error:
        raise NotPublished(f"{path}: not readable as JSON: {error}") from error
    if not isinstance(content, dict):
        raise NotPublished(f"{path}: expected one JSON object")
    return content


def check_form(schema: Any, where: str = "the form") -> None:
    """Raise ``TypeError`` naming the place where a keyword of the JSON Schema ``schema`` holds what it cannot hold."""
    if not isinstance(schema, dict):
        return
    for keyword, kind in _FORMS.items():
        if keyword in schema and not isinstance(schema[keyword], kind):
            raise TypeError(f"{keyword!r} of {where} is no {'list' if kind is list else 'mapping'}")
    for keyword in _NUMBERS:
        if isinstance(schema.get(keyword, 0), bool) or not isinstance(schema.get(keyword, 0), int | float):
            raise TypeError(f"{keyword!r} of {where} is no number")
    for named in ("$defs", "properties"):
        for name, below in schema.get(named, {}).items():
            check_form(below, name)
    for below in (schema.get("items"), *schema.get("anyOf", ())):
        check_form(below, where)


def _once_each(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member stands twice in one object")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
