"""Intake: from a ministry's system into the node's own records, through the contract check and the quarantine.

``extract`` stages a batch, ``validate`` checks and loads it. A batch is named by source and period; once loaded it is
done, and doing it again changes nothing.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert, select

from amanah.node.periods import end_of
from amanah.quality import checkpoint, contract
from amanah.quality.checkpoint import BatchRefused
from amanah.quality.expectations import Expectations
from amanah.sources import MappedRow, Mapping, SourceConnection, open_source
from amanah.store import records
from amanah.store.database import Database
from amanah.store.fingerprint import fingerprint
from amanah.store.locks import hold
from amanah.store.records import Revision
from amanah.store.tables import batch, quarantine
from schemas.agreement import Agreement
from schemas.streams import Stream


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
    mapping: Mapping
    connection: SourceConnection
    expectations: Expectations
    folder: Path

    @property
    def stream(self) -> Stream:
        """The stream this source feeds."""
        return self.agreement.stream(self.mapping.stream)

    def extract(self, period: str) -> int:
        """Stage what changed in the source since the batch before, up to the end of ``period``; return the rows read.

        Raises ``SourceUnavailable`` or ``SourceError``; nothing is staged then.
        """
        loaded = self._loaded(period)
        if loaded is not None:
            return loaded.read
        source = open_source(self.mapping, self.connection)
        until = end_of(period, self.agreement.parties[self.us].time_zone)
        staged = self._staged(period)
        unfinished = staged.with_suffix(".part")
        rows = 0
        with unfinished.open("w", encoding="utf-8") as file:
            for row in source.read(self._read_until(period), until):
                file.write(_line(row))
                rows += 1
        unfinished.replace(staged)
        return rows

    def validate(self, period: str) -> BatchResult:
        """Check the staged batch record by record and as a whole, and load it in one transaction.

        Raises ``BatchRefused`` when it is not what is expected of it (nothing is loaded, the batch stays staged), and
        ``NotExtracted`` when nothing is staged.
        """
        loaded = self._loaded(period)
        if loaded is not None:
            return loaded
        staged = self._staged(period)
        if not staged.exists():
            raise NotExtracted(f"{self.mapping.name} {period}: nothing is staged; run extract for this period first")
        checked = contract.check(_candidates(staged), self.stream)
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
                connection, self.stream.name, revisions, holder=self.us, known_in=period, origin=self.mapping.name
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
                "read_until": end_of(period, self.agreement.parties[self.us].time_zone),
                "loaded_at": datetime.now(UTC),
            }
            connection.execute(insert(batch).values({**row, **moments}))
        return BatchResult(**row, warnings=cautions)  # type: ignore[arg-type] # the row's values are of the field's types

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


def _line(row: MappedRow) -> str:
    problems = [[p.field, p.code, p.message] for p in row.problems]
    content = {"position": row.position, "values": row.values, "raw": row.raw, "problems": problems}
    return json.dumps(content, default=str, ensure_ascii=False) + "\n"


def _candidates(staged: Path) -> Iterator[contract.Candidate]:
    with staged.open(encoding="utf-8") as file:
        for line in file:
            content = json.loads(line)
            problems = tuple((field, code, message) for field, code, message in content["problems"])
            yield contract.Candidate(content["position"], content["values"], content["raw"], problems)
