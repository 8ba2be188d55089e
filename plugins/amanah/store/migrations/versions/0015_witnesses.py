"""What witnesses know, what they say of each discrepancy, and the people whom only they know.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "witness_record",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column(
            "witness", sa.Text(), nullable=False, comment="the source; its records stay apart from ours, and stay here"
        ),
        sa.Column("record_ref", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("known_in", sa.String(length=7), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column(
            "said",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="what the row says: field -> value; personal",
        ),
        sa.PrimaryKeyConstraint("stream", "witness", "record_ref", "revision", name=op.f("witness_record_pk")),
    )
    op.create_table(
        "testimony",
        sa.Column("id", sa.Text(), nullable=False, comment="of the discrepancy"),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("opened_in", sa.String(length=7), nullable=False),
        sa.Column("closed_in", sa.String(length=7), nullable=True),
        sa.Column(
            "says",
            sa.Text(),
            nullable=False,
            comment="ours, theirs, both, neither, apart, knows, joins or silent",
        ),
        sa.Column(
            "witness_ref", sa.Text(), nullable=True, comment="its record of the worker; absent where it has none"
        ),
        sa.Column(
            "joined_ref",
            sa.Text(),
            nullable=True,
            comment="the record of the side that misses the worker which it takes for the same",
        ),
        sa.PrimaryKeyConstraint("id", "witness", "opened_in", name=op.f("testimony_pk")),
    )
    op.create_table(
        "witnessed",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("witness_ref", sa.Text(), nullable=False, comment="its record of a person in neither register"),
        sa.Column("opened_in", sa.String(length=7), nullable=False),
        sa.Column("closed_in", sa.String(length=7), nullable=True),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("official", sa.Text(), nullable=False, comment="the desk that is to look for the person"),
        sa.PrimaryKeyConstraint("stream", "witness", "witness_ref", "opened_in", name=op.f("witnessed_pk")),
    )


def downgrade() -> None:
    op.drop_table("witnessed")
    op.drop_table("testimony")
    op.drop_table("witness_record")
