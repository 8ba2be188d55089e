"""The papers of a placement beside the numbers that link it: how long they are valid, what came before, insurance."""

from datetime import date, timedelta

from amanah.demo.corridor.funnel import day_of
from amanah.demo.corridor.lot import Lot, scrambled
from amanah.demo.corridor.placements import Record, TruePlacement
from schemas import mrz

PASSPORT_VALID = timedelta(days=3652)  # ten years
ISSUED_BEFORE = (30, 1800)  # days before the request: then it lasts longer than the contract
HAD_ONE_BEFORE = 0.25
ENDED_AROUND = 400  # days by which an earlier passport ended before or after the next one was issued
VISA_VALID = timedelta(days=90)
RESIDENCE_VALID = timedelta(days=730)
INSURED = 0.95
INSURED_FOR = timedelta(days=730)  # from arrival: two years


def papers(placement: TruePlacement) -> Record:
    """The papers as they really are, whoever knows of them."""
    lot = Lot(placement.setting.seed, "papers", placement.number)
    issued = placement.steps[0].day - timedelta(days=lot.between(ISSUED_BEFORE))
    had_one = lot.chance(HAD_ONE_BEFORE)
    ended = issued + timedelta(days=lot.between((-ENDED_AROUND, ENDED_AROUND)))
    visa, arrived, resident = (day_of(placement.steps, s) for s in ("visa_issued", "arrived", "residence_issued"))
    insured = arrived is not None and lot.chance(INSURED)
    return {
        "passport_issued_on": issued,
        "passport_expires_on": issued + PASSPORT_VALID,
        "previous_passport_nos": [f"V{scrambled(placement.number, 7)}"] if had_one else [],
        "previous_passport_expiries": [ended] if had_one else [],
        "visa_expires_on": _after(visa, VISA_VALID),
        "border_no": _number(placement.setting.at_destination.border_no, placement),
        "residence_expires_on": _after(resident, RESIDENCE_VALID),
        "national_id": _number(placement.setting.at_origin.national_id, placement),
        "insurance_no": f"PI{scrambled(placement.number, 9)}" if insured else None,
        "insurance_from": arrived if insured else None,
        "insurance_until": _after(arrived, INSURED_FOR) if insured else None,
    }


def renewed(placement: TruePlacement, number: str, day: date) -> Record:
    """The fields of a passport that is replaced by the one with ``number`` on ``day``."""
    before = papers(placement)
    numbers, ends = before["previous_passport_nos"], before["previous_passport_expiries"]
    if not isinstance(numbers, list) or not isinstance(ends, list):
        raise TypeError("earlier passports: expected lists in the truth")
    return {
        "passport_no": number,
        "passport_issued_on": day,
        "passport_expires_on": day + PASSPORT_VALID,
        "previous_passport_nos": [placement.values["passport_no"], *numbers],
        "previous_passport_expiries": [before["passport_expires_on"], *ends],
    }


def machine_readable(record: Record) -> str | None:
    """The second line of the machine readable zone of the passport in ``record`` (ICAO Doc 9303, TD3).

    None where the record does not say all that stands there.
    """
    number, born, expires = record["passport_no"], record["birth_date"], record["passport_expires_on"]
    if not isinstance(born, date) or not isinstance(expires, date) or number is None:
        return None
    sex = record["sex"] if record["sex"] in ("F", "M") else "<"
    parts = [f"{number:<<9}", f"{born:%y%m%d}", f"{expires:%y%m%d}", "<" * 14]
    checked = [f"{part}{mrz.check_digit(part)}" for part in parts]
    whole = mrz.check_digit("".join(checked))
    return f"{checked[0]}{record['nationality']}{checked[1]}{sex}{checked[2]}{checked[3]}{whole}"


def _number(form: tuple[str, int], placement: TruePlacement) -> str:
    begins, figures = form
    return begins + scrambled(placement.number, figures)


def _after(day: date | None, span: timedelta) -> date | None:
    return None if day is None else day + span
