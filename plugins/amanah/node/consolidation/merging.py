"""The values of one record out of the rows of several systems, each with the system it is from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from amanah.node.consolidation.contribution import Contribution
from amanah.node.consolidation.terms import StreamTerms
from schemas.record import NOT_APPLICABLE
from schemas.streams import Stream

# What only means something beside another value: it comes from a system that says the same there, or nothing.
BESIDE: Mapping[str, str] = {
    "stage_date": "stage",
    "passport_issued_on": "passport_no",
    "passport_expires_on": "passport_no",
    "passport_mrz": "passport_no",
    "previous_passport_expiries": "previous_passport_nos",
    "visa_issued_on": "visa_no",
    "visa_expires_on": "visa_no",
    "residence_issued_on": "residence_no",
    "residence_expires_on": "residence_no",
    "birth_date_precision": "birth_date",
    "birth_date_calendar": "birth_date",
    "employer_name": "employer_ref",
    "origin_agency_name": "origin_agency_ref",
    "origin_agency_licence_no": "origin_agency_ref",
    "destination_agency_name": "destination_agency_ref",
    "destination_agency_licence_no": "destination_agency_ref",
    "wage_currency": "wage_amount",
    "wage_period": "wage_amount",
    "worker_cost_currency": "worker_cost_amount",
    "recruitment_fee_currency": "recruitment_fee_amount",
    "insurance_from": "insurance_no",
    "insurance_until": "insurance_no",
    "wage_payments_seen": "wage_payments_due",
    "claim_currency": "claim_amount",
    "remedy_currency": "remedy_amount",
    "remedy_paid_on": "remedy_amount",
}
Aside = tuple[tuple[str, str], str]  # row, field
MADE_HERE = frozenset({"record_ref", "earlier_record_refs", NOT_APPLICABLE})


@dataclass(frozen=True)
class Merged:
    """The values of one record, as JSON keeps them, and the row that each is from."""

    values: dict[str, Any] = field(repr=False)
    given_by: dict[str, Contribution] = field(repr=False)

    @property
    def origins(self) -> dict[str, str]:
        """Field -> system."""
        return {name: row.source for name, row in self.given_by.items()}


def merge(
    rows: Sequence[Contribution],
    terms: StreamTerms,
    stream: Stream,
    *,
    set_aside: Collection[Aside] = (),
) -> Merged:
    """Take each field from the first system in its order of precedence that has it; nothing is taken from silence.

    A field that every record must have is given by a system that is not in its order when no other does.
    ``set_aside`` are values that do not count: the row, and the field.
    """
    merged = Merged({}, {})
    usual = _sorted(rows, tuple(terms.ranks))
    of_one_moment = not any(row.since for row in rows)
    given = {name for row in rows for name, value in row.said.items() if value is not None} - MADE_HERE
    for name in sorted(given, key=lambda each: (each in BESIDE, each)):
        may_be_usual = of_one_moment and _is_usual(name, terms)
        for row in usual if may_be_usual else _in_order(rows, name, terms, required=stream.is_required(name)):
            value = row.said.get(name)
            if value is not None and (row.id, name) not in set_aside and _goes_with(row, name, merged):
                merged.values[name], merged.given_by[name] = value, row
                break
    beside_the_point = {name for row in rows for name in row.said.get(NOT_APPLICABLE) or ()} - merged.values.keys()
    if beside_the_point or any(NOT_APPLICABLE in row.said for row in rows):
        merged.values[NOT_APPLICABLE] = sorted(beside_the_point)
    return merged


def _is_usual(name: str, terms: StreamTerms) -> bool:
    return name not in terms.precedence and name not in terms.latest


def _in_order(rows: Sequence[Contribution], name: str, terms: StreamTerms, *, required: bool) -> list[Contribution]:
    """The rows that may give ``name``, the one that counts first in front."""
    order = terms.order(name)
    order += tuple(source for source in terms.ranks if source not in order) if required else ()
    may = _sorted(rows, order, name)
    by_date = terms.latest.get(name)
    if by_date is not None:
        may.sort(key=lambda row: str(row.said.get(by_date) or ""), reverse=True)
    return may


def _sorted(rows: Sequence[Contribution], order: tuple[str, ...], name: str | None = None) -> list[Contribution]:
    """The rows of the systems in ``order``, in that order; of one system the one that spoke last of ``name`` first."""

    def spoke(row: Contribution) -> float:
        return (row.updated_at if name is None else row.said_at(name)).timestamp()

    may = [row for row in rows if row.source in order]
    return sorted(may, key=lambda row: (order.index(row.source), -spoke(row), row.source_ref))


def _goes_with(row: Contribution, name: str, merged: Merged) -> bool:
    lead = BESIDE.get(name)
    if lead is None:
        return True
    chosen, said = merged.values.get(lead), row.said.get(lead)
    return chosen is None or said is None or said == chosen
