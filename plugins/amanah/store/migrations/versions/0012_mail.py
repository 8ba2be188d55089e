"""Mail of the cases: what was told to whom, and mails that are tried again, refused or bounced.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_told",
        sa.Column("who", sa.Text(), nullable=False, comment="address of a desk or a supervisor"),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True, comment="of the case when the last digest told of it"),
        sa.Column(
            "there", sa.Text(), nullable=True, comment="what the partner had done when the last digest told of it"
        ),
        sa.Column("missed", sa.Integer(), nullable=True, comment="version of the last missed deadline that was told"),
        sa.Column(
            "alerted_on", sa.Date(), nullable=True, comment="day of the last mail that a worker may be in danger"
        ),
        sa.PrimaryKeyConstraint("who", "number", name=op.f("case_told_pk")),
    )
    op.add_column(
        "mail", sa.Column("day", sa.Date(), nullable=True, comment="the day it is for, where the party lives")
    )
    op.add_column("mail", sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "mail",
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True, comment="not before; at once where absent"),
    )
    op.add_column(
        "mail",
        sa.Column(
            "answer", sa.Text(), nullable=True, comment="code of the last refusal or bounce, such as 550 or 5.1.1"
        ),
    )
    op.execute("UPDATE mail SET day = (to_date(period, 'YYYY-MM') + interval '1 month')::date")
    op.execute("UPDATE mail SET queued_at = coalesce(sent_at, now())")
    for column in ("day", "queued_at"):
        op.alter_column("mail", column, nullable=False)
    op.alter_column("mail", "official", comment="address of whom it is to: a desk, a supervisor, the engineer")
    op.drop_column("mail", "period")
    op.create_index(op.f("mail_state_next_try_at_ix"), "mail", ["state", "next_try_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("mail_state_next_try_at_ix"), table_name="mail")
    op.add_column("mail", sa.Column("period", sa.String(length=7), nullable=True))
    op.execute("UPDATE mail SET period = to_char(day - interval '1 day', 'YYYY-MM')")
    op.alter_column("mail", "period", nullable=False)
    op.alter_column("mail", "official", comment=None)
    for column in ("answer", "next_try_at", "queued_at", "day"):
        op.drop_column("mail", column)
    op.drop_table("case_told")
