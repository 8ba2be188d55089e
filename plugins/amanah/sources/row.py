"""Native row to contract fields, by the mapping. Only translation: a value that can be read may still be invalid."""

from dataclasses import dataclass, field
from datetime import datetime

from amanah.sources.field_reader import FieldReader, Unreadable
from amanah.sources.mapping import Mapping
from amanah.sources.native import NativeRow

NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class MappingProblem:
    """One value that could not be translated. ``message`` says what was expected and never holds the value.

    ``column`` names the native column, or several separated by a comma and a space.
    """

    field: str
    column: str
    code: str  # unknown_code, unreadable or damaged
    message: str


@dataclass(frozen=True, slots=True)
class MappedRow:
    """One row of a source in the contract's words.

    ``position`` says where it stands in the system. ``values`` holds every mapped field: ``str``, ``date``,
    ``Decimal``, ``int``, a list of ``str`` or ``date``, or None where the system has no value; a field with a problem
    is left out. ``raw`` is what the system said, column by column. ``updated_at`` is UTC. Printing a row shows neither.
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
        self._readers = {name: FieldReader(rule, mapping) for name, rule in rules if rule.constant is None}
        self._tells_not_applicable = bool(mapping.not_applicable)

    def map(self, native: NativeRow) -> MappedRow:
        """Translate one row. Never raises for a value: what cannot be read becomes a ``MappingProblem``."""
        values = dict(self._constants)
        problems, beside_the_point = [], []
        for name, reader in self._readers.items():
            try:
                values[name] = reader.read(native)
            except Unreadable as fault:
                problems.append(MappingProblem(name, reader.source, fault.code, f"{reader.said}: {fault.expected}"))
            else:
                if values[name] is None and reader.not_applicable(native):
                    beside_the_point.append(name)
        if self._tells_not_applicable:
            values[NOT_APPLICABLE] = beside_the_point
        return MappedRow(native.position, values, native.columns, tuple(problems), native.updated_at)
