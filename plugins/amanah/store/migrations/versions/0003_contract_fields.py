"""The fuller contract: every field that placement/1 and complaint/1 gained.

Revision ID: 0003
Revises: 0002
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLUMNS: dict[str, dict[str, sa.types.TypeEngine[Any]]] = {
    "complaint": {
        "person_ref": sa.Text(),
        "worker_passport_no": sa.Text(),
        "worker_name_latin": sa.Text(),
        "worker_name_arabic": sa.Text(),
        "worker_birth_date": sa.Date(),
        "worker_sex": sa.Text(),
        "further_kinds": postgresql.ARRAY(sa.Text()),
        "reported_by": sa.Text(),
        "office_ref": sa.Text(),
        "area": sa.Text(),
        "incident_on": sa.Date(),
        "outcome": sa.Text(),
        "closed_on": sa.Date(),
        "claim_amount": sa.Numeric(precision=12, scale=2),
        "claim_currency": sa.Text(),
        "remedy_amount": sa.Numeric(precision=12, scale=2),
        "remedy_currency": sa.Text(),
        "remedy_paid_on": sa.Date(),
        "forced_labour_indicators": postgresql.ARRAY(sa.Text()),
        "trafficking_status": sa.Text(),
        "methods_of_control": postgresql.ARRAY(sa.Text()),
        "exploitation_types": postgresql.ARRAY(sa.Text()),
        "not_applicable": postgresql.ARRAY(sa.Text()),
    },
    "placement": {
        "earlier_record_refs": postgresql.ARRAY(sa.Text()),
        "person_ref": sa.Text(),
        "passport_issued_on": sa.Date(),
        "passport_expires_on": sa.Date(),
        "passport_mrz": sa.Text(),
        "previous_passport_expiries": postgresql.ARRAY(sa.Date()),
        "visa_expires_on": sa.Date(),
        "border_no": sa.Text(),
        "residence_expires_on": sa.Date(),
        "national_id": sa.Text(),
        "surname_latin": sa.Text(),
        "given_names_latin": sa.Text(),
        "father_name_latin": sa.Text(),
        "grandfather_name_latin": sa.Text(),
        "given_name_arabic": sa.Text(),
        "father_name_arabic": sa.Text(),
        "grandfather_name_arabic": sa.Text(),
        "family_name_arabic": sa.Text(),
        "birth_date_precision": sa.Text(),
        "birth_date_calendar": sa.Text(),
        "household_ref": sa.Text(),
        "household_locality": sa.Text(),
        "origin_agency_name": sa.Text(),
        "origin_agency_licence_no": sa.Text(),
        "destination_agency_name": sa.Text(),
        "destination_agency_licence_no": sa.Text(),
        "wage_period": sa.Text(),
        "rest_days_per_week": sa.Integer(),
        "hours_per_day": sa.Integer(),
        "requested_on": sa.Date(),
        "approved_on": sa.Date(),
        "contract_endorsed_on": sa.Date(),
        "visa_issued_on": sa.Date(),
        "departed_on": sa.Date(),
        "arrived_on": sa.Date(),
        "residence_issued_on": sa.Date(),
        "transferred_on": sa.Date(),
        "absconding_reported_on": sa.Date(),
        "absconding_revoked_on": sa.Date(),
        "completed_on": sa.Date(),
        "returned_on": sa.Date(),
        "died_on": sa.Date(),
        "cancelled_on": sa.Date(),
        "worker_cost_amount": sa.Numeric(precision=12, scale=2),
        "worker_cost_currency": sa.Text(),
        "earnings_amount": sa.Numeric(precision=12, scale=2),
        "recruitment_fee_amount": sa.Numeric(precision=12, scale=2),
        "recruitment_fee_currency": sa.Text(),
        "insurance_no": sa.Text(),
        "insurance_from": sa.Date(),
        "insurance_until": sa.Date(),
        "wage_payments_due": sa.Integer(),
        "wage_payments_seen": sa.Integer(),
        "last_wage_paid_on": sa.Date(),
        "not_applicable": postgresql.ARRAY(sa.Text()),
    },
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for table, columns in COLUMNS.items():
        for name in columns:
            op.drop_column(table, name)
