"""Cautions: what is odd about a record under its agreement. A record with cautions is taken; somebody should look."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.agreement import Agreement
from schemas.agreement_terms import Thresholds
from schemas.checks import AtLeast, AtMost, Check, LastsUntil, Listed
from schemas.streams import Stream

MONTHLY = frozenset({None, "month", "hijri_month"})


@dataclass(frozen=True)
class Caution:
    """One thing to look at; ``message`` holds no value."""

    field: str
    code: str
    message: str


def cautions(record: Mapping[str, Any], agreement: Agreement, stream: Stream) -> list[Caution]:
    """What is odd about ``record``, a valid one of ``stream``; a field that it lacks counts as not available.

    Raises ``AgreementError`` when the stream is not agreed.
    """
    found = [check for check in caution_checks(agreement, stream) if check.fails(record)]
    return [Caution(check.field, check.code, check.message) for check in found]


def caution_checks(agreement: Agreement, stream: Stream) -> tuple[Check, ...]:
    """Every check behind the cautions of ``stream``, as data."""
    return (
        *agreement.document_checks(stream.name, severity="warning"),
        *(check for check in _corridor_checks(agreement, stream) if check.field in stream.fields),
    )


def _corridor_checks(agreement: Agreement, stream: Stream) -> list[Check]:
    areas, occupations = frozenset(agreement.areas), frozenset(agreement.occupations)
    currencies = frozenset(agreement.currencies)
    currency_fields = [field for field in stream.fields if field.endswith("_currency")]
    return [
        *_threshold_checks(agreement.thresholds),
        Listed("occupation_not_listed", "occupation_isco", occupations),
        Listed("area_not_listed", "area", areas),
        *(Listed("currency_not_listed", field, currencies) for field in currency_fields),
        LastsUntil("passport_ends_early", "passport_expires_on", "contract_end"),
    ]


def _threshold_checks(thresholds: Thresholds) -> list[Check]:
    least, fee, cost = thresholds.minimum_wage, thresholds.cost_cap, thresholds.worker_cost_cap
    found: list[Check] = [
        AtLeast(
            code="wage_below_minimum",
            field="wage_amount",
            limit=least.amount,
            currency_field="wage_currency",
            currency=least.currency,
            per="wage_period",
            periods=MONTHLY,
        )
    ]
    if fee is not None:
        fields = ("recruitment_fee_amount", "recruitment_fee_currency")
        found.append(AtMost("fee_above_cap", fields[0], fee.amount, fields[1], fee.currency))
    if cost is not None:
        fields = ("worker_cost_amount", "worker_cost_currency")
        found.append(AtMost("worker_paid_too_much", fields[0], cost.amount, fields[1], cost.currency))
    return found
