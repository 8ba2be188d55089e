"""Time passes at a ministry: its systems take in what changed in a month."""

import re
from collections import abc, defaultdict
from datetime import datetime

import sqlalchemy as sa

from amanah.demo.ministry import drop, tables
from amanah.demo.ministry.native import NativeWriter, modified
from amanah.demo.ministry.systems import ABROAD, Systems, home, mappings
from amanah.sources import Mapping

Record = abc.Mapping[str, object]

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def advance(
    party: str,
    month: str,
    changes: abc.Mapping[str, abc.Sequence[Record]],
    systems: Systems,
    abroad: abc.Sequence[Record] = (),
) -> None:
    """Bring the systems of ``party`` to their state at the end of ``month``.

    ``changes`` holds, per stream, the records new or changed in that month: contract fields (``str``, ``date``,
    ``Decimal``, ``int``, lists or None) and ``updated_at``, an aware time. Every system of a stream named there is made
    ready, also when nothing changed in it. ``abroad`` are the citizens who told the foreign ministry in that month that
    they have arrived, in the fields of a placement, for a party that keeps such a register. Doing it again changes
    nothing.

    A record whose area or channel changes may move to another system; its old row stays behind with its older time.

    Raises:
        ValueError: unknown party, month or stream, or a record that its system has no room for.
    """
    if not _MONTH.fullmatch(month):
        raise ValueError(f"not a month: expected e.g. 2026-07, got {month!r}")
    engine = sa.create_engine(systems.sql_url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            for mapping, records in _by_system(party, changes, abroad):
                _take_in(connection, systems, mapping, month, records)
    finally:
        engine.dispose()


def _by_system(
    party: str, changes: abc.Mapping[str, abc.Sequence[Record]], abroad: abc.Sequence[Record]
) -> list[tuple[Mapping, list[Record]]]:
    strange = set(changes) - {mapping.stream for mapping in mappings(party)}
    if strange:
        raise ValueError(f"{party} has no system for stream(s) {', '.join(sorted(strange))}")
    found: dict[str, list[Record]] = defaultdict(list, {ABROAD: list(abroad)})
    for stream, records in changes.items():
        for record in records:
            found[home(party, stream, record).name].append(record)
    return [(mapping, found[mapping.name]) for mapping in mappings(party) if mapping.stream in changes]


def _take_in(
    connection: sa.Connection, systems: Systems, mapping: Mapping, month: str, records: abc.Sequence[Record]
) -> None:
    write = NativeWriter(mapping).write
    if mapping.kind in ("csv", "xlsx"):
        lines = [write(record) | {mapping.updated_at: _on_the_wall(record, mapping).isoformat()} for record in records]
        drop.lay(systems.drop_folder(mapping.name), mapping, month, lines)
        return
    zoned = mapping.time_zone == "UTC"
    rows: list[dict[str, object]] = [
        {**write(record), mapping.updated_at: modified(record) if zoned else _on_the_wall(record, mapping)}
        for record in records
    ]
    tables.upsert(connection, mapping, rows)


def _on_the_wall(record: Record, mapping: Mapping) -> datetime:
    """The time of the last change as the system's own clock shows it, without zone."""
    return modified(record).astimezone(mapping.zone).replace(tzinfo=None)
