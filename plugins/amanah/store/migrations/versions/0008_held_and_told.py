"""A stream that holds after a refusal; what the engineer was told of; certificates of what both sides held.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "who let the stream go on after this message was refused"
    op.add_column("message", sa.Column("passed_by", sa.Text(), nullable=True, comment=comment))
    op.add_column("message", sa.Column("passed_why", sa.Text(), nullable=True))
    op.create_table(
        "notice",
        sa.Column("about", sa.Text(), nullable=False, comment="what somebody was told of, as long as it lasts"),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("about", name=op.f("notice_pk")),
    )
    op.create_table(
        "certificate",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("party", sa.String(length=3), nullable=False),
        sa.Column("said", sa.Text(), nullable=False, comment="the lines that were signed"),
        sa.Column("signed", sa.Text(), nullable=False, comment="the same with the party's signature"),
        sa.Column("carried_by", sa.Text(), nullable=False, comment="id of the message that carries it"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("period", "party", name=op.f("certificate_pk")),
    )


def downgrade() -> None:
    op.drop_table("certificate")
    op.drop_table("notice")
    op.drop_column("message", "passed_why")
    op.drop_column("message", "passed_by")
