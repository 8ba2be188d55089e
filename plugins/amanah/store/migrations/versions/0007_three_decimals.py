"""Amounts with three decimals: a dinar or an Omani rial has a thousand parts. The whole part keeps its ten figures.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BEFORE, AFTER = sa.Numeric(precision=12, scale=2), sa.Numeric(precision=13, scale=3)
AMOUNTS = {
    "complaint": ("claim_amount", "remedy_amount"),
    "placement": ("earnings_amount", "recruitment_fee_amount", "wage_amount", "worker_cost_amount"),
}


def upgrade() -> None:
    for table, columns in AMOUNTS.items():
        for column in columns:
            op.alter_column(table, column, existing_type=BEFORE, type_=AFTER)


def downgrade() -> None:
    for table, columns in AMOUNTS.items():
        for column in columns:
            finer = sa.column(column) != sa.func.round(sa.column(column), 2)
            if op.get_bind().execute(sa.select(sa.exists().select_from(sa.table(table)).where(finer))).scalar_one():
                raise RuntimeError(f"{table}.{column} holds amounts with three decimals, which two would round; stay")
            op.alter_column(table, column, existing_type=AFTER, type_=BEFORE)
