"""The versions of a quarter's edition and what people decided about each, as the node's database and store have it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects import postgresql

from amanah.node.signing import EditionError
from amanah.store.tables import edition, edition_decision
from reports.publication import Publication


@dataclass(frozen=True)
class Decided:
    """What was decided about one frozen version: whether it may be published, by whom, when, and why."""

    approved: bool
    by: str
    at: datetime
    why: str


def published(connection: Connection, quarter: str) -> int:
    """The newest version of ``quarter`` that was published; 0 where none was."""
    query = select(edition.c.version).where(edition.c.quarter == quarter).order_by(edition.c.version.desc()).limit(1)
    return int(connection.execute(query).scalar() or 0)


def note(
    connection: Connection,
    quarter: str,
    version: int,
    *,
    snapshot_sha256: str,
    reason: Mapping[str, str] | None,
    files: Mapping[str, str],
) -> None:
    """Note that a version was published, and its files' hashes.

    The same again takes the place of what was noted, but for the time: when it was out first.
    """
    values = {
        "quarter": quarter,
        "version": version,
        "snapshot_sha256": snapshot_sha256,
        "reason": reason,
        "files": dict(files),
        "finished_at": datetime.now(UTC),
    }
    statement = postgresql.insert(edition).values(values)
    again = {name: value for name, value in values.items() if name != "finished_at"}
    connection.execute(statement.on_conflict_do_update(constraint=edition.primary_key, set_=again))


def out_before(connection: Connection, shelf: Path, quarter: str, version: int) -> tuple[Publication, ...]:
    """Every edition on ``shelf`` that was out before this version was, of whatever quarter, the oldest first.

    All that are out where this one is not yet. Raises ``EditionError`` for one that cannot be read: what it tells has
    to be known.
    """
    query = select(edition.c.quarter, edition.c.version).order_by(edition.c.finished_at, edition.c.quarter)
    out = [(row.quarter, row.version) for row in connection.execute(query)]
    before = out[: out.index((quarter, version))] if (quarter, version) in out else out
    files = [folder_of(shelf, *each) / "publish.json" for each in before]
    return tuple(_read(file) for file in files if file.exists())


def _read(file: Path) -> Publication:
    try:
        return Publication.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise EditionError(
            f"{file}: no publish.json of this software ({error.error_count()} faults); make that edition again, or "
            "move its folder away where it was never given out"
        ) from error


def decide(
    connection: Connection, quarter: str, version: int, *, snapshot_sha256: str, approved: bool, by: str, why: str
) -> None:
    """Keep a decision about the version as it was frozen; the last one counts."""
    values = {
        "quarter": quarter,
        "version": version,
        "snapshot_sha256": snapshot_sha256,
        "approved": approved,
        "by": by,
        "at": datetime.now(UTC),
        "why": why,
    }
    connection.execute(insert(edition_decision).values(values))


def decided(connection: Connection, snapshot_sha256: str) -> Decided | None:
    """The last decision about what was frozen under that hash; None where nobody has decided."""
    table = edition_decision
    query = (
        select(table.c.approved, table.c.by, table.c.at, table.c.why)
        .where(table.c.snapshot_sha256 == snapshot_sha256)
        .order_by(table.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Decided(*row)


def folder_of(shelf: Path, quarter: str, version: int) -> Path:
    """Where a version stands on ``shelf``: ``2026-Q3/v1``. What is there from before there were versions is the first.

    Safe to kill: what was set aside is put in its place the next time.
    """
    whole, aside = shelf / quarter, shelf / f".{quarter}.v1"
    if whole.is_dir() and any(each.is_file() for each in whole.iterdir()):
        whole.replace(aside)
    if aside.exists():
        whole.mkdir(mode=0o700, exist_ok=True)
        aside.replace(whole / "v1")
    return whole / f"v{version}"
