"""Several systems, one record: contributions, origins of values, and what became of a quarantined row.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

RECORDS = ("complaint", "placement")


def upgrade() -> None:
    for table in RECORDS:
        comment = "field -> source, where several systems made one record"
        op.add_column(table, sa.Column("origins", postgresql.JSONB(), nullable=True, comment=comment))
    for name, comment in (
        ("unattached", "rows of this batch that no record is made of"),
        ("listed", "what this batch put on the list for a person"),
    ):
        op.add_column("batch", sa.Column(name, sa.Integer(), nullable=False, server_default="0", comment=comment))
        op.alter_column("batch", name, server_default=None)
    comment = "waiting, released or superseded"
    op.add_column(
        "quarantine", sa.Column("state", sa.Text(), nullable=False, server_default="waiting", comment=comment)
    )
    op.alter_column("quarantine", "state", server_default=None)
    op.add_column("quarantine", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    comment = "who released it, or the batch that did"
    op.add_column("quarantine", sa.Column("settled_by", sa.Text(), nullable=True, comment=comment))
    op.add_column("quarantine", sa.Column("settled_why", sa.Text(), nullable=True))
    comment = "column -> value set by hand at its release; personal"
    op.add_column("quarantine", sa.Column("correction", postgresql.JSONB(), nullable=True, comment=comment))
    op.create_index(op.f("quarantine_state_ix"), "quarantine", ["state"], unique=False)
    op.create_table(
        "contribution",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_in", sa.String(length=7), nullable=False),
        sa.Column(
            "fingerprint", sa.String(length=64), nullable=False, comment="of the newest row as the system sent it"
        ),
        sa.Column(
            "said", postgresql.JSONB(), nullable=False, comment="what the system says of it: field -> value; personal"
        ),
        sa.Column("since", postgresql.JSONB(), nullable=False, comment="field -> moment, for what an earlier row said"),
        sa.Column(
            "record_ref", sa.Text(), nullable=True, comment="the record it is part of; absent while it is part of none"
        ),
        sa.PrimaryKeyConstraint("stream", "source", "source_ref", name=op.f("contribution_pk")),
    )
    op.create_index(op.f("contribution_stream_record_ref_ix"), "contribution", ["stream", "record_ref"], unique=False)
    op.create_table(
        "contribution_key",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_ref", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "key", "value", "source", "source_ref", name=op.f("contribution_key_pk")),
    )
    op.create_index(
        op.f("contribution_key_stream_source_source_ref_ix"),
        "contribution_key",
        ["stream", "source", "source_ref"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("contribution_key")
    op.drop_table("contribution")
    op.drop_index(op.f("quarantine_state_ix"), table_name="quarantine")
    for name in ("correction", "settled_why", "settled_by", "settled_at", "state"):
        op.drop_column("quarantine", name)
    for name in ("listed", "unattached"):
        op.drop_column("batch", name)
    for table in RECORDS:
        op.drop_column(table, "origins")
