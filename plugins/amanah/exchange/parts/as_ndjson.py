"""Parts in NDJSON: one JSON object a line with every column, absent values as null, dates and amounts as texts."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from amanah.exchange.codes import Code, Refused
from amanah.exchange.parts.lines import Lines, value_of
from amanah.exchange.parts.statement import HEAD, Statement, row_of, statement_of
from schemas.streams import Stream
from schemas.texts import to_text

_AS_TEXT = (date, Decimal)


def write(path: Path, statements: Iterable[Statement], _stream: Stream, fields: Sequence[str]) -> None:
    """Write ``statements`` to ``path``."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for statement in statements:
            row = row_of(statement, fields)
            json.dump({column: row[column] for column in [*HEAD, *fields]}, file, ensure_ascii=False, default=to_text)
            file.write("\n")


def read(path: Path, stream: Stream, fields: Sequence[str], *, expected: int) -> Iterator[Statement]:
    """Read ``expected`` statements from ``path``. Raises ``Refused`` when they are not exactly as agreed."""
    columns = [*HEAD, *fields]
    kinds = {field: stream.python_type(field) for field in fields}
    lines = Lines(path)
    found = 0
    for line in lines:
        lines.next_record()
        if found >= expected:
            raise Refused(Code.COUNTS_DIFFER)
        row = _object(line, lines)
        if row.keys() != set(columns):
            raise Refused(Code.FIELD_NOT_AGREED, f"expected members {', '.join(columns)}")
        yield statement_of({**row, **{field: _value(row[field], kind) for field, kind in kinds.items()}}, fields)
        found += 1
    if found != expected:
        raise Refused(Code.COUNTS_DIFFER)


def _object(line: str, lines: Lines) -> dict[str, Any]:
    try:
        found = json.loads(line, object_pairs_hook=_once_each, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise lines.refused("holds a line that is not readable as JSON") from None
    if not isinstance(found, dict):
        raise lines.refused("holds a line that is no JSON object")
    return found


def _once_each(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member stands twice")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _value(value: Any, kind: Any) -> Any:
    """The value of type ``kind``; whatever is written in another way is left as it is, for the model to refuse."""
    if isinstance(value, str):
        return value_of(value, kind) if kind in _AS_TEXT else value
    if isinstance(value, list) and kind == list[date]:
        return [value_of(item, date) if isinstance(item, str) else item for item in value]
    return value
