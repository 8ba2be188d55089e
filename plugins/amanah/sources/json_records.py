"""Records out of a JSON answer. What stands in an object within a record is a column named by its path: worker.name."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from amanah.sources.errors import SourceError
from amanah.sources.mapping import Mapping
from amanah.sources.native import Damaged, NativeRow, as_text, audit, instant, no_group

_NO_NUMBER = Damaged("NaN or Infinity, which is no number; ask the system to send null for what it does not know")
_DEEPEST = 8


@dataclass(frozen=True)
class Page:
    """The records of one answer, and the answer around them."""

    records: list[dict[str, object]] = field(repr=False)
    body: Any = field(repr=False)

    def at(self, path: str) -> object:
        """What stands at ``path`` in the answer; None where nothing does."""
        return _at(self.body, path)


def page_of(content: bytes, mapping: Mapping, where: str) -> Page:
    """Read one answer. Raises ``SourceError`` when it is not JSON or holds no list of records where it should."""
    try:
        # the digits as the system wrote them
        body: Any = json.loads(
            content,
            parse_float=no_group,
            parse_int=str,
            parse_constant=lambda _: _NO_NUMBER,
            object_pairs_hook=_object,
        )
    except _Twice:
        raise SourceError(
            f"{where}: an object of the answer has one name twice, and one of the two would be lost"
        ) from None
    except (ValueError, RecursionError):
        raise SourceError(f"{where}: the answer is not JSON, or is nested beyond reading") from None
    records = _at(body, mapping.rest.records)
    if not isinstance(records, list):
        raise SourceError(f'{where}: expected a list of records at "{mapping.rest.records}"')
    if not all(isinstance(record, dict) for record in records):
        raise SourceError(f"{where}: expected each record to be a JSON object")
    return Page(records, body)


def native(record: dict[str, object], mapping: Mapping, position: str) -> NativeRow:
    """One record as a row. Raises ``SourceError`` for columns that do not fit, and for a list in place of a value."""
    pairs = list(_flat(record, mapping, position, "", 1))
    flat = dict(pairs)
    if len(flat) < len(pairs):
        raise SourceError(f"{position}: two columns have the same path")
    audit(mapping, flat, position)
    damage = {name: cell.why for name, cell in flat.items() if isinstance(cell, Damaged) and name in mapping.columns}
    columns = {
        name: None if isinstance(flat[name], Damaged) else as_text(flat[name], name, position)
        for name in mapping.columns
    }
    return NativeRow(position, instant(columns[mapping.updated_at], mapping, position), columns, damage)


class _Twice(Exception):
    """A name stands twice in a JSON object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice
    return found


def _at(body: Any, path: str) -> object:
    for step in path.split("."):
        if not isinstance(body, dict):
            return None
        body = body.get(step)
    return body


def _flat(
    record: dict[str, object], mapping: Mapping, position: str, above: str, depth: int
) -> Iterator[tuple[str, object]]:
    if depth > _DEEPEST:
        raise SourceError(f"{position}: objects within objects, more than {_DEEPEST} deep")
    for key, value in record.items():
        name = f"{above}{key}"
        if isinstance(value, dict):
            inner = _flat(value, mapping, position, f"{name}.", depth + 1)
            if name not in mapping.ignored:
                yield from inner
            elif _within(name, mapping.columns):
                yield from (each for each in inner if each[0] in mapping.columns)
        elif value is None and _within(name, (*mapping.columns, *mapping.ignored)):
            # an object that is not there has none of its columns
            yield from ((column, None) for column in _within(name, mapping.columns))
        else:
            yield name, value


def _within(name: str, columns: tuple[str, ...]) -> list[str]:
    return [column for column in columns if column.startswith(f"{name}.")]
