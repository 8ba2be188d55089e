"""A stream that holds after a refusal, until somebody lets it pass; and what the engineer was told of.

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


def downgrade() -> None:
    op.drop_table("notice")
    op.drop_column("message", "passed_why")
    op.drop_column("message", "passed_by")
