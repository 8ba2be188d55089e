"""The flaws of complaints: at least one for each rule of the contract, and for each kind of value."""

from decimal import Decimal

from amanah.demo.corridor.flaw import (
    Flaw,
    absent,
    hijri_year,
    moved,
    out_of_order,
    unlisted,
    unlisted_item,
    unseen,
    value,
)

COMPLAINT_FLAWS: tuple[Flaw, ...] = (
    out_of_order("stage_before_receipt", "received_on", "stage_date"),
    Flaw(
        "received_on",
        "received_before_incident",
        lambda record: {"incident_on": moved(record["received_on"], 1)},
    ),
    out_of_order("closed_before_receipt", "received_on", "closed_on"),
    out_of_order("remedy_before_incident", "incident_on", "remedy_paid_on"),
    absent("claim_currency", "claim_currency", "claim_amount"),
    absent("remedy_currency", "remedy_currency", "remedy_amount"),
    unlisted("kind"),
    unlisted("stage"),
    unlisted("reported_by"),
    unlisted_item("further_kinds"),
    unlisted_item("forced_labour_indicators"),
    hijri_year("incident_on"),
    unseen("office_ref"),
    value("worker_passport_no", "string_pattern_mismatch", "NO PASSPORT"),
    value("claim_amount", "greater_than_equal", Decimal("-1.00"), needs=("claim_amount",)),
)
