"""Where a reconciliation left off, so that the next one works on what changed; and what it learned.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learned",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False, comment="that it was learned from"),
        sa.Column("agreement_sha256", sa.String(length=64), nullable=False),
        sa.Column("linker", sa.Text(), nullable=False, comment="versions of what learned it"),
        sa.Column(
            "parameters", sa.Text(), nullable=False, comment="by which probable links are judged; holds words of names"
        ),
        sa.PrimaryKeyConstraint("stream", "month", "agreement_sha256", "linker", name=op.f("learned_pk")),
    )
    op.create_table(
        "position",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column(
            "part", sa.Integer(), nullable=False, comment="0 is a whole run, those after it are what changed since"
        ),
        sa.Column(
            "run",
            sa.String(length=32),
            nullable=False,
            comment="which run it is of, for one that goes on from it to find again",
        ),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("agreement_sha256", sa.String(length=64), nullable=False),
        sa.Column("linker", sa.Text(), nullable=False, comment="versions of what found it"),
        sa.Column("heard", postgresql.JSONB(), nullable=False, comment="messages whose records were reconciled"),
        sa.Column(
            "standing", sa.LargeBinary(), nullable=False, comment="pairs that need no look until they change: Parquet"
        ),
        sa.Column(
            "fallen", sa.LargeBinary(), nullable=False, comment="pairs of earlier parts that stand no more: Parquet"
        ),
        sa.Column("others", sa.LargeBinary(), nullable=False, comment="references of all other records: Parquet"),
        sa.PrimaryKeyConstraint("stream", "part", name=op.f("position_pk")),
    )
    for column in ("standing", "fallen", "others"):  # Parquet is compressed already
        op.execute(f"ALTER TABLE position ALTER COLUMN {column} SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.drop_table("position")
    op.drop_table("learned")
