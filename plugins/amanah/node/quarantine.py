"""Out of the quarantine: by hand after a correction, or by itself when the source sends the row again.

A correction belongs at the source; what is set by hand here lasts until the source sends the row again. Who released
a row, when, why, and what was set stays beside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from amanah.node.consolidation.listed import Code
from amanah.node.loading import Loader
from amanah.quality import contract
from amanah.quality.contract import Candidate, Checked
from amanah.sources import Mapping as SourceMapping
from amanah.sources.native import NativeRow, instant
from amanah.sources.row import RowMapper
from amanah.store import quarantine
from amanah.store.quarantine import State
from schemas.streams import Stream

DAMAGED = "damaged"
FINDINGS = tuple(code.value for code in Code)


class NoSuchEntry(LookupError):
    """The quarantine has no entry with this number."""


class NotReleasable(ValueError):
    """The entry cannot be released; the text says why and what to do."""


@dataclass(frozen=True)
class Entry:
    """One entry without its row: one reason why a row was refused, or one finding of the consolidation."""

    id: int
    source: str
    period: str
    record_ref: str | None
    field: str | None
    code: str
    message: str
    state: str
    settled_by: str | None
    settled_why: str | None


@dataclass(frozen=True)
class Released:
    """What became of a released row; ``before`` says that it had been settled already, and nothing was done."""

    entries: tuple[int, ...]
    record_ref: str | None
    state: str
    changed: int = 0
    settled_by: str | None = None
    before: bool = False


def entry(connection: Connection, number: int, *, lock: bool = False) -> Row[Any]:
    """Return the entry ``number``. Raises ``NoSuchEntry``."""
    found = quarantine.entry(connection, number, lock=lock)
    if found is None:
        raise NoSuchEntry(f"quarantine entry {number} does not exist; `amanah node quarantine list` shows those there")
    return found


def release(
    connection: Connection,
    number: int,
    correction: Mapping[str, str],
    *,
    mapping: SourceMapping,
    stream: Stream,
    loader: Loader,
    by: str,
    why: str,
) -> Released:
    """Read the refused row again, with ``correction`` (column -> value) in place of what it says, and load it.

    Raises ``NotReleasable`` while it still fails; nothing is changed then.
    """
    of = entry(connection, number, lock=True)
    if of.state != State.WAITING:
        return Released((number,), of.record_ref, of.state, settled_by=of.settled_by, before=True)
    if of.code in FINDINGS:
        raise NotReleasable(
            f"quarantine entry {number} ({of.code}) is no refused row: {of.message}. Correct it at the source; the "
            "entry closes by itself when the systems agree"
        )
    same = quarantine.same_row(connection, of)
    candidate, moment = _read_again(of, same, correction, mapping)
    checked = contract.check([candidate], stream)
    if checked.failures:
        faults = "\n".join(f"  {each.field or 'the record'}, {each.code}: {each.message}" for each in checked.failures)
        raise NotReleasable(f"quarantine entry {number}: the row still fails\n{faults}")
    ref = str(checked.accepted[0]["record_ref"])
    settled = [each.id for each in same]
    done = loader.load(connection, checked.accepted, {ref: moment}, period=of.period, batch=f"release {number}")
    quarantine.settle(connection, settled, State.RELEASED, by=by, why=why, correction=correction)
    return Released(tuple(settled), ref, State.RELEASED, changed=done.changed, settled_by=by)


def settle_by_run(
    connection: Connection, mapping: SourceMapping, candidates: Iterable[Candidate], checked: Checked, *, batch: str
) -> None:
    """Close the waiting entries about rows that the source has sent again: released if they pass now, else superseded.

    To be called before the new refusals of ``batch`` are added.
    """
    failing = {failure.position for failure in checked.failures}
    keys: dict[bool, list[str]] = {True: [], False: []}
    for candidate in candidates:
        key = candidate.raw.get(mapping.key)
        if key is not None:
            keys[candidate.position in failing].append(key)
    for failed, state, why in (
        (False, State.RELEASED, "the source sent the row again, corrected"),
        (True, State.SUPERSEDED, "the source sent the row again, and it failed again"),
    ):
        over = quarantine.waiting_rows(connection, mapping.name, mapping.key, keys[failed], besides=FINDINGS)
        quarantine.settle(connection, over, state, by=batch, why=why)


def _read_again(
    of: Row[Any], same: Sequence[Row[Any]], correction: Mapping[str, str], mapping: SourceMapping
) -> tuple[Candidate, datetime]:
    unknown = sorted(correction.keys() - of.raw.keys())
    if unknown:
        raise NotReleasable(
            f"quarantine entry {of.id}: the row has no column {', '.join(unknown)}; it has {', '.join(sorted(of.raw))}"
        )
    columns = {**of.raw, **correction}
    where = f"quarantine entry {of.id}"
    missing = [column for column in mapping.columns if column not in columns]
    if missing:
        raise NotReleasable(
            f"{where}: the mapping of {mapping.name} reads {', '.join(missing)} now, which the row does not have"
        )
    moment = instant(columns[mapping.updated_at], mapping, where)
    row = RowMapper(mapping).map(NativeRow(of.position, moment, columns, _damage(same, correction, mapping)))
    problems = tuple((each.field, each.code, each.message) for each in row.problems)
    return Candidate(of.position, row.values, row.raw, problems), moment


def _damage(same: Sequence[Row[Any]], correction: Mapping[str, str], mapping: SourceMapping) -> dict[str, str]:
    """Columns whose text is not what the system once held, and that nobody has corrected."""
    damaged = [each for each in same if each.code == DAMAGED and each.field in mapping.fields]
    columns = {column: each.message for each in damaged for column in mapping.fields[each.field].reads}
    return {column: why for column, why in columns.items() if column not in correction}


def listed(
    connection: Connection, *, source: str | None = None, period: str | None = None, settled: bool = False
) -> list[Entry]:
    """Entries that wait, or that do not any more, as they are shown: without the rows, which are personal."""
    states = (State.RELEASED, State.SUPERSEDED) if settled else (State.WAITING,)
    rows = quarantine.entries(connection, states, source=source, period=period)
    names = [each.name for each in fields(Entry)]
    return [Entry(**{name: row._mapping[name] for name in names}) for row in rows]
