"""Intake: from a ministry's system into the node's own records, through the contract check and the quarantine.

``extract`` stages a batch, ``validate`` checks and loads it. A batch is named by source and period; once loaded it is
done, and doing it again changes nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, insert, select

from amanah.node import staging
from amanah.node.periods import end_of
from amanah.quality import checkpoint, contract
from amanah.quality.checkpoint import BatchRefused
from amanah.quality.expectations import Expectations
from amanah.sources import Mapping as SourceMapping
from amanah.sources import SourceConnection, open_source
from amanah.store import findings, records
from amanah.store.database import Database
from amanah.store.fingerprint import fingerprint
from amanah.store.locks import hold
from amanah.store.records import Revision
from amanah.store.tables import batch, quarantine
from schemas.agreement import Agreement
from schemas.streams import Stream

LATE = timedelta(days=45)  # a monthly drop laid down late, or a slow commit, is still found


class PeriodOpen(ValueError):
    """A month was asked for before its end; what is read now would not be all of it."""


class NotExtracted(LookupError):
    """``validate`` was called for a batch that ``extract`` has not staged."""


@dataclass(frozen=True)
class BatchResult:
    """What became of one batch; counts only."""

    source: str
    period: str
    stream: str
    read: int
    accepted: int
    quarantined: int
    changed: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Intake:
    """The intake of one source into the records of party ``us``."""

    us: str
    agreement: Agreement
    database: Database
    mapping: SourceMapping
    connection: SourceConnection
    expectations: Expectations
    folder: Path

    @property
    def stream(self) -> Stream:
        """The stream this source feeds."""
        return self.agreement.stream(self.mapping.stream)

    def extract(self, period: str) -> int:
        """Stage what changed in the source since the batch before, up to the end of ``period``; return the rows read.

        The window begins ``LATE`` before the watermark: what was laid down or committed after the last read is found.
        Raises ``SourceUnavailable`` or ``SourceError``, and ``PeriodOpen`` before the month is over; nothing is staged.
        """
        loaded = self._loaded(period)
        if loaded is not None:
            return loaded.read
        until = self._end_of(period)
        if until > datetime.now(UTC):
            raise PeriodOpen(f"{self.mapping.name} {period}: the month is not over in {self.us}; read it afterwards")
        source, watermark = open_source(self.mapping, self.connection), self._read_until(period)
        rows = source.read(watermark - LATE if watermark else None, until)
        return staging.write(self._staged(period), rows, watermark=watermark)

    def validate(self, period: str) -> BatchResult:
        """Check the staged batch record by record and as a whole, and load it in one transaction.

        Raises ``BatchRefused`` when it is not what is expected of it (nothing is loaded, the batch stays staged), and
        ``NotExtracted`` when nothing is staged.
        """
        staged = self._staged(period)
        loaded = self._loaded(period)
        if loaded is not None:
            staged.unlink(missing_ok=True)
            return loaded
        if not staged.exists():
            raise NotExtracted(f"{self.mapping.name} {period}: nothing is staged; run extract for this period first")
        candidates, late = staging.read(staged)
        checked = self._without_known(contract.check(candidates, self.stream), late)
        verdict = checkpoint.run(
            checkpoint.Batch(self.mapping.name, period, self.stream.fields, checked.accepted, checked.refused),
            self.expectations,
            self.folder / "data_docs",
        )
        if verdict.errors:
            faults = "\n".join(f"  {fault}" for fault in verdict.errors)
            raise BatchRefused(
                f"{self.mapping.name} {period}: the batch is not what is expected of it and was not loaded\n{faults}\n"
                f"  Look at the Data Docs of {self.mapping.name}, mend the source, then run extract again."
            )
        result = self._load(period, checked, verdict.warnings)
        staged.unlink(missing_ok=True)
        return result

    def _load(self, period: str, checked: contract.Checked, cautions: tuple[str, ...]) -> BatchResult:
        with self.database.engine.begin() as connection:
            hold(connection, f"load {self.mapping.name}")
            done = _batch_row(connection, self.mapping.name, period)
            if done is not None:
                return done
            revisions = self._changed(connection, checked.accepted)
            records.add(
                connection,
                self.stream.name,
                revisions,
                holder=self.us,
                known_in=findings.first_open_period(connection, period),
                origin=self.mapping.name,
            )
            self._quarantine(connection, period, checked)
            row = {
                "source": self.mapping.name,
                "period": period,
                "stream": self.stream.name,
                "read": len(checked.accepted) + checked.refused,
                "accepted": len(checked.accepted),
                "quarantined": checked.refused,
                "changed": len(revisions),
            }
            moments = {
                "read_until": self._end_of(period),
                "loaded_at": datetime.now(UTC),
            }
            connection.execute(insert(batch).values({**row, **moments}))
        return BatchResult(**row, warnings=cautions)  # type: ignore[arg-type] # the row's values are of the field's types

    def _without_known(self, checked: contract.Checked, late: staging.Late) -> contract.Checked:
        """Leave out the late rows that an earlier batch has loaded or refused already."""
        if not late.positions:
            return checked
        with self.database.engine.connect() as connection:
            changed = {revision.record_ref for revision in self._changed(connection, checked.accepted)}
            refused = {
                _refusal(row.record_ref, row.field, row.code, row.raw)
                for row in connection.execute(select(quarantine).where(quarantine.c.source == self.mapping.name))
            }
        accepted = [r for r in checked.accepted if r["record_ref"] not in late.refs or r["record_ref"] in changed]
        failures = [
            f
            for f in checked.failures
            if f.position not in late.positions or _refusal(f.record_ref, f.field, f.code, f.raw) not in refused
        ]
        return contract.Checked(accepted, failures)

    def _changed(self, connection: Connection, accepted: list[dict[str, object]]) -> list[Revision]:
        known = records.latest(
            connection, self.stream.name, holder=self.us, refs=[str(record["record_ref"]) for record in accepted]
        )
        revisions = []
        for record in accepted:
            ref, looks = str(record["record_ref"]), fingerprint(record, self.stream.fields)
            revision, before, _ = known.get(ref, (0, None, False))
            if looks != before:
                revisions.append(Revision(ref, revision + 1, record, looks))
        return revisions

    def _quarantine(self, connection: Connection, period: str, checked: contract.Checked) -> None:
        if checked.failures:
            rows = [{**asdict(f), "source": self.mapping.name, "period": period} for f in checked.failures]
            connection.execute(insert(quarantine), rows)

    def _loaded(self, period: str) -> BatchResult | None:
        with self.database.engine.connect() as connection:
            return _batch_row(connection, self.mapping.name, period)

    def _read_until(self, period: str) -> datetime | None:
        """The watermark: up to where the batch before this period has read."""
        query = (
            select(batch.c.read_until)
            .where(batch.c.source == self.mapping.name, batch.c.period < period)
            .order_by(batch.c.period.desc())
            .limit(1)
        )
        with self.database.engine.connect() as connection:
            watermark: datetime | None = connection.execute(query).scalar_one_or_none()
        return watermark

    def _end_of(self, period: str) -> datetime:
        return end_of(period, self.agreement.parties[self.us].time_zone)

    def _staged(self, period: str) -> Path:
        room = self.folder / "staged"
        room.mkdir(mode=0o700, parents=True, exist_ok=True)
        return room / f"{self.mapping.name}-{period}.ndjson"


def _batch_row(connection: Connection, source: str, period: str) -> BatchResult | None:
    query = select(batch).where(batch.c.source == source, batch.c.period == period)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return BatchResult(row.source, row.period, row.stream, row.read, row.accepted, row.quarantined, row.changed)


def _refusal(ref: str | None, field: str | None, code: str, raw: Mapping[str, str | None]) -> tuple[object, ...]:
    """What makes two refusals the same one."""
    return (ref, field, code, *sorted(raw.items()))
