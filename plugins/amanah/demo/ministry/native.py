"""A contract record in the words of one system: the mapping, read backwards."""

from collections import abc
from datetime import UTC, datetime

from amanah.sources import Mapping
from amanah.sources.field_rule import FieldRule
from amanah.sources.transforms import named


class NativeWriter:
    """Writes contract records as rows of one system, text by column; absent values and ignored columns are None."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._columns = (*mapping.columns, *mapping.ignored)
        self._writers = {name: _writer(rule) for name, rule in mapping.fields.items()}

    def write(self, record: abc.Mapping[str, object]) -> dict[str, str | None]:
        """One row, without ``updated_at`` (see :func:`modified`).

        A code that the system does not have stays as it is, so that a record with a planted fault stays faulty.

        Raises:
            ValueError: the system has no room for a value of the record; the text names the field.
        """
        row: dict[str, str | None] = dict.fromkeys(self._columns)
        for name, value in record.items():
            if name == "updated_at" or value is None:
                continue
            if name not in self._writers:
                raise ValueError(f"{self._mapping.name} has no column for {name}")
            column, write = self._writers[name]
            try:
                text = write(value)
            except ValueError as fault:
                raise ValueError(f"{self._mapping.name} cannot hold this {name}: {fault}") from fault
            if column is not None:
                row[column] = text or None
        return row


def modified(record: abc.Mapping[str, object]) -> datetime:
    """The time of the record's last change, in UTC. Raises ``ValueError`` when it is missing or without zone."""
    moment = record.get("updated_at")
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError("a record for a ministry needs updated_at with a time zone")
    return moment.astimezone(UTC)


def _writer(rule: FieldRule) -> tuple[str | None, abc.Callable[[object], str]]:
    if rule.constant is not None:
        constant = rule.constant

        def fixed(value: object) -> str:
            if value != constant:
                raise ValueError(f"this system only holds records with {constant}")
            return constant

        return None, fixed
    if rule.codes is not None:
        native = {contract: code for code, contract in reversed(list(rule.codes.items()))}  # the first code given wins
        return rule.column, lambda value: native.get(str(value), str(value))
    return rule.column, named(rule.transform).write
