"""What each side's register has of a placement: what it never hears of, and what is not there before a stage."""

from collections.abc import Mapping

from amanah.demo.corridor import name_parts
from amanah.demo.corridor.lot import Lot
from amanah.demo.corridor.papers import machine_readable
from amanah.demo.corridor.placements import Record, TruePlacement
from schemas.streams import STREAMS

BLANK: Record = dict.fromkeys(STREAMS["placement"].fields)
BLANK_COMPLAINT: Record = dict.fromkeys(STREAMS["complaint"].fields)

_KNOWN_FROM: Mapping[str, tuple[str, ...]] = {  # these are not available before the placement reaches the stage
    "contract_endorsed": (
        "contract_no",
        "contract_start",
        "contract_end",
        "recruitment_fee_amount",
        "recruitment_fee_currency",
    ),
    "visa_issued": ("visa_no", "visa_expires_on"),
    "departed": ("worker_cost_amount", "worker_cost_currency"),
    "arrived": (
        "border_no",
        "household_ref",
        "household_locality",
        "insurance_no",
        "insurance_from",
        "insurance_until",
    ),
    "residence_issued": ("residence_no", "residence_expires_on"),
}
_NEVER_AT_ORIGIN: Record = dict.fromkeys(
    (
        "name_arabic",
        "border_no",
        "residence_expires_on",
        "household_ref",
        "household_locality",
        "recruitment_fee_amount",
        "recruitment_fee_currency",
        "insurance_no",
        "insurance_from",
        "insurance_until",
    )
)
# Population number and machine readable line stay with the origin; at the destination nobody asks about old passports.
_NEVER_AT_DESTINATION: Record = dict.fromkeys(
    (
        "national_id",
        "passport_mrz",
        "passport_issued_on",
        "previous_passport_nos",
        "previous_passport_expiries",
        "worker_cost_amount",
        "worker_cost_currency",
    )
)
_NOT_BEFORE_ARRIVAL = ("border_no", "residence_no", "insurance_no")
_NOT_WITHOUT_ORIGIN = ("origin_agency_ref", "origin_agency_name", "origin_agency_licence_no")
_CONVERTED = 0.15  # of the destination's birth dates come from a Hijri date, rightly converted


def in_the_destinations_way(placement: TruePlacement) -> Record:
    """What the destination writes otherwise than the origin without being wrong."""
    setting = placement.setting
    if not setting.hijri_wages:
        return {}
    converted = Lot(setting.seed, "calendar", placement.number).chance(_CONVERTED)
    calendar: Record = {"birth_date_calendar": "umm_al_qura"} if converted else {}
    return {"wage_period": "hijri_month", **calendar}


def finish(record: Record, placement: TruePlacement, reached: set[str], *, at_origin: bool) -> None:
    """Bring ``record`` to what one side has of it once the stages ``reached`` are behind: parts of names, absences."""
    for stage, fields in _KNOWN_FROM.items():
        if stage not in reached:
            record |= dict.fromkeys(fields)
    record |= name_parts.latin(record["name_latin"])
    if at_origin:
        record |= _NEVER_AT_ORIGIN
        record["father_name_latin"] = placement.person.father  # from the population register
        record["passport_mrz"] = machine_readable(record)
    else:
        record |= name_parts.arabic(record["name_arabic"])
        record |= _NEVER_AT_DESTINATION
    never = _NEVER_AT_ORIGIN if at_origin else _NEVER_AT_DESTINATION
    record["not_applicable"] = [name for name in _not_applicable(record, placement, reached) if name not in never]


def _not_applicable(record: Record, placement: TruePlacement, reached: set[str]) -> list[str]:
    """The fields that do not apply, in the contract's order."""
    names = [] if record["given_names_latin"] else ["given_names_latin"]
    names += [] if "arrived" in reached else _NOT_BEFORE_ARRIVAL
    names += [] if placement.registered else _NOT_WITHOUT_ORIGIN
    return [field for field in BLANK if field in names] if names else []
