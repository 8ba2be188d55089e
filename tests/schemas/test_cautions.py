"""Cautions: what is odd under the agreement is pointed at, and never stops a record."""

from datetime import date
from decimal import Decimal

import pytest
from altered import loaded
from builders import a_complaint, a_placement

from schemas.cautions import caution_checks, cautions
from schemas.streams import STREAMS

PLACEMENT, COMPLAINT = STREAMS["placement"], STREAMS["complaint"]
PAID = {"worker_cost_amount": Decimal("0.01"), "worker_cost_currency": "IDR"}
FEE = {"recruitment_fee_amount": Decimal("11250.01"), "recruitment_fee_currency": "SAR"}
LOW = {"wage_amount": Decimal("1499.99"), "wage_currency": "SAR"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        (LOW, [("wage_amount", "wage_below_minimum")]),
        (LOW | {"wage_amount": Decimal(1500)}, []),
        (LOW | {"wage_period": "month"}, [("wage_amount", "wage_below_minimum")]),
        (LOW | {"wage_period": "hijri_month"}, [("wage_amount", "wage_below_minimum")]),
        (LOW | {"wage_period": "week"}, []),  # not comparable
        (LOW | {"wage_currency": "USD"}, []),
        (LOW | {"wage_currency": "EUR"}, [("wage_currency", "currency_not_listed")]),
        (PAID, [("worker_cost_amount", "worker_paid_too_much")]),
        (PAID | {"worker_cost_amount": Decimal(0)}, []),
        (FEE, [("recruitment_fee_amount", "fee_above_cap")]),
        (FEE | {"recruitment_fee_amount": Decimal(11250)}, []),
        (FEE | {"recruitment_fee_amount": Decimal(40_000_000), "recruitment_fee_currency": "IDR"}, []),
        ({"occupation_isco": "2221"}, [("occupation_isco", "occupation_not_listed")]),
        ({"area": "SA-14"}, [("area", "area_not_listed")]),
        ({"passport_expires_on": date(2028, 5, 30)}, [("passport_expires_on", "passport_ends_early")]),
        ({"passport_expires_on": date(2028, 5, 31)}, []),
        ({"passport_expires_on": date(2028, 5, 30), "contract_end": None}, []),
        ({"passport_no": "ZZ-1"}, [("passport_no", "document_pattern")]),
        ({"previous_passport_nos": ["A1234567", "Z"]}, [("previous_passport_nos", "document_pattern")]),
        ({"residence_no": "2000000007"}, []),  # an error, so not a caution as well
    ],
)
def test_a_placement_is_looked_at(agreement, values, expected):
    found = cautions(a_placement(**values), agreement, PLACEMENT)

    assert [(caution.field, caution.code) for caution in found] == expected
    assert not [value for value in ("1499.99", "ZZ-1", "A1234567") for caution in found if value in caution.message]


def test_a_complaint_is_looked_at(agreement):
    odd = a_complaint(area="JO-AM", claim_amount=Decimal(5), claim_currency="EUR")

    assert [caution.code for caution in cautions(odd, agreement, COMPLAINT)] == [
        "area_not_listed",
        "currency_not_listed",
    ]


def test_a_field_that_a_record_lacks_is_not_available(agreement):
    assert cautions({"record_ref": "IDN-P-1", "stage": "arrived"}, agreement, PLACEMENT) == []


def test_a_warning_with_a_check_digit_speaks_once_for_one_slip(tmp_path):
    softer = loaded(
        tmp_path, lambda text: text.replace("check: luhn, severity: error", "check: luhn, severity: warning")
    )

    said = {
        number: [caution.code for caution in cautions(a_placement(residence_no=number), softer, PLACEMENT)]
        for number in ("2000000006", "2000000007", "3000000005")
    }
    assert said == {"2000000006": [], "2000000007": ["check_digit"], "3000000005": ["document_pattern"]}


def test_what_is_not_agreed_is_not_asked_for(tmp_path):
    looser = loaded(
        tmp_path,
        lambda text: text.replace("  cost_cap: {amount: 11250, currency: SAR}\n", "").replace(
            "  worker_cost_cap: {amount: 0, currency: SAR}\n", ""
        ),
    )
    dear = a_placement(
        worker_cost_amount=Decimal(9999),
        worker_cost_currency="SAR",
        recruitment_fee_amount=Decimal(99999),
        recruitment_fee_currency="SAR",
    )

    assert cautions(dear, looser, PLACEMENT) == []


def test_the_checks_are_data_that_others_can_run(agreement):
    kinds = {check.kind for check in caution_checks(agreement, PLACEMENT)}

    assert kinds == {"pattern", "at_least", "at_most", "listed", "lasts_until"}
    assert {check.field for check in caution_checks(agreement, PLACEMENT)} <= set(PLACEMENT.fields)
