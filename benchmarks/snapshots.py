"""Frozen snapshots of any size, made up in DuckDB in the layout that a node freezes."""

import json
from collections.abc import Mapping
from pathlib import Path

import duckdb

from reports.quarter import Quarter
from reports.snapshot import COMMON, SIDED
from schemas import agreement as agreements

AGREEMENT = agreements.load(agreements.FOLDER / "idn-sau.yaml")
QUARTER = Quarter.parse("2026-Q3")
US, PARTNER = AGREEMENT.parties

# By column: the value of record n, given as SQL. A column that is not named here is empty.
_DAY = "(DATE '2026-01-05' + CAST(n * 7919 % 265 AS INTEGER))"
_RECORD = {
    "cell_key": "hash(n, '{party}') % 4294967296",
    "revision": "1",
    "known_in": f"strftime({_DAY}, '%Y-%m')",
    "withdrawn": "false",
    "is_current": "true",
}
_SIDED: Mapping[str, Mapping[str, str]] = {
    "placement": {
        **_RECORD,
        "record_ref": "'{party}-P-' || n",
        "sex": "if(n % 5 = 0, 'M', 'F')",
        "occupation_isco": "['5152', '8322', '5120', '5322', '5311', '9111'][1 + n % 6]",
        "area": "format('SA-{{:02d}}', 1 + n % 7)",
        "origin_agency_licence_no": "format('SIP3MI-{{:03d}}-2024', 1 + n % 60)",
        "destination_agency_licence_no": "format('40{{:05d}}', 1 + n % 60)",
        "wage_amount": "1400 + n % 4 * 50",
        "wage_currency": "'SAR'",
        "contract_start": _DAY,
        "contract_end": f"{_DAY} + 730",
        "stage": "['arrived', 'arrived', 'arrived', 'visa_issued', 'returned'][1 + n % 5]",
        "stage_date": f"{_DAY} + 10",
    },
    "complaint": {
        **_RECORD,
        "record_ref": "'{party}-C-' || n",
        "placement_ref": "if(n % 9 = 0, NULL, '{party}-P-' || n)",
        "kind": "['wages_unpaid', 'lost_contact', 'sick', 'overstay'][1 + n % 4]",
        "received_on": _DAY,
        "stage": "['in_review', 'mediation', 'resolved'][1 + n % 3]",
    },
}
_COMMON: Mapping[str, Mapping[str, str]] = {
    "discrepancy": {
        "cell_key": "hash(n) % 4294967296",
        "id": "substr(md5(n::VARCHAR), 1, 16)",
        "stream": "'placement'",
        "class": "['field', 'stage', 'missing_there', 'missing_here'][1 + n % 4]",
        "severity": "['high', 'medium', 'low'][1 + n % 3]",
        "opened_in": "['2026-05', '2026-07', '2026-08'][1 + n % 3]",
        "closed_in": "if(n % 2 = 0, '2026-09', NULL)",
    },
    "message": {
        "cell_key": "hash(n) % 4294967296",
        "message_id": f"format('{US}-{PARTNER}-placement-{{:06d}}', n)",
        "direction": "'out'",
        "sender": f"'{US}'",
        "stream": "['placement', 'complaint'][1 + n % 2]",
        "kind": "'records'",
        "period": "['2026-07', '2026-08', '2026-09'][1 + n % 3]",
        "state": "'accepted'",
        "created_at": "TIMESTAMPTZ '2026-10-01 00:00:00Z'",
        "records": "1000",
        "rejected_records": "10",
        "verdict": "'accepted'",
    },
    "batch": {
        "cell_key": "hash(n) % 4294967296",
        "source": "'siskop2mi'",
        "stream": "'placement'",
        "period": "['2026-07', '2026-08', '2026-09'][1 + n % 3]",
        "read": "1000",
        "accepted": "990",
        "quarantined": "10",
        "quality": "'passed'",
    },
}


def freeze(folder: Path, placements: int, complaints: int) -> Path:
    """Write the snapshot of a corridor with so many records a side into ``folder`` and return it."""
    snapshot = folder / "snapshot"
    snapshot.mkdir(parents=True)
    rows = {"placement": placements, "complaint": complaints}
    with duckdb.connect() as connection:
        for stream, number in rows.items():
            for party, first in ((US, 0), (PARTNER, number // 10)):  # so that nine in ten are on both sides
                values = {column: value.format(party=party) for column, value in _SIDED[stream].items()}
                _write(connection, snapshot / f"{stream}_{party}.parquet", SIDED[stream], values, first, number)
        _write_links(connection, snapshot / "link.parquet", rows)
        for name, number in (("discrepancy", placements // 10), ("message", 12), ("batch", 12)):
            _write(
                connection, snapshot / f"{name}.parquet", COMMON[name], _COMMON[name], 0, number if placements else 0
            )
    (snapshot / "snapshot.json").write_text(json.dumps(_about()), encoding="utf-8")
    return snapshot


def _write(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    columns: Mapping[str, str],
    values: Mapping[str, str],
    first: int,
    number: int,
) -> None:
    chosen = ", ".join(f'CAST({values.get(name, "NULL")} AS {kind}) AS "{name}"' for name, kind in columns.items())
    connection.execute(f"COPY (SELECT {chosen} FROM range({first}, {first + number}) AS r(n)) TO '{file}'")


def _write_links(connection: duckdb.DuckDBPyConnection, file: Path, rows: Mapping[str, int]) -> None:
    links = " UNION ALL ".join(
        f"SELECT '{stream}' AS stream, '{US}-{stream[0].upper()}-' || n AS ours_ref, "
        f"'{PARTNER}-{stream[0].upper()}-' || n AS theirs_ref, 'certain' AS grade "
        f"FROM range({number // 10}, {number}) AS r(n)"
        for stream, number in rows.items()
    )
    connection.execute(f"COPY ({links}) TO '{file}'")


def _about() -> dict[str, object]:
    return {
        "agreement": AGREEMENT.id,
        "agreement_sha256": AGREEMENT.sha256,
        "quarter": str(QUARTER),
        "frozen_by": US,
        "partner": PARTNER,
        "periods": list(QUARTER.periods),
        "missing": [],
        "frozen_at": "2026-10-10T03:00:00+00:00",
        "software": "benchmark",
    }
