"""Versions of an edition, and what was decided about them.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("edition", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("edition", "version", server_default=None)
    op.add_column(
        "edition",
        sa.Column(
            "reason",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="why it was revised, by language; absent in the first version",
        ),
    )
    op.drop_constraint("edition_pk", "edition", type_="primary")
    op.create_primary_key("edition_pk", "edition", ["quarter", "version"])
    op.create_table(
        "edition_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "snapshot_sha256", sa.String(length=64), nullable=False, comment="what was frozen when it was decided on"
        ),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False, comment="who decided: a sign-in name"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("edition_decision_pk")),
    )
    op.create_index(op.f("edition_decision_snapshot_sha256_ix"), "edition_decision", ["snapshot_sha256"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("edition_decision_snapshot_sha256_ix"), table_name="edition_decision")
    op.drop_table("edition_decision")
    op.execute(
        "DELETE FROM edition AS older USING edition AS newer "
        "WHERE older.quarter = newer.quarter AND older.version < newer.version"
    )
    op.drop_constraint("edition_pk", "edition", type_="primary")
    op.create_primary_key("edition_pk", "edition", ["quarter"])
    op.drop_column("edition", "reason")
    op.drop_column("edition", "version")
