"""The corridor itself: what each side's systems show, month by month, and the answer sheet to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from amanah.demo.corridor.faults import Fault
from amanah.demo.corridor.journal import Entry
from amanah.demo.corridor.names import parts
from amanah.demo.corridor.pairs import Pair
from amanah.demo.corridor.personal import NAMES, NUMBERS, texts_of
from amanah.demo.corridor.placements import Record
from amanah.demo.corridor.registrations import registrations
from amanah.demo.corridor.truth import truth_table
from amanah.demo.corridor.window import Window
from schemas.forms import arrow_schema
from schemas.streams import STREAMS

TOGETHER = 5000  # records that are made before they become columns
FAULTS_SCHEMA = pa.schema([(name, pa.string()) for name in ("party", "stream", "record_ref", "month", "field", "code")])


@dataclass(frozen=True)
class Corridor:
    """A synthetic corridor. Make it with :func:`amanah.demo.corridor.generate`.

    ``origin`` and ``destination`` are the agreement's parties in its order; ``ours`` in :attr:`truth` is the origin.
    """

    origin: str
    destination: str
    window: Window
    pairs: Sequence[Pair]
    entries: Mapping[tuple[str, str], Sequence[Entry]]
    planted_faults: Mapping[str, Fault]

    @property
    def parties(self) -> tuple[str, str]:
        """Origin and destination."""
        return self.origin, self.destination

    def changes(self, party: str, stream: str, month: str) -> list[Record]:
        """The records that appeared or changed in ``month``, as the side's system shows them at its end.

        Each holds the contract's fields and ``updated_at``, an aware UTC time in that month; they are ordered by it.
        Raises ``ValueError`` for a party, stream or month that the corridor does not have.
        """
        month_no = self.window.index(month)
        last_day = self.window.last_day(month)
        records = []
        for entry in self._entries(party, stream):
            if month in entry.changed:
                record = entry.view.as_of(last_day)
                self._spoil(record, month_no)
                records.append((entry.updated_at(month), entry.view.ref, record))
        records.sort(key=lambda item: item[:2])
        return [record | {"updated_at": updated_at} for updated_at, _, record in records]

    def current(self, party: str, stream: str) -> pa.Table:
        """The latest state of every record at the end of the last month, in contract columns, by reference."""
        final = len(self.window.months) - 1
        schema = arrow_schema(STREAMS[stream])
        batches = []
        entries = sorted(self._entries(party, stream), key=lambda entry: entry.view.ref)
        for some in (entries[at : at + TOGETHER] for at in range(0, len(entries), TOGETHER)):
            records = [entry.view.as_of(self.window.end) for entry in some]
            for record in records:
                self._spoil(record, final)
            batches.append(pa.RecordBatch.from_pylist(records, schema=schema))
        return pa.Table.from_batches(batches, schema=schema).combine_chunks()

    def abroad(self, month: str) -> list[Record]:
        """What citizens abroad told their own foreign ministry in ``month``, ordered by ``updated_at``.

        Raises ``ValueError`` for a month that the corridor does not have.
        """
        self.window.index(month)
        return sorted(
            registrations(self.pairs, month), key=lambda record: (str(record["updated_at"]), str(record["record_ref"]))
        )

    def all_abroad(self) -> pa.Table:
        """All that :meth:`abroad` tells up to the end of the last month, in contract columns, by reference."""
        told = [record for month in self.window.months for record in self.abroad(month)]
        for record in told:
            del record["updated_at"]
        told.sort(key=lambda record: str(record["record_ref"]))
        return pa.Table.from_pylist(told, schema=arrow_schema(STREAMS["placement"]))

    @cached_property
    def truth(self) -> pa.Table:
        """Placements: ``ours_ref``, ``theirs_ref``, ``planted`` (see :mod:`amanah.demo.corridor.truth`)."""
        return truth_table(self.pairs, self.window)

    @cached_property
    def standing_faults(self) -> pa.Table:
        """The records that are invalid at the end of the last month, among those of :meth:`current`."""
        final = self.window.months[-1]
        standing = {ref for ref, fault in self.planted_faults.items() if self.window.months[fault.last] == final}
        rows = {row["record_ref"]: row for row in self._fault_rows() if row["record_ref"] in standing}
        return pa.Table.from_pylist(list(rows.values()), schema=FAULTS_SCHEMA).drop_columns(["month"])

    @cached_property
    def faults(self) -> pa.Table:
        """The invalid records: one row for each month in which such a record is among the changes."""
        return pa.Table.from_pylist(list(self._fault_rows()), schema=FAULTS_SCHEMA)

    def personal_values(self) -> set[str]:
        """Every name of a person, part of it longer than three letters, and number of a document; no faults."""
        found: set[str] = set()
        for (_, stream), entries in self.entries.items():
            for view in (entry.view for entry in entries):
                for day in view.change_days():
                    record = view.as_of(day)
                    found.update(texts_of(record, NUMBERS[stream]))
                    for name in texts_of(record, NAMES[stream]):
                        found |= {name, *parts(name)}
        return found

    def _entries(self, party: str, stream: str) -> Sequence[Entry]:
        if (party, stream) not in self.entries:
            known = ", ".join(f"{p} {s}" for p, s in self.entries)
            raise ValueError(f"{party} {stream}: this corridor has no such party and stream; it has {known}")
        return self.entries[party, stream]

    def _spoil(self, record: Record, month_no: int) -> None:
        fault = self.planted_faults.get(str(record["record_ref"]))
        if fault is not None:
            fault.spoil(record, month_no)

    def _fault_rows(self) -> Iterator[dict[str, str]]:
        for (party, stream), entries in self.entries.items():
            faulty = [(entry, fault) for entry in entries if (fault := self.planted_faults.get(entry.view.ref))]
            for entry, fault in faulty:
                standing = self.window.months[fault.first : fault.last + 1]
                for month in (month for month in standing if month in entry.changed):
                    yield {
                        "party": party,
                        "stream": stream,
                        "record_ref": entry.view.ref,
                        "month": month,
                        "field": fault.flaw.field,
                        "code": fault.flaw.code,
                    }
