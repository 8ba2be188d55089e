"""Builds small frozen snapshot folders, so that a test shows only what matters."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas import agreement as agreements
from schemas import codelists
from schemas.forms import arrow_schema
from schemas.streams import STREAMS

AGREEMENT = agreements.load(agreements.FOLDER / "idn-sau.yaml")
QUARTER = "2026-Q3"
PERIODS = ["2026-07", "2026-08", "2026-09"]
CUT_OFF = datetime(2026, 10, 10, 3, 0, tzinfo=UTC)

_REVISION = [
    ("revision", pa.int32()),
    ("known_in", pa.string()),
    ("withdrawn", pa.bool_()),
    ("is_current", pa.bool_()),
    ("cell_key", pa.uint64()),
]
_TEXT = pa.string()
_TIME = pa.timestamp("us", tz="UTC")
_COMMON = {
    "link": [(name, _TEXT) for name in ("stream", "ours_ref", "theirs_ref", "grade", "why")],
    "discrepancy": [
        (name, _TEXT)
        for name in (
            *("id", "stream", "class", "severity", "reason", "field", "ours_ref", "theirs_ref", "area"),
            *("opened_in", "closed_in"),
        )
    ]
    + [("cell_key", pa.uint64())],
    "message": [
        *((name, _TEXT) for name in ("message_id", "direction", "sender", "stream", "kind", "period", "state")),
        ("created_at", _TIME),
        ("answered_at", _TIME),
        ("records", pa.int64()),
        ("rejected_records", pa.int64()),
        ("verdict", _TEXT),
        ("cell_key", pa.uint64()),
    ],
    "batch": [
        *((name, _TEXT) for name in ("source", "stream", "period")),
        *((name, pa.int64()) for name in ("read", "accepted", "quarantined")),
        ("quality", _TEXT),
        ("cell_key", pa.uint64()),
    ],
}


@dataclass
class Frozen:
    """A snapshot in the making. Every method adds rows; ``write`` makes the folder."""

    frozen_by: str = "IDN"
    quarter: str = QUARTER
    periods: list[str] = field(default_factory=lambda: list(PERIODS))
    missing: list[dict[str, str]] = field(default_factory=list)
    more_terms: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def partner(self) -> str:
        return AGREEMENT.other(self.frozen_by)

    def placement(self, party: str, number: int, **values: Any) -> str:
        """One revision of a placement: a housekeeper in Riyadh who arrived on 3 August, unless told otherwise."""
        return self._record(
            "placement",
            party,
            f"{party}-P-{number:05d}",
            {
                "sex": "F",
                "occupation_isco": "5152",
                "area": "SA-01",
                "name_latin": "SITI AMINAH",
                "passport_no": f"X{number:07d}",
                "employer_name": "Al Amal Recruitment",
                "wage_amount": Decimal("1500.00"),
                "wage_currency": "SAR",
                "contract_start": date(2026, 7, 15),
                "contract_end": date(2028, 7, 14),
                "stage": "arrived",
                "stage_date": date(2026, 8, 3),
            }
            | _journey(number, values)
            | values,
        )

    def complaint(self, party: str, number: int, **values: Any) -> str:
        """One revision of a complaint about unpaid wages of 20 August, unless told otherwise."""
        usual = {
            "placement_ref": f"{party}-P-{number:05d}",
            "kind": "wages_unpaid",
            "received_on": date(2026, 8, 20),
            "stage": "in_review",
            "channel": ("telephone", "in_person", "social_media")[number % 3],
        }
        if values.get("stage") in ("resolved", "closed_unresolved", "withdrawn"):
            usual["closed_on"] = values.get("received_on", date(2026, 8, 20)) + timedelta(days=5 + 2 * (number % 40))
        return self._record("complaint", party, f"{party}-C-{number:05d}", usual | values)

    def both(self, stream: str, numbers: Iterable[int], **values: Any) -> None:
        """The same records on both sides, linked."""
        for number in numbers:
            add = self.placement if stream == "placement" else self.complaint
            ours, theirs = add(self.frozen_by, number, **values), add(self.partner, number, **values)
            self.link(stream, ours, theirs)

    def link(self, stream: str, ours: str, theirs: str, grade: str = "certain") -> None:
        self._add("link", stream=stream, ours_ref=ours, theirs_ref=theirs, grade=grade, why="contract_no")

    def discrepancies(self, number: int, **values: Any) -> None:
        usual = {"stream": "placement", "class": "field", "severity": "medium", "opened_in": "2026-08"}
        for _ in range(number):
            self._add("discrepancy", id=f"D{len(self.rows.get('discrepancy', [])):05d}", **(usual | values))

    def package(self, sender: str, stream: str, period: str, **values: Any) -> None:
        number = len(self.rows.get("message", [])) + 1
        receiver = AGREEMENT.other(sender)
        usual = {"kind": "records", "state": "accepted", "verdict": "accepted", "records": 100, "rejected_records": 0}
        self._add(
            "message",
            message_id=f"{sender}-{receiver}-{stream}-{number:06d}",
            direction="out" if sender == self.frozen_by else "in",
            sender=sender,
            stream=stream,
            period=period,
            created_at=CUT_OFF,
            **(usual | values),
        )

    def batch(self, source: str, **values: Any) -> None:
        usual = {"stream": "placement", "period": "2026-08", "read": 100, "accepted": 100, "quarantined": 0}
        self._add("batch", source=source, **({"quality": "passed"} | usual | values))

    def write(self, folder: Path) -> Path:
        """Write the folder and return it."""
        folder.mkdir(parents=True, exist_ok=True)
        for stream in STREAMS.values():
            schema = pa.schema([*arrow_schema(stream), *_REVISION])
            for party in AGREEMENT.parties:
                self._table(folder, f"{stream.name}_{party}", schema)
        for name, columns in _COMMON.items():
            self._table(folder, name, pa.schema(columns))
        terms = {
            "agreement": AGREEMENT.id,
            "agreement_sha256": AGREEMENT.sha256,
            "quarter": self.quarter,
            "frozen_by": self.frozen_by,
            "ledger_head": f"{'5eed' * 16}:1234",
            "partner": self.partner,
            "periods": self.periods,
            "missing": self.missing,
            "frozen_at": CUT_OFF.isoformat(),
            "software": "amanah 0.1.0",
            **self.more_terms,
        }
        (folder / "snapshot.json").write_text(json.dumps(terms), encoding="utf-8")
        return folder

    def _record(self, stream: str, party: str, ref: str, values: dict[str, Any]) -> str:
        """Add it as the node freezes it: without what the party may not share."""
        usual = {"record_ref": ref, "revision": 1, "known_in": "2026-08", "withdrawn": False, "is_current": True}
        kept = set(STREAMS[stream].fields).difference(AGREEMENT.granted(stream, sender=party))
        self._add(f"{stream}_{party}", **{name: value for name, value in (usual | values).items() if name not in kept})
        return ref

    def _add(self, name: str, **values: Any) -> None:
        rows = self.rows.setdefault(name, [])
        rows.append({"cell_key": zlib.crc32(f"{name} {len(rows)}".encode()), **values})

    def _table(self, folder: Path, name: str, schema: pa.Schema) -> None:
        pq.write_table(pa.Table.from_pylist(self.rows.get(name, []), schema=schema), folder / f"{name}.parquet")


def _journey(number: int, values: dict[str, Any]) -> dict[str, Any]:
    """Days, costs, agencies and wages of a worker who arrived; what varies does so with the number."""
    day = values.get("stage_date", date(2026, 8, 3))
    if day is None or values.get("stage", "arrived") != "arrived":
        return {}
    due = 1 + number % 2
    insured = number % 4 > 0
    return {
        "requested_on": day - timedelta(days=60 + number % 40),
        "contract_endorsed_on": day - timedelta(days=30) if number % 7 else None,
        "visa_issued_on": day - timedelta(days=12 + number % 15),
        "departed_on": day - timedelta(days=1),
        "arrived_on": day,
        "origin_agency_licence_no": f"SIP3MI/{number // 50:03d}/2026",
        "destination_agency_licence_no": f"4{number % 3:03d}",
        "worker_cost_amount": Decimal(0 if number % 3 else 600 + 20 * number),
        "worker_cost_currency": "SAR" if number % 5 else "IDR",
        "recruitment_fee_amount": Decimal(10500 + 20 * (number % 60)),
        "recruitment_fee_currency": "SAR",
        "insurance_from": day if insured else None,
        "insurance_until": day + timedelta(days=365) if insured else None,
        "wage_payments_due": due,
        "wage_payments_seen": due if number % 6 else 0,
    }


def a_quarter() -> Frozen:
    """A plausible corridor: two quarters, most of it matched, figures one can add up by hand.

    Arrived in the quarter: IDN 120 housekeepers + 40 drivers + 6 cooks = 166, SAU the same but 15 housekeepers, plus
    12 of its own; matched 151. In the quarter before: 100 on both sides. Complaints: IDN 60, SAU 30, matched 30.
    """
    frozen = Frozen()
    frozen.both("placement", range(105), occupation_isco="5152", area="SA-01")
    for number in range(105, 120):
        frozen.placement("IDN", number)
    for number in range(900, 912):
        frozen.placement("SAU", number, area="SA-03")
    frozen.both("placement", range(120, 160), occupation_isco="8322", area="SA-02", sex="M", wage_amount=Decimal(1450))
    frozen.both("placement", range(160, 166), occupation_isco="5120", area="SA-02")
    frozen.both("placement", range(200, 300), stage_date=date(2026, 5, 10), contract_start=date(2026, 5, 1))
    frozen.both("complaint", range(30))
    for number in range(30, 60):
        frozen.complaint("IDN", number, kind="lost_contact", placement_ref=None if number < 42 else "IDN-P-00042")
    for number in range(200, 240):
        stage = "resolved" if number < 225 else "mediation"
        frozen.complaint("IDN", number, received_on=date(2026, 5, 20), stage=stage)
    frozen.discrepancies(15, **{"class": "missing_there", "reason": "late", "severity": "high"})
    frozen.discrepancies(12, **{"class": "missing_here", "reason": "late", "severity": "high"})
    frozen.discrepancies(20, field="wage_amount", severity="high")
    frozen.discrepancies(11, stream="complaint", severity="low", opened_in="2026-05")
    frozen.discrepancies(14, opened_in="2026-05", closed_in="2026-08")
    frozen.discrepancies(
        3, **{"class": "protection", "severity": "high", "reason": "absconding_with_open_wage_complaint"}
    )
    for period in PERIODS:
        for stream in STREAMS:
            frozen.package("IDN", stream, period, rejected_records=4 if stream == "placement" else 0)
            frozen.batch("musaned_export.csv" if stream == "complaint" else "siskop2mi", stream=stream, period=period)
        frozen.package("SAU", "placement", period)
    frozen.package("SAU", "complaint", "2026-07", kind="nil", records=0)
    frozen.package("SAU", "complaint", "2026-08", state="rejected", verdict="rejected")
    frozen.package("SAU", "complaint", "2026-08")
    frozen.missing.append({"what": "message", "period": "2026-09", "stream": "complaint", "sender": "SAU"})
    return frozen


def a_full_quarter() -> Frozen:
    """Everything a page has room for, and some more: five quarters, many categories, numbers of four digits."""
    first_days = [date(2026, 2, 10), date(2026, 5, 10), date(2026, 8, 10), date(2026, 11, 10), date(2027, 2, 10)]
    frozen = Frozen(quarter="2027-Q1", periods=["2027-01", "2027-02", "2027-03"])
    occupations = ["5152", "8322", "5120", "5311", "5322", "9111", "7115", "2221", "4110", "8332"]
    kinds = sorted(codelists.load("complaint_kind").codes)[:20]
    for quarter, day in enumerate(first_days):
        start = quarter * 1000
        for place, occupation in enumerate(occupations):
            numbers = range(start + place * 60, start + place * 60 + 30 + place * 3)
            values = {"occupation_isco": occupation, "area": f"SA-{place + 1:02d}", "sex": "FM"[place % 2]}
            frozen.both("placement", numbers, stage_date=day, contract_start=day, known_in="2027-02", **values)
        for place, kind in enumerate(kinds):
            numbers = range(start + place * 40, start + place * 40 + 11 + place)
            frozen.both("complaint", numbers, kind=kind, received_on=day, known_in="2027-02")
    for number in range(9000, 10300):
        frozen.placement("IDN", number, stage_date=date(2027, 3, 1), known_in="2027-03")
    for place, name in enumerate(("field", "stage", "identity", "duplicate", "missing_there", "missing_here")):
        frozen.discrepancies(11 + place, **{"class": name, "severity": "high", "opened_in": "2027-02"})
    frozen.discrepancies(12, **{"class": "protection", "reason": "absconding_with_open_wage_complaint"})
    for period in frozen.periods:
        for stream in STREAMS:
            for sender in AGREEMENT.parties:
                frozen.package(sender, stream, period)
            frozen.batch("siskop2mi", stream=stream, period=period)
    return frozen
