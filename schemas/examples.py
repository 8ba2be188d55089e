"""Example records of every stream. Names and numbers belong to nobody."""

from collections.abc import Mapping
from typing import Any

from schemas.streams import STREAMS, Stream

_PLACEMENTS: tuple[Mapping[str, Any], ...] = (
    {
        "record_ref": "IDN-P-000123",
        "earlier_record_refs": ["IDN-P-000045"],
        "person_ref": "IDN-W-000077",
        "contract_no": "PK-2026-000123",
        "passport_no": "X0000001",
        "passport_issued_on": "2024-03-01",
        "passport_expires_on": "2029-03-01",
        "previous_passport_nos": ["X0000000"],
        "previous_passport_expiries": ["2024-02-28"],
        "visa_no": "6000000001",
        "name_latin": "SITI CONTOH",
        "name_arabic": "سيتي تشونتوه",
        "birth_date": "1990-01-01",
        "birth_date_precision": "year",
        "sex": "F",
        "nationality": "IDN",
        "occupation_isco": "9111",
        "area": "SA-01",
        "employer_ref": "S-0007",
        "employer_name": "Contoh Services; Riyadh",
        "wage_amount": "1800.00",
        "wage_currency": "SAR",
        "wage_period": "hijri_month",
        "rest_days_per_week": 1,
        "hours_per_day": 8,
        "contract_start": "2026-06-01",
        "contract_end": "2028-05-31",
        "stage": "arrived",
        "stage_date": "2026-06-03",
        "departed_on": "2026-06-02",
        "arrived_on": "2026-06-03",
        "worker_cost_amount": "0.00",
        "worker_cost_currency": "IDR",
        "not_applicable": ["transferred_on", "insurance_no"],
    },
    {"record_ref": "IDN-P-000124", "previous_passport_nos": [], "stage": "requested", "requested_on": "2026-07-01"},
)

_COMPLAINTS: tuple[Mapping[str, Any], ...] = (
    {
        "record_ref": "IDN-C-000009",
        "placement_ref": "IDN-P-000123",
        "person_ref": "IDN-W-000077",
        "kind": "wages_unpaid",
        "further_kinds": ["documents_withheld"],
        "channel": "telephone",
        "reported_by": "family",
        "area": "SA-01",
        "incident_on": "2026-08-01",
        "received_on": "2026-08-20",
        "stage": "mediation",
        "stage_date": "2026-08-27",
        "claim_amount": "3600.00",
        "claim_currency": "SAR",
        "urgency": "urgent",
        "forced_labour_indicators": ["documents_withheld", "wages_withheld"],
    },
    {
        "record_ref": "IDN-C-000010",
        "worker_name_latin": "BUDI CONTOH",
        "kind": "not_sent_home",
        "received_on": "2026-08-21",
        "stage": "received",
        "forced_labour_indicators": [],
        "not_applicable": ["placement_ref"],
    },
)


def _complete(stream: Stream, records: tuple[Mapping[str, Any], ...]) -> tuple[Mapping[str, Any], ...]:
    """With every field, in the model's order and types; absent ones are None."""
    return tuple(stream.model.model_validate(record).model_dump() for record in records)


RECORDS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "placement": _complete(STREAMS["placement"], _PLACEMENTS),
    "complaint": _complete(STREAMS["complaint"], _COMPLAINTS),
}
