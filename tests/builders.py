"""Records for tests: valid ones in which a test names only what matters to it. Names and numbers belong to nobody."""

from datetime import date
from decimal import Decimal

from amanah.store.fingerprint import fingerprint
from amanah.store.records import Revision
from schemas.streams import STREAMS

Record = dict[str, object]

# One for each field that may never show: none of them may be found where personal data has no business.
CANARIES = ("KANARI", "QZ9990001", "1987-03-14", "4321.09", "CANARYEMPLOYER")


def a_placement(record_ref: str = "IDN-P-1", **values: object) -> Record:
    """A placement of the contract's types; every field that is not named here and not given is absent."""
    record: Record = dict.fromkeys(STREAMS["placement"].fields)
    record |= {
        "record_ref": record_ref,
        "contract_no": f"C-{record_ref[6:]}",
        "passport_no": f"X{record_ref[6:]:0>6}",
        "name_latin": "SITI CONTOH",
        "birth_date": date(1990, 5, 17),
        "sex": "F",
        "nationality": "IDN",
        "occupation_isco": "9111",
        "area": "SA-01",
        "employer_ref": "E-7",
        "wage_amount": Decimal("1800.00"),
        "wage_currency": "SAR",
        "contract_start": date(2026, 6, 1),
        "contract_end": date(2028, 5, 31),
        "stage": "arrived",
        "stage_date": date(2026, 6, 3),
    }
    return record | values


def a_complaint(record_ref: str = "IDN-C-1", **values: object) -> Record:
    """A complaint of the contract's types."""
    record: Record = dict.fromkeys(STREAMS["complaint"].fields)
    record |= {
        "record_ref": record_ref,
        "kind": "wages_unpaid",
        "channel": "telephone",
        "received_on": date(2026, 7, 8),
        "stage": "received",
        "stage_date": date(2026, 7, 8),
        "urgency": "urgent",
    }
    return record | values


def with_canaries(record_ref: str = "IDN-P-1", **values: object) -> Record:
    """A placement whose personal values are unmistakable, to look for where they must not be."""
    return a_placement(
        record_ref,
        name_latin="KANARI BURUNG",
        passport_no="QZ9990001",
        birth_date=date(1987, 3, 14),
        wage_amount=Decimal("4321.09"),
        employer_name="CANARYEMPLOYER",
        **values,
    )


def a_revision(record: Record, number: int = 1, *, stream: str = "placement", withdrawn: bool = False) -> Revision:
    """``record`` as the ``number``-th revision that enters the store."""
    looks = fingerprint(record, STREAMS[stream].fields)
    return Revision(str(record["record_ref"]), number, record, looks, withdrawn=withdrawn)
