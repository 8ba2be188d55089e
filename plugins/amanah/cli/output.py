"""What a verb prints: plain lines for people, one JSON document with ``--json`` for machines."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of lines.")]


def show(result: object, *, as_json: bool) -> None:
    """Print ``result`` (a dataclass, mapping, list or plain value)."""
    plain = _plain(result)
    if as_json:
        typer.echo(json.dumps(plain, indent=2, default=str))
    elif isinstance(plain, Mapping):
        _lines(plain)
    elif isinstance(plain, list):
        for item in plain:
            typer.echo(", ".join(f"{k} {v}" for k, v in item.items()) if isinstance(item, Mapping) else str(item))
        if not plain:
            typer.echo("nothing to do")
    else:
        typer.echo(str(plain))


def _plain(result: object) -> Any:
    if isinstance(result, list):
        return [_plain(item) for item in result]
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        return dataclasses.asdict(result)
    return result


def _lines(content: Mapping[str, Any], indent: str = "") -> None:
    for name, value in content.items():
        if isinstance(value, Mapping):
            typer.echo(f"{indent}{name}")
            _lines(value, indent + "  ")
        else:
            typer.echo(f"{indent}{name}: {value}")
