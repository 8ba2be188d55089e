"""What a person confirmed of a batch: who, when and why.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch_confirmation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column(
            "checks",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="names of the checks that warn for this batch instead of stopping",
        ),
        sa.Column("by", sa.Text(), nullable=False, comment="who decided: a sign-in name"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("batch_confirmation_pk")),
    )
    op.create_index(
        op.f("batch_confirmation_source_period_ix"), "batch_confirmation", ["source", "period"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("batch_confirmation_source_period_ix"), table_name="batch_confirmation")
    op.drop_table("batch_confirmation")
