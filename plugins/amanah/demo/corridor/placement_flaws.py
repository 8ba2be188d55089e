"""The flaws of placements: at least one for each rule of the contract, and for each kind of value.

Two are missing because no register could show them: which field does not apply is said in the field itself, so a field
cannot have a value and not apply; and what is no date, number or text at all does not come out of a typed column.
"""

from collections.abc import Mapping
from decimal import Decimal

from amanah.demo.corridor.flaw import Flaw, absent, hijri_year, moved, out_of_order, unlisted, unseen, value
from amanah.demo.corridor.placements import Record
from schemas import mrz
from schemas.placement import NAME

_TEN = 10


def _revoked_too_early(record: Record) -> Mapping[str, object]:
    return {
        "absconding_reported_on": moved(record["arrived_on"], 2),
        "absconding_revoked_on": moved(record["arrived_on"], 1),
    }


def _year_only(_: Record) -> Mapping[str, object]:
    return {"birth_date_precision": "year"}


def _one_more_end(record: Record) -> Mapping[str, object]:
    ends = record["previous_passport_expiries"]
    return {"previous_passport_expiries": [*(ends if isinstance(ends, list) else []), record["passport_issued_on"]]}


def _more_paid(record: Record) -> Mapping[str, object]:
    return {"wage_payments_seen": int(str(record["wage_payments_due"])) + 1}


def _misread(record: Record) -> Mapping[str, object]:
    line = str(record["passport_mrz"])
    return {"passport_mrz": line[:-1] + _other_figure(line[-1])}


def _of_another_passport(record: Record) -> Mapping[str, object]:
    line = str(record["passport_mrz"])
    number = _other_figure(line[1]).join((line[0], line[2:9]))
    checked = f"{number}{mrz.check_digit(number)}"
    composite = checked + line[13:20] + line[21:43]
    return {"passport_mrz": f"{checked}{line[10:43]}{mrz.check_digit(composite)}"}


def _mistyped_residence(record: Record) -> Mapping[str, object]:
    number = str(record["residence_no"])
    return {"residence_no": number[:-1] + _other_figure(number[-1])}


def _other_figure(figure: str) -> str:
    return str((int(figure) + 1) % _TEN)


PLACEMENT_FLAWS: tuple[Flaw, ...] = (
    # Dates that contradict each other
    out_of_order("contract_dates", "contract_start", "contract_end"),
    out_of_order("birth_after_contract", "birth_date", "contract_start", both=True),
    out_of_order("birth_after_passport", "birth_date", "passport_issued_on", both=True),
    out_of_order("birth_after_departure", "birth_date", "departed_on", both=True, unknown=("visa_issued_on",)),
    out_of_order(
        "birth_after_arrival", "birth_date", "arrived_on", both=True, unknown=("visa_issued_on", "departed_on")
    ),
    out_of_order("passport_dates", "passport_issued_on", "passport_expires_on"),
    out_of_order("visa_dates", "visa_issued_on", "visa_expires_on"),
    out_of_order("residence_dates", "residence_issued_on", "residence_expires_on", both=True),
    out_of_order("insurance_dates", "insurance_from", "insurance_until"),
    out_of_order("approved_before_request", "requested_on", "approved_on"),
    out_of_order("arrived_before_visa", "visa_issued_on", "arrived_on", unknown=("departed_on",)),
    out_of_order("arrived_before_departure", "departed_on", "arrived_on"),
    out_of_order("transferred_before_departure", "departed_on", "transferred_on", unknown=("arrived_on",)),
    out_of_order("transferred_before_arrival", "arrived_on", "transferred_on", unknown=("departed_on",)),
    out_of_order("absconding_before_departure", "departed_on", "absconding_reported_on", unknown=("arrived_on",)),
    out_of_order("absconding_before_arrival", "arrived_on", "absconding_reported_on", unknown=("departed_on",)),
    out_of_order("completed_before_departure", "departed_on", "completed_on", unknown=("arrived_on",)),
    out_of_order("completed_before_arrival", "arrived_on", "completed_on", unknown=("departed_on",)),
    out_of_order("returned_before_departure", "departed_on", "returned_on", unknown=("arrived_on",)),
    out_of_order("returned_before_arrival", "arrived_on", "returned_on", unknown=("departed_on",)),
    out_of_order("died_before_departure", "departed_on", "died_on"),
    Flaw("absconding_revoked_on", "revoked_before_report", _revoked_too_early, ("arrived_on",)),
    out_of_order("birth_after_death", "birth_date", "died_on", unknown=("departed_on",)),
    Flaw("birth_date", "birth_date_precision", _year_only, ("birth_date",)),
    # Values that others are worth nothing without, or do not fit
    Flaw(
        "absconding_reported_on",
        "revoked_without_report",
        lambda record: {"absconding_revoked_on": record["arrived_on"]},
        ("arrived_on",),
    ),
    absent("wage_currency", "wage_currency", "wage_amount"),
    Flaw(
        "wage_currency",
        "earnings_currency",
        lambda _: {"wage_amount": None, "wage_currency": None},
        ("earnings_amount",),
    ),
    absent("worker_cost_currency", "worker_cost_currency", "worker_cost_amount"),
    absent("recruitment_fee_currency", "recruitment_fee_currency", "recruitment_fee_amount"),
    Flaw("wage_payments_seen", "more_paid_than_due", _more_paid, ("wage_payments_due",)),
    Flaw("previous_passport_expiries", "passport_expiries", _one_more_end, ("passport_issued_on",)),
    # Documents
    Flaw("passport_mrz", "mrz_check_digit", _misread, ("passport_mrz",)),
    Flaw("passport_mrz", "mrz_passport", _of_another_passport, ("passport_mrz",)),
    Flaw("residence_no", "check_digit", _mistyped_residence, ("residence_no",)),
    Flaw(
        "residence_no",
        "document_pattern",
        lambda record: {"residence_no": f"7{record['residence_no']}"},
        ("residence_no",),
    ),
    Flaw(
        "passport_no",
        "string_pattern_mismatch",
        lambda record: {"passport_no": f"NO. {record['passport_no']}"},
        ("passport_no",),
    ),
    # Single values
    unlisted("stage"),
    unlisted("sex"),
    unlisted("wage_period"),
    hijri_year("stage_date"),
    hijri_year("contract_end"),
    unseen("name_latin"),
    unseen("employer_name"),
    value("name_latin", "string_too_long", "X" * (NAME + 1)),
    value("nationality", "string_pattern_mismatch", "NATION OF ORIGIN"),
    value("wage_amount", "greater_than_equal", Decimal("-1.00"), needs=("wage_amount",)),
    value("rest_days_per_week", "less_than_equal", 8),
    value("hours_per_day", "less_than_equal", 25),
)
