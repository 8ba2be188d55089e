"""One door to every kind of source: open it with a mapping and a connection, read a window of time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from amanah.sources import csv_drop, rest, sql
from amanah.sources.connection import SourceConnection
from amanah.sources.mapping import Mapping
from amanah.sources.native import NativeRow
from amanah.sources.row import MappedRow, RowMapper

Reader = Callable[[Mapping, SourceConnection, datetime | None, datetime], Iterator[NativeRow]]

_READERS: dict[str, Reader] = {"sql": sql.rows, "rest": rest.rows, "csv": csv_drop.rows}


@dataclass(frozen=True)
class Source:
    """One ministry system, ready to be read. Make it with :func:`open_source`."""

    mapping: Mapping
    connection: SourceConnection

    def read(self, since: datetime | None, until: datetime) -> Iterator[MappedRow]:
        """Yield the rows with ``since <= updated_at < until``, ordered by (updated_at, key), page by page.

        Both times are aware; ``since`` None means from the beginning. Nothing is asked of the system before the
        first row is taken. A row whose change becomes visible only after the read, though dated before ``until``,
        is found by a later window that overlaps this one.

        Raises:
            ValueError: a time is without zone, or the window is empty.
            SourceUnavailable: the system is down or too slow; nothing is known about its rows.
            SourceError: the system does not answer what the mapping expects.
        """
        if until.tzinfo is None or (since is not None and since.tzinfo is None):
            raise ValueError(f"{self.mapping.name}: since and until need a time zone")
        if since is not None and since >= until:
            raise ValueError(f"{self.mapping.name}: since must lie before until")
        return self._mapped(since.astimezone(UTC) if since else None, until.astimezone(UTC))

    def _mapped(self, since: datetime | None, until: datetime) -> Iterator[MappedRow]:
        mapper = RowMapper(self.mapping)
        for native in _READERS[self.mapping.kind](self.mapping, self.connection, since, until):
            yield mapper.map(native)


def open_source(mapping: Mapping, connection: SourceConnection) -> Source:
    """The source that ``mapping`` describes, at the place that ``connection`` names. Nothing is contacted yet."""
    return Source(mapping, connection)
