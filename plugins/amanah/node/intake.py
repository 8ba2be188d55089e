"""Intake: from a ministry's system into the node's own records, through the contract check and the quarantine.

``extract`` stages a batch, ``validate`` checks and loads it. A batch is named by source and period; once loaded it is
done, and doing it again changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, insert, select

from amanah.node import staging
from amanah.node.consolidation.terms import Consolidation
from amanah.node.judging import to_judge
from amanah.node.loading import Loader, loader
from amanah.node.quarantine import settle_by_run
from amanah.periods import end_of
from amanah.quality import checkpoint, contract
from amanah.quality.batch import Batch
from amanah.quality.checkpoint import BatchRefused, BatchVerdict
from amanah.quality.expectations import Confirmation, Expectations
from amanah.sources import Mapping as SourceMapping
from amanah.sources import SourceConnection, open_source
from amanah.store import confirmations, profiles, quarantine
from amanah.store.database import Database
from amanah.store.locks import hold
from amanah.store.tables import batch
from schemas.agreement import Agreement
from schemas.streams import Stream

LATE = timedelta(days=45)  # a monthly drop laid down late, or a slow commit, is still found


class PeriodOpen(ValueError):
    """A month was asked for before its end; what is read now would not be all of it."""


class NotExtracted(LookupError):
    """``validate`` was called for a batch that ``extract`` has not staged."""


class LoadedAlready(LookupError):
    """A batch was to be confirmed that is loaded."""


@dataclass(frozen=True)
class BatchResult:
    """What became of one batch; counts only.

    ``unattached`` rows are part of no record (yet); ``listed`` findings wait for a person beside the refused rows.
    """

    source: str
    period: str
    stream: str
    read: int
    accepted: int
    quarantined: int
    changed: int
    unattached: int = 0
    listed: int = 0
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
    consolidation: Consolidation

    @property
    def stream(self) -> Stream:
        """The stream this source feeds, with the checks of this corridor."""
        return self.agreement.checked_stream(self.mapping.stream)

    @property
    def loader(self) -> Loader:
        """How this source's rows become records."""
        return loader(self.us, self.agreement, self.stream, self.mapping.name, self.consolidation)

    def extract(self, period: str) -> int:
        """Stage what changed in the source since the batch before, up to the end of ``period``; return the rows read.

        The window begins ``LATE`` before the watermark: what was laid down or committed after the last read is found.
        Raises ``SourceUnavailable`` or ``SourceError``, and ``PeriodOpen`` before the month is over; nothing is staged.
        """
        with self._turn():
            return self._extract(period)

    def _extract(self, period: str) -> int:
        loaded = self._loaded(period)
        if loaded is not None:
            return loaded.read
        until = self._end_of(period)
        if until > datetime.now(UTC):
            raise PeriodOpen(f"{self.mapping.name} {period}: the month is not over in {self.us}; read it afterwards")
        source, watermark = open_source(self.mapping, self.connection), self._read_until(period)
        source.require(period)
        rows = source.read(watermark - LATE if watermark else None, until)
        return staging.write(self._staged(period), rows, watermark=watermark)

    def validate(self, period: str) -> BatchResult:
        """Check the staged batch record by record and as a whole, and load it in one transaction.

        Raises ``BatchRefused`` when it is not what is expected of it (nothing is loaded, the batch stays staged), and
        ``NotExtracted`` when nothing is staged.
        """
        with self._turn():
            return self._validate(period)

    def _validate(self, period: str) -> BatchResult:
        staged = self._staged(period)
        loaded = self._loaded(period)
        if loaded is not None:
            staged.unlink(missing_ok=True)
            return loaded
        if not staged.exists():
            raise NotExtracted(f"{self.mapping.name} {period}: nothing is staged; run extract for this period first")
        found = staging.read(staged)
        whole = contract.check(found.candidates, self.stream)
        checked = self._without_known(whole, found.late)
        expected = self.expectations.confirmed_too(self.mapping.name, self._confirmed(period))
        verdict = checkpoint.run(self._to_judge(period, checked), expected, self.folder / "data_docs")
        if verdict.errors:
            faults = "\n".join(f"  {fault}" for fault in verdict.errors)
            raise BatchRefused(
                f"{self.mapping.name} {period}: the batch is not what is expected of it and was not loaded\n{faults}\n"
                f"  Look at the Data Docs of {self.mapping.name}, mend the source, then run extract again.",
                verdict.stopped_by,
            )
        result = self._load(period, found, whole, checked, verdict)
        staged.unlink(missing_ok=True)
        return result

    def confirm(self, period: str, checks: Sequence[str], *, by: str, why: str) -> None:
        """Keep that the batch of ``period`` is right although ``checks`` say it is unusual; validate then loads it.

        Raises ``LoadedAlready`` for a batch that is loaded: there is nothing left to decide.
        """
        if self._loaded(period) is not None:
            raise LoadedAlready(f"{self.mapping.name} {period}: is loaded; there is nothing left to confirm")
        with self.database.engine.begin() as connection:
            confirmations.add(connection, self.mapping.name, period, checks, by=by, why=why)

    def _confirmed(self, period: str) -> list[Confirmation]:
        with self.database.engine.connect() as connection:
            found = confirmations.of_batch(connection, self.mapping.name, period)
        return [
            Confirmation(source=row.source, period=row.period, checks=tuple(row.checks), because=row.why)
            for row in found
        ]

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One at a time for each source: a person and a pipeline would share the staged file and the Data Docs."""
        with self.database.engine.begin() as turn:
            hold(turn, f"intake {self.mapping.name}")
            yield

    def _to_judge(self, period: str, checked: contract.Checked) -> Batch:
        with self.database.engine.connect() as connection:
            return to_judge(
                connection,
                checked,
                agreement=self.agreement,
                expectations=self.expectations,
                us=self.us,
                stream=self.stream,
                source=self.mapping.name,
                period=period,
            )

    def _load(
        self,
        period: str,
        found: staging.Staged,
        whole: contract.Checked,
        checked: contract.Checked,
        verdict: BatchVerdict,
    ) -> BatchResult:
        name = f"{self.mapping.name} {period}"
        with self.database.engine.begin() as connection:
            hold(connection, f"load {self.mapping.name}")
            done = _batch_row(connection, self.mapping.name, period)
            if done is not None:
                return done
            loaded = self.loader.load(connection, checked.accepted, found.moments, period=period, batch=name)
            again = self._sent_again(found.candidates, whole, checked)
            settle_by_run(connection, self.mapping, again, whole, batch=name)
            quarantine.add(
                connection,
                [{**asdict(f), "source": self.mapping.name, "period": period} for f in checked.failures],
            )
            row = {
                "source": self.mapping.name,
                "period": period,
                "stream": self.stream.name,
                "read": len(checked.accepted) + checked.refused,
                "accepted": len(checked.accepted),
                "quarantined": checked.refused,
                **asdict(loaded),
            }
            moments = {
                "read_until": self._end_of(period),
                "loaded_at": datetime.now(UTC),
            }
            connection.execute(insert(batch).values({**row, **moments}))
            profiles.add(connection, self.mapping.name, period, verdict.profile)
        return BatchResult(**row, warnings=verdict.warnings)

    @staticmethod
    def _sent_again(
        candidates: list[contract.Candidate], whole: contract.Checked, checked: contract.Checked
    ) -> list[contract.Candidate]:
        """All rows but those whose refusal is known already: they have not been sent again, only read again."""
        old = {failure.position for failure in whole.failures} - {failure.position for failure in checked.failures}
        return [candidate for candidate in candidates if candidate.position not in old]

    def _without_known(self, checked: contract.Checked, late: staging.Late) -> contract.Checked:
        """Leave out the late rows that an earlier batch has loaded or refused already."""
        if not late.positions:
            return checked
        with self.database.engine.connect() as connection:
            news = self.loader.news(connection, checked.accepted)
            refused = {
                _refusal(row.record_ref, row.field, row.code, row.raw)
                for row in quarantine.refusals(connection, self.mapping.name)
            }
        accepted = [r for r in checked.accepted if r["record_ref"] not in late.refs or r["record_ref"] in news]
        failures = [
            f
            for f in checked.failures
            if f.position not in late.positions or _refusal(f.record_ref, f.field, f.code, f.raw) not in refused
        ]
        return contract.Checked(accepted, failures)

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
    counts = (row.read, row.accepted, row.quarantined, row.changed, row.unattached, row.listed)
    return BatchResult(row.source, row.period, row.stream, *counts)


def _refusal(ref: str | None, field: str | None, code: str, raw: Mapping[str, str | None]) -> tuple[object, ...]:
    """What makes two refusals the same one."""
    return (ref, field, code, *sorted(raw.items()))
