"""A contract record in the words of one system: the mapping, read backwards."""

from collections import abc
from datetime import UTC, datetime
from typing import Any

from amanah.sources import Mapping
from amanah.sources.field_rule import FieldRule
from amanah.sources.transforms import named
from schemas.record import NOT_APPLICABLE

_CALENDAR = "calendar_of:"
_HIJRI = "umm_al_qura"
_LIST = "list:"

_Writer = abc.Callable[[Any], str]


class NativeWriter:
    """Writes contract records as rows of one system, text by column; absent values and ignored columns are None."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._columns = (*mapping.columns, *mapping.ignored)
        self._writers = {name: _writer(rule) for name, rule in mapping.fields.items()}
        self._hijri = dict(_hijri_writers(mapping))
        self._calendars = {name for name, rule in mapping.fields.items() if _steps(rule)[-1].startswith(_CALENDAR)}

    def write(self, record: abc.Mapping[str, object]) -> dict[str, str | None]:
        """One row, without ``updated_at`` (see :func:`modified`).

        A code that the system does not have stays as it is, so that a record with a planted fault stays faulty.

        Raises:
            ValueError: the system has no room for a value of the record; the text names the field.
        """
        row: dict[str, str | None] = dict.fromkeys(self._columns)
        for name, value in record.items():
            if name in ("updated_at", NOT_APPLICABLE) or name in self._calendars or value is None:
                continue
            column, write = self._writer(name, record)
            try:
                text = write(value)
            except ValueError as fault:
                raise ValueError(f"{self._mapping.name} cannot hold this {name}: {fault}") from fault
            if column is not None:
                row[column] = text or (_separator(self._mapping.fields[name]) if value == [] else None)
        return row | self._beside_the_point(record)

    def _writer(self, name: str, record: abc.Mapping[str, object]) -> tuple[str | None, _Writer]:
        if name not in self._writers:
            raise ValueError(f"{self._mapping.name} has no column for {name}")
        if name in self._hijri:
            calendar, write = self._hijri[name]
            if record.get(calendar) == _HIJRI:
                return self._writers[name][0], write
        return self._writers[name]

    def _beside_the_point(self, record: abc.Mapping[str, object]) -> dict[str, str | None]:
        """The columns of what does not apply, with the system's word for that."""
        names = record.get(NOT_APPLICABLE)
        row: dict[str, str | None] = {}
        for name in names if isinstance(names, list) else ():
            if not self._mapping.not_applicable:
                raise ValueError(f"{self._mapping.name} has no word for a {name} that does not apply")
            column, _ = self._writer(name, {})
            if column is not None:
                row[column] = self._mapping.not_applicable[0]
        return row


def modified(record: abc.Mapping[str, object]) -> datetime:
    """The time of the record's last change, in UTC. Raises ``ValueError`` when it is missing or without zone."""
    moment = record.get("updated_at")
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError("a record for a ministry needs updated_at with a time zone")
    return moment.astimezone(UTC)


def _writer(rule: FieldRule) -> tuple[str | None, _Writer]:
    if rule.constant is not None:
        constant = rule.constant

        def fixed(value: object) -> str:
            if value != constant:
                raise ValueError(f"this system only holds records with {constant}")
            return constant

        return None, fixed
    if rule.columns:

        def lost(_: object) -> str:
            raise ValueError("what stands in several columns cannot be told apart again")

        return None, lost
    write = named(rule.transform).write
    if rule.codes is None:
        return rule.column, write
    native = {contract: code for code, contract in reversed(list(rule.codes.items()))}  # the first code given wins

    def translated(value: Any) -> str:
        given = value if isinstance(value, list) else [value]
        codes = [native.get(str(item), str(item)) for item in given]
        return write(codes if isinstance(value, list) else codes[0])

    return rule.column, translated


def _hijri_writers(mapping: Mapping) -> abc.Iterator[tuple[str, tuple[str, _Writer]]]:
    """Dates in a column that holds both calendars: name -> field that says which, and how to write a Hijri one."""
    for calendar, rule in mapping.fields.items():
        *before, last = _steps(rule)
        if last.startswith(_CALENDAR):
            hijri = last.removeprefix(_CALENDAR).replace("date_either", "date_hijri")
            day = next(name for name, each in mapping.fields.items() if name != calendar and each.reads == rule.reads)
            yield day, (calendar, named([*before, hijri]).write)


def _separator(rule: FieldRule) -> str:
    """What a system shows for a list of which it knows that it is empty: the separator alone."""
    first = _steps(rule)[0]
    return first.removeprefix(_LIST) if first.startswith(_LIST) else ";"


def _steps(rule: FieldRule) -> tuple[str, ...]:
    return (rule.transform,) if isinstance(rule.transform, str) else rule.transform
