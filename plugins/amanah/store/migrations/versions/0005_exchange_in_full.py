"""The exchange in full: what is unsent, what is missing and was asked for again, what was said last.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

RECORDS = ("complaint", "placement")
# Our own records are those that came in no message.
UNSENT = """
    INSERT INTO unsent (stream, record_ref, revision, known_in)
    SELECT 'record_table', record_ref, revision, known_in FROM record_table AS record
    WHERE NOT EXISTS (SELECT FROM message WHERE message.message_id = record.origin)
      AND NOT EXISTS (SELECT FROM sent_record AS sent WHERE sent.stream = 'record_table'
                      AND sent.record_ref = record.record_ref AND sent.revision >= record.revision AND NOT sent.rejected)
"""


def upgrade() -> None:
    comment = "the exchange point is to have it once more"
    op.add_column(
        "message", sa.Column("put_again", sa.Boolean(), nullable=False, server_default="false", comment=comment)
    )
    op.alter_column("message", "put_again", server_default=None)
    comment = "admissions begun that came to no end"
    op.add_column("message", sa.Column("tries", sa.Integer(), nullable=False, server_default="0", comment=comment))
    op.alter_column("message", "tries", server_default=None)
    comment = "of the message: what was said last counts"
    op.add_column("sent_record", sa.Column("sequence", sa.BigInteger(), nullable=True, comment=comment))
    op.execute(
        "UPDATE sent_record SET sequence = message.sequence FROM message WHERE message.message_id = sent_record.message_id"
    )
    op.alter_column("sent_record", "sequence", nullable=False)
    op.create_table(
        "unsent",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("record_ref", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("known_in", sa.String(length=7), nullable=False),
        sa.PrimaryKeyConstraint("stream", "record_ref", "revision", name=op.f("unsent_pk")),
    )
    op.create_index(op.f("unsent_stream_known_in_ix"), "unsent", ["stream", "known_in"], unique=False)
    for table in RECORDS:
        op.execute(UNSENT.replace("record_table", table))
    op.create_table(
        "gap",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column(
            "from_sequence",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="the first of the partner's messages that is missing",
        ),
        sa.Column(
            "to_sequence", sa.BigInteger(), nullable=True, comment="the last one; absent where more may have been lost"
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False, comment="id of the resend request"),
        sa.PrimaryKeyConstraint("stream", "from_sequence", name=op.f("gap_pk")),
    )


def downgrade() -> None:
    op.drop_table("gap")
    op.drop_table("unsent")
    op.drop_column("sent_record", "sequence")
    op.drop_column("message", "tries")
    op.drop_column("message", "put_again")
