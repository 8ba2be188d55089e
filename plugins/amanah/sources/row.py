"""Native row to contract fields, by the mapping. Only translation: a value that can be read may still be invalid."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from amanah.sources import transforms
from amanah.sources.field_rule import FieldRule
from amanah.sources.mapping import Mapping
from amanah.sources.native import NativeRow


@dataclass(frozen=True, slots=True)
class MappingProblem:
    """One value that could not be translated. ``message`` says what was expected and never holds the value."""

    field: str
    column: str
    code: str  # unknown_code or unreadable
    message: str


@dataclass(frozen=True, slots=True)
class MappedRow:
    """One row of a source in the contract's words.

    ``position`` says where it stands in the system. ``values`` holds every mapped field: ``str``, ``date``,
    ``Decimal``, ``list[str]``, or None where the system has no value; a field with a problem is left out.
    ``raw`` is what the system said, column by column. ``updated_at`` is UTC. Printing a row shows neither.
    """

    position: str
    values: dict[str, object] = field(repr=False)
    raw: dict[str, str | None] = field(repr=False)
    problems: tuple[MappingProblem, ...]
    updated_at: datetime


class RowMapper:
    """Translates rows of one system; made once per read."""

    def __init__(self, mapping: Mapping) -> None:
        rules = mapping.fields.items()
        self._constants: dict[str, object] = {name: rule.constant for name, rule in rules if rule.constant is not None}
        self._readers = [
            (name, rule.column, _reader(rule), _expected(rule)) for name, rule in rules if rule.column is not None
        ]

    def map(self, native: NativeRow) -> MappedRow:
        """Translate one row. Never raises for a value: what cannot be read becomes a ``MappingProblem``."""
        values = dict(self._constants)
        problems = []
        for name, column, read, (code, message) in self._readers:
            text = (native.columns[column] or "").strip()
            try:
                values[name] = read(text) if text else None
            except ValueError:
                problems.append(MappingProblem(name, column, code, f"column {column}: {message}"))
        return MappedRow(native.position, values, native.columns, tuple(problems), native.updated_at)


def _reader(rule: FieldRule) -> Callable[[str], object]:
    if rule.codes is None:
        return transforms.named(rule.transform).read
    codes = rule.codes

    def look_up(text: str) -> str:
        if text not in codes:
            raise ValueError("unknown code")
        return codes[text]

    return look_up


def _expected(rule: FieldRule) -> tuple[str, str]:
    if rule.codes is None:
        return "unreadable", f"expected {transforms.named(rule.transform).expects}"
    return "unknown_code", f"expected one of the {len(rule.codes)} codes of the mapping"
