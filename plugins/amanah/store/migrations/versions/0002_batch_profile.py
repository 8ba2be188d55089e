"""What each batch looked like, in counts, for the next ones to be compared with.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch_profile",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("what", sa.Text(), nullable=False, comment="code, presence or median"),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, comment="the code or currency; empty for presence"),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("median", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.PrimaryKeyConstraint("source", "period", "what", "field", "code", name=op.f("batch_profile_pk")),
    )


def downgrade() -> None:
    op.drop_table("batch_profile")
