"""Many placements quickly: a generated corridor repeated, with references of its own in every repetition."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from pydantic import ValidationError

from amanah.demo import corridor
from schemas import agreement as agreements
from schemas.forms import arrow_schema
from schemas.streams import STREAMS

PLACEMENT = STREAMS["placement"]
GENERATED = 10_000


def write(rows: int, parquet: Path, csv: Path) -> None:
    """Write the same ``rows`` valid placements as Parquet and as CSV; about two thirds of the columns are filled."""
    schema = arrow_schema(PLACEMENT)
    texts = pa.schema([(name, pa.string()) for name in schema.names])
    with pq.ParquetWriter(parquet, schema) as columns, pacsv.CSVWriter(csv, texts) as lines:
        for table in _tables(rows):
            columns.write_table(table)
            lines.write_table(_as_text(table))


def _tables(rows: int) -> Iterator[pa.Table]:
    first = _generated()
    for repetition in range(-(-rows // GENERATED)):
        yield _repeated(first, repetition).slice(0, rows - repetition * GENERATED)


def _generated() -> pa.Table:
    """``GENERATED`` valid placements with the fields that the generator leaves out filled in."""
    agreement = agreements.load(agreements.FOLDER / "idn-sau.yaml")
    made = corridor.generate(records=GENERATED * 6 // 5, seed=7, noise="none", agreement=agreement)
    records = []
    for number, record in enumerate(made.current(made.origin, "placement").to_pylist()):
        try:
            records.append(PLACEMENT.model.model_validate(_filled(number, record)).model_dump())
        except ValidationError:
            continue  # a planted fault
    return pa.Table.from_pylist(records[:GENERATED], schema=arrow_schema(PLACEMENT))


def _filled(number: int, record: dict[str, Any]) -> dict[str, Any]:
    start = record["contract_start"] or date(2026, 1, 1)
    words = str(record["name_latin"] or "SITI CONTOH").split()
    more: dict[str, Any] = {
        "person_ref": f"IDN-W-{number:06}",
        "passport_issued_on": start - timedelta(days=400),
        "passport_expires_on": start + timedelta(days=1400),
        "visa_issued_on": start - timedelta(days=40),
        "visa_expires_on": start + timedelta(days=50),
        "residence_expires_on": start + timedelta(days=700),
        "national_id": f"32{number:014}",
        "surname_latin": words[-1],
        "given_names_latin": words[0],
        "name_arabic": "ستي خديجة",
        "given_name_arabic": "ستي",
        "birth_date_precision": "day",
        "birth_date_calendar": "gregorian",
        "household_ref": f"H-{number % 7919:05}",
        "household_locality": "Al Malaz",
        "origin_agency_name": f"PT Contoh {number % 97:02}",
        "origin_agency_licence_no": f"SIP3MI/{number % 97:03}/2024",
        "destination_agency_name": f"Example Recruitment {number % 61:02}",
        "destination_agency_licence_no": f"HR-{number % 61:04}",
        "wage_period": "month",
        "rest_days_per_week": 1,
        "hours_per_day": 8,
        "requested_on": start - timedelta(days=120),
        "approved_on": start - timedelta(days=110),
        "contract_endorsed_on": start - timedelta(days=60),
        "worker_cost_amount": Decimal(100 + number % 900),
        "worker_cost_currency": "SAR",
        "insurance_no": f"INS-{number:08}",
        "insurance_from": start,
        "insurance_until": start + timedelta(days=730),
        "wage_payments_due": 6,
        "wage_payments_seen": number % 7,
        "not_applicable": ["border_no"],
    }
    return record | {name: value for name, value in more.items() if record[name] is None}


def _repeated(first: pa.Table, repetition: int) -> pa.Table:
    """The table with references of its own; numbers with check digits stay."""
    table = first
    for name in ("record_ref", "person_ref", "contract_no", "insurance_no", "household_ref", "employer_ref"):
        changed = pc.binary_join_element_wise(table[name], pa.scalar(f"{repetition:03}"), "-")
        table = table.set_column(table.schema.get_field_index(name), name, changed)
    return table.cast(first.schema)


def _as_text(table: pa.Table) -> pa.Table:
    return pa.table({name: _text(table[name]) for name in table.column_names})


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_list(column.type):
        return pc.binary_join(column.cast(pa.list_(pa.string())), ";")
    return column.cast(pa.string())
