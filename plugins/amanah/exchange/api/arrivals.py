"""The order in which packages came to the exchange point, whichever wire brought them.

A package gets the next number the first time it is seen, in one transaction that no other process can share. One that
comes late, with an old sequence or an old time, gets a higher number than all that were listed before it; a reader who
goes on after the last number he saw can therefore skip nothing. Neither message ids nor times would do: both can come
out of order.

Losing this file loses no package: all are numbered anew, and marks given out before are refused as unknown.
"""

import base64
import binascii
import hashlib
import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from amanah.exchange.api.tree import Stored, Tree

_TABLES = """
CREATE TABLE IF NOT EXISTS epoch (id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS arrival (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    corridor TEXT NOT NULL,
    sender TEXT NOT NULL,
    receiver TEXT NOT NULL,
    stream TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    UNIQUE (corridor, message_id)
);
CREATE INDEX IF NOT EXISTS in_order ON arrival (corridor, receiver, number);
"""
_WAIT = 30.0  # seconds for another process to finish its transaction
_MARK = re.compile(r"([0-9a-f]{16})\.([0-9]{1,18})")


class UnknownMark(LookupError):
    """A mark that this file did not give out."""


@dataclass(frozen=True)
class Arrival:
    """One package in the order of arrival."""

    number: int
    message_id: str
    sha256: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Page:
    """Packages after a mark, the mark after the last of them, and whether there are more."""

    arrivals: tuple[Arrival, ...]
    mark: str
    more: bool


class Arrivals:
    """The order of arrival of what is in ``tree``, kept in ``file``. Safe for several processes at once."""

    def __init__(self, file: Path, tree: Tree) -> None:
        self._file, self._tree = file, tree

    def prepare(self) -> None:
        """Make the file if it is not there."""
        with self._open() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_TABLES)
            with _transaction(connection):
                if connection.execute("SELECT id FROM epoch").fetchone() is None:
                    connection.execute("INSERT INTO epoch VALUES (?)", (secrets.token_hex(8),))

    def check(self) -> None:
        """Raise ``sqlite3.Error`` when the file cannot be read."""
        with self._open() as connection:
            connection.execute("SELECT id FROM epoch").fetchone()

    def page(
        self,
        corridor: str,
        *,
        sender: str,
        receiver: str,
        streams: tuple[str, ...],
        stream: str | None,
        after: str | None,
        limit: int,
    ) -> Page:
        """What came for ``receiver`` after the mark ``after``, in the order of arrival; of ``stream``, or of all.

        Raises ``UnknownMark``.
        """
        self._number_new(corridor, sender, receiver, streams)
        with self._open() as connection:
            epoch = str(connection.execute("SELECT id FROM epoch").fetchone()[0])
            last = _number(after, epoch)
            rows = connection.execute(
                "SELECT number, message_id, sha256, size, mtime_ns FROM arrival WHERE corridor = ? AND sender = ? "
                "AND receiver = ? AND number > ? AND (? IS NULL OR stream = ?) ORDER BY number LIMIT ?",
                (corridor, sender, receiver, last, stream, stream, limit + 1),
            ).fetchall()
        arrivals = tuple(Arrival(*row) for row in rows[:limit])
        return Page(arrivals, _mark(epoch, arrivals[-1].number if arrivals else last), more=len(rows) > limit)

    def sha256(self, corridor: str, stored: Stored) -> str:
        """The digest of a stored package; read from the disk once."""
        with self._open() as connection:
            row = connection.execute(
                "SELECT sha256, size, mtime_ns, inode FROM arrival WHERE corridor = ? AND message_id = ?",
                (corridor, str(stored.message_id)),
            ).fetchone()
        if row is not None and row[1:] == _marks_of(stored):
            return str(row[0])
        return _digest(stored.path)

    def _number_new(self, corridor: str, sender: str, receiver: str, streams: tuple[str, ...]) -> None:
        """Give a number to what has none, a new one to what was replaced, and forget what is gone."""
        with self._open() as connection:
            known = self._known(connection, corridor, sender, receiver)  # before looking: what is gone was there
        here = {str(each.message_id): each for each in self._tree.packages(corridor, sender, receiver, streams)}
        new = [each for name, each in sorted(here.items()) if known.get(name) != _marks_of(each)]
        gone = [name for name in known if name not in here]
        if not new and not gone:
            return
        digests = {str(each.message_id): _digest(each.path) for each in new}
        with self._open() as connection, _transaction(connection):
            meanwhile = self._known(connection, corridor, sender, receiver)
            connection.executemany(
                "DELETE FROM arrival WHERE corridor = ? AND message_id = ?",
                [(corridor, name) for name in gone],
            )
            for each in new:
                name = str(each.message_id)
                if meanwhile.get(name) == _marks_of(each):
                    continue  # another process was quicker
                connection.execute("DELETE FROM arrival WHERE corridor = ? AND message_id = ?", (corridor, name))
                connection.execute(
                    "INSERT INTO arrival "
                    "(corridor, sender, receiver, stream, message_id, sha256, size, mtime_ns, inode) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (corridor, sender, receiver, each.message_id.stream, name, digests[name], *_marks_of(each)),
                )

    @staticmethod
    def _known(
        connection: sqlite3.Connection, corridor: str, sender: str, receiver: str
    ) -> dict[str, tuple[int, int, int]]:
        rows = connection.execute(
            "SELECT message_id, size, mtime_ns, inode FROM arrival WHERE corridor = ? AND sender = ? AND receiver = ?",
            (corridor, sender, receiver),
        )
        return {name: (size, mtime_ns, inode) for name, size, mtime_ns, inode in rows}

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file, timeout=_WAIT, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=FULL")
            yield connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _marks_of(stored: Stored) -> tuple[int, int, int]:
    return stored.size, stored.mtime_ns, stored.inode


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mark(epoch: str, number: int) -> str:
    return base64.urlsafe_b64encode(f"{epoch}.{number}".encode()).decode().rstrip("=")


def _number(mark: str | None, epoch: str) -> int:
    if mark is None:
        return 0
    try:
        found = _MARK.fullmatch(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)).decode("ascii"))
    except (binascii.Error, ValueError):
        found = None
    if found is None or found[1] != epoch:
        raise UnknownMark(mark)
    return int(found[2])
