"""A ministry with several systems, one saying something at a time, and the records that come of it."""

from datetime import UTC, datetime
from pathlib import Path

import yaml
from builders import Record
from sqlalchemy import insert, select, text

from amanah.node.consolidation import terms
from amanah.node.consolidation.consolidate import Consolidated, Consolidation
from amanah.node.consolidation.contribution import from_record
from amanah.store import quarantine, records
from amanah.store.database import Database
from amanah.store.fingerprint import fingerprint
from amanah.store.quarantine import State
from amanah.store.tables import RECORDS, contribution, message, sent_record
from schemas.agreement import Agreement
from schemas.streams import STREAMS

MONTH = "2026-07"
PLACEMENT = STREAMS["placement"]

TERMS = {
    "placement": {
        "systems": [
            {"name": "siskop2mi", "role": "register"},
            {"name": "siapkerja", "role": "register"},
            {"name": "embassy", "role": "supplement", "optional": True, "clears": ["household_locality"]},
            {"name": "peduli_wni", "role": "supplement", "optional": True},
        ],
        "precedence": {"passport_no": ["embassy", "siskop2mi", "siapkerja", "peduli_wni"], "stage": ["siskop2mi"]},
        "same_record": ["contract_no"],
        "same_person": ["national_id", ["passport_no", "previous_passport_nos"]],
        "apart": ["contract_no", "employer_ref"],
        "guards": ["birth_date", "name_latin", "sex"],
        "time": {"day": "stage_date", "start": "contract_start", "end": "contract_end", "margin_days": 180},
    }
}


def write_terms(folder: Path, **changed: object) -> Path:
    """The terms as a party writes them; keywords replace entries of the placement stream."""
    file = folder / "consolidation.yaml"
    file.write_text(yaml.safe_dump({"placement": {**TERMS["placement"], **changed}}), encoding="utf-8")
    return file


class Ministry:
    """Indonesia's systems and what its node makes of them."""

    def __init__(self, database: Database, agreement: Agreement, folder: Path) -> None:
        self.database, self._agreement, self._folder = database, agreement, folder
        self.agree()

    def agree(self, **changed: object) -> None:
        """Set other terms."""
        agreed = terms.load(write_terms(self._folder, **changed))["placement"]
        self._into = Consolidation("IDN", self._agreement, PLACEMENT, agreed)

    def say(self, source: str, *rows: Record, day: int = 15, month: str = MONTH) -> Consolidated:
        """``source`` sends ``rows``, last changed on ``day``; what a row does not name is absent."""
        said = []
        for row in rows:
            whole = dict.fromkeys(PLACEMENT.fields) | {"stage": "requested"} | row
            valid = PLACEMENT.model.model_validate(whole).model_dump()
            looks = fingerprint(valid, PLACEMENT.fields)
            moment = datetime.fromisoformat(f"{month}-{day:02d}").replace(tzinfo=UTC)
            said.append(from_record(source, valid, updated_at=moment, known_in=month, fingerprint=looks))
        with self.database.engine.begin() as connection:
            return self._into.take(connection, said, period=month, batch=f"{source} {month}")

    def forget(self) -> None:
        """Nothing has ever been said."""
        with self.database.engine.begin() as connection:
            connection.execute(text("TRUNCATE placement, unsent, contribution, contribution_key, quarantine"))

    def again(self, month: str = MONTH) -> Consolidated:
        """Make every record anew."""
        with self.database.engine.begin() as connection:
            return self._into.again(connection, period=month)

    def records(self, month: str = MONTH) -> dict[str, Record]:
        """The records as known at the end of ``month``, by reference, without what is absent."""
        table = records.current(self.database, "placement", holder="IDN", as_of=month).select(PLACEMENT.fields)
        return {
            row["record_ref"]: {field: value for field, value in row.items() if value is not None}
            for row in table.to_pylist()
        }

    def origins(self, ref: str) -> dict[str, str]:
        """Which system gave which field of the newest revision of ``ref``."""
        table = RECORDS["placement"]
        query = select(table.c.origins).where(table.c.record_ref == ref).order_by(table.c.revision.desc()).limit(1)
        with self.database.engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def publish(self, *refs: str, sequence: int = 1) -> None:
        """The partner has been sent ``refs``."""
        number = f"IDN-SAU-placement-{sequence:06d}"
        row = {"message_id": number, "direction": "out", "sender": "IDN", "stream": "placement", "sequence": sequence}
        row |= {"kind": "records", "environment": "test", "state": "accepted", "package_sha256": "", "records": 1}
        sent = {
            "message_id": number,
            "stream": "placement",
            "revision": 1,
            "action": "new",
            "fingerprint": "",
            "sequence": sequence,
        }
        with self.database.engine.begin() as connection:
            connection.execute(insert(message), row | {"rejected_records": 0, "created_at": datetime.now(UTC)})
            connection.execute(insert(sent_record), [{**sent, "record_ref": ref, "rejected": False} for ref in refs])

    def unattached(self) -> set[str]:
        """The rows that are part of no record."""
        query = select(contribution.c.source_ref).where(contribution.c.record_ref.is_(None))
        with self.database.engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def listed(self, state: State = State.WAITING) -> list[tuple[str, str, str | None]]:
        """What is on the list for a person: record, code, field."""
        with self.database.engine.connect() as connection:
            found = quarantine.entries(connection, [state])
        return sorted((row.record_ref, row.code, row.field) for row in found)
