"""The clauses of an agreement as tables, from the model's own descriptions, for ``agreement.md``."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel

from schemas.agreement import Agreement

NOT_WRITTEN = "sha256"
TOP = "The whole"
PLAIN = {
    "str": "text",
    "int": "number",
    "Decimal": "amount",
    "date": "date",
    "Purpose": "purpose",
    "Fraction": "fraction",
}


def clause_tables() -> str:
    """Every clause in Markdown: one table for the top and one for each clause below it, in the model's order."""
    return "\n".join(_tables(TOP, Agreement, set())).rstrip()


def _tables(title: str, model: type[BaseModel], written: set[type[BaseModel]]) -> Iterator[str]:
    if model in written:
        return
    written.add(model)
    yield f"### {title}\n\n| entry | holds | | meaning |\n|---|---|---|---|"
    below: list[tuple[str, type[BaseModel]]] = []
    for name, info in model.model_fields.items():
        if name == NOT_WRITTEN:
            continue
        entry = info.alias or name
        yield f"| `{entry}` | {_words(info.annotation)} | {'required' * info.is_required()} | {info.description} |"
        nested = _clause(info.annotation)
        if nested is not None:
            below.append((entry if title == TOP else f"{title}, {entry}", nested))
    yield ""
    for where, nested in below:
        yield from _tables(where, nested, written)


def _clause(annotation: Any) -> type[BaseModel] | None:
    """The clause that an annotation holds, alone, in a list or in a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _clause(part)) is not None), None)


def _words(annotation: Any) -> str:
    """What an entry holds: ``list of text``, ``date → text``."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in parts)
    if origin is tuple:
        return f"list of {_words(parts[0])}"
    if origin is Mapping:
        return f"{_words(parts[0])} → {_words(parts[1])}"
    if origin is Annotated or parts:  # otherwise optional
        return _words(parts[0])
    return PLAIN.get(annotation.__name__, "clause")
