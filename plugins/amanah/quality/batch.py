"""A batch as it is judged: its records, and what they are held against."""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

import pyarrow as pa

from amanah.quality.expectations import Comparison
from amanah.store.profiles import Profile
from schemas.streams import Stream

Records: TypeAlias = Sequence[Mapping[str, object]] | pa.Table


@dataclass(frozen=True)
class Batch:
    """The accepted records of ``source`` for ``period``.

    Attributes:
        records: dictionaries in the contract's types, or an Arrow table.
        refused: how many records the schema refused before.
        reasons: how often each reason was given for that, by field and code.
        known: per reference field, those of its values that the node holds a record of.
        history: profiles of the batches before, newest first.
    """

    stream: Stream
    source: str
    period: str
    records: Records = field(repr=False)
    refused: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    known: Mapping[str, Collection[str]] = field(default_factory=dict, repr=False)
    history: tuple[Profile, ...] = ()

    @property
    def last_day(self) -> datetime:
        """The last day of the month, at its beginning."""
        year, month = map(int, self.period.split("-"))
        return datetime(year, month, monthrange(year, month)[1])  # noqa: DTZ001 - a day of the calendar, no moment

    def values(self, name: str) -> list[Any]:
        """The value of one field in every record; None where it is absent."""
        if isinstance(self.records, pa.Table):
            has = name in self.records.column_names
            return self.records[name].to_pylist() if has else [None] * len(self.records)
        return [record.get(name) for record in self.records]

    def compared_with(self, comparison: Comparison) -> tuple[Profile, ...]:
        """The batches that this one is held against; none while there are too few."""
        held = self.history[: comparison.months]
        return held if len(held) >= comparison.at_least else ()
