"""One door to every kind of source: open it with a mapping and a connection, read a window of time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from amanah.sources import drop, rest, sql
from amanah.sources.connection import SourceConnection
from amanah.sources.errors import TooFewRows
from amanah.sources.mapping import Mapping
from amanah.sources.native import NativeRow
from amanah.sources.row import MappedRow, RowMapper

Reader = Callable[[Mapping, SourceConnection, datetime | None, datetime], Iterator[NativeRow]]

_READERS: dict[str, Reader] = {"sql": sql.rows, "rest": rest.rows, "csv": drop.rows, "xlsx": drop.rows}
_A_MONTH = timedelta(days=28)  # the shortest; in a shorter window few rows mean nothing


@dataclass(frozen=True)
class Source:
    """One ministry system, ready to be read. Make it with :func:`open_source`."""

    mapping: Mapping
    connection: SourceConnection

    def require(self, month: str) -> None:
        """Make sure that the system has what it gives of ``month`` (2026-07), where that is a delivery of its own.

        Raises ``SourceUnavailable`` for a drop without that month's file, and ``SourceError`` for one of another name.
        """
        if self.mapping.pattern is not None:
            drop.require(self.mapping, self.connection, month)

    def read(self, since: datetime | None, until: datetime) -> Iterator[MappedRow]:
        """Yield the rows with ``since <= updated_at < until``, ordered by (updated_at, key), page by page.

        Both times are aware; ``since`` None means from the beginning. Nothing is asked of the system before the
        first row is taken. A row whose change becomes visible only after the read, though dated before ``until``,
        is found by a later window that overlaps this one.

        Raises:
            ValueError: a time is without zone, or the window is empty.
            SourceUnavailable: the system is down or too slow; nothing is known about its rows.
            TooFewRows: after the last row, for a window of a month or more with fewer rows than ``expect_at_least``;
                then none of the rows may be used. It is a ``SourceUnavailable`` too.
            SourceError: the system does not answer what the mapping expects.
        """
        if until.tzinfo is None or (since is not None and since.tzinfo is None):
            raise ValueError(f"{self.mapping.name}: since and until need a time zone")
        if since is not None and since >= until:
            raise ValueError(f"{self.mapping.name}: since must lie before until")
        return self._mapped(since.astimezone(UTC) if since else None, until.astimezone(UTC))

    def _mapped(self, since: datetime | None, until: datetime) -> Iterator[MappedRow]:
        mapper, count = RowMapper(self.mapping), 0
        for native in _READERS[self.mapping.kind](self.mapping, self.connection, since, until):
            yield mapper.map(native)
            count += 1
        usual = self.mapping.expect_at_least or 0
        if count < usual and (since is None or until - since >= _A_MONTH):
            raise TooFewRows(
                f"{self.mapping.name}: {count} row(s) in the window, a usual month has {usual} or more; ask the office "
                "whether something is missing, or lower expect_at_least in the mapping"
            )


def open_source(mapping: Mapping, connection: SourceConnection) -> Source:
    """The source that ``mapping`` describes, at the place that ``connection`` names. Nothing is contacted yet."""
    return Source(mapping, connection)
