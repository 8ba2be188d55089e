"""Cases that people work on: their history, who looked, decisions, the partner's view, amended records.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the case after it"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False, comment="sign-in name, or amanah"),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True, comment="state; absent when the case began with it"),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True, comment="in the person's own words; personal"),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("case_event_pk")),
    )
    op.create_index(op.f("case_event_number_id_ix"), "case_event", ["number", "id"], unique=False)
    op.create_table(
        "case_relation",
        sa.Column("one", sa.Text(), nullable=False, comment="the lower number"),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("one", "other", name=op.f("case_relation_pk")),
    )
    op.create_table(
        "case_look",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False, comment="what it was looked at for"),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("case_look_pk")),
    )
    op.create_index(op.f("case_look_at_ix"), "case_look", ["at"], unique=False)
    op.create_index(op.f("case_look_number_id_ix"), "case_look", ["number", "id"], unique=False)
    op.create_table(
        "pair_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("party", sa.String(length=3), nullable=False, comment="whose official decided"),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("ours_ref", sa.Text(), nullable=False),
        sa.Column("theirs_ref", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False, comment="of the case"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "told_from",
            sa.String(length=7),
            nullable=True,
            comment="first month that both sides know it in; absent until it is told",
        ),
        sa.Column("told_until", sa.String(length=7), nullable=True, comment="first month in which it holds no more"),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pair_decision_pk")),
    )
    op.create_index(op.f("pair_decision_number_ix"), "pair_decision", ["number"], unique=False)
    op.create_index(op.f("pair_decision_stream_ours_ref_ix"), "pair_decision", ["stream", "ours_ref"], unique=False)
    op.create_table(
        "case_there",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False, comment="the last thing that a person of the partner did"),
        sa.Column("acted_on", sa.Date(), nullable=False),
        sa.Column("told_in", sa.String(length=7), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("case_there_pk")),
    )
    op.create_table(
        "case_word",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("party", sa.String(length=3), nullable=False),
        sa.Column("carried_by", sa.Text(), nullable=False, comment="id of the message that carries it"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("period", "party", name=op.f("case_word_pk")),
    )
    op.create_table(
        "amendment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("record_ref", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column(
            "was",
            sa.Text(),
            nullable=False,
            comment="what the ministry's systems say, as schemas.texts has it; personal",
        ),
        sa.Column("value", sa.Text(), nullable=False, comment="what an official found right, likewise; personal"),
        sa.Column("number", sa.Text(), nullable=False, comment="of the case"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("amendment_pk")),
    )
    op.create_index(op.f("amendment_stream_record_ref_ix"), "amendment", ["stream", "record_ref"], unique=False)
    op.add_column("case", sa.Column("ours_ref", sa.Text(), nullable=True))
    op.add_column("case", sa.Column("theirs_ref", sa.Text(), nullable=True))
    op.add_column("case", sa.Column("area", sa.Text(), nullable=True))
    op.add_column(
        "case",
        sa.Column(
            "handed_over",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="by a person: routes do not move it any more",
        ),
    )
    op.add_column("case", sa.Column("assignee", sa.Text(), nullable=True, comment="who took it"))
    op.add_column(
        "case", sa.Column("waits_for", sa.Text(), nullable=True, comment="partner, document or office, while it waits")
    )
    op.add_column(
        "case",
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            server_default="1",
            comment="of the case: who acts names the one they have seen",
        ),
    )
    op.add_column(
        "case",
        sa.Column(
            "resolution", sa.Text(), nullable=True, comment="the last one given; a code of the list case_resolution"
        ),
    )
    op.add_column(
        "case",
        sa.Column(
            "resolved_in", sa.String(length=7), nullable=True, comment="month in which what was resolved becomes known"
        ),
    )
    op.add_column(
        "case",
        sa.Column(
            "values_sha256",
            sa.String(length=64),
            nullable=True,
            comment="of both values as they were compared last",
        ),
    )
    op.add_column(
        "case",
        sa.Column(
            "escalated",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="how many times it was taken to the supervisor",
        ),
    )
    op.add_column(
        "case",
        sa.Column("acknowledged_by", sa.Text(), nullable=True, comment="who has seen that a worker may be in danger"),
    )
    op.add_column("case", sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True))
    for column in ("handed_over", "version", "escalated"):  # a value for what is there; none for what comes
        op.alter_column("case", column, server_default=None)
    op.drop_index(op.f("case_official_state_ix"), table_name="case")
    op.create_index(op.f("case_official_state_due_on_ix"), "case", ["official", "state", "due_on"], unique=False)
    op.create_index(op.f("case_ours_ref_ix"), "case", ["ours_ref"], unique=False)
    op.create_index(op.f("case_state_due_on_ix"), "case", ["state", "due_on"], unique=False)
    op.create_index(op.f("case_theirs_ref_ix"), "case", ["theirs_ref"], unique=False)


def downgrade() -> None:
    for name in ("theirs_ref", "state_due_on", "ours_ref", "official_state_due_on"):
        op.drop_index(op.f(f"case_{name}_ix"), table_name="case")
    op.create_index(op.f("case_official_state_ix"), "case", ["official", "state"], unique=False)
    for column in (
        *("acknowledged_at", "acknowledged_by", "escalated", "values_sha256", "resolved_in", "resolution"),
        *("version", "waits_for", "assignee", "handed_over", "area", "theirs_ref", "ours_ref"),
    ):
        op.drop_column("case", column)
    for table in (
        *("amendment", "case_word", "case_there", "pair_decision", "case_look", "case_relation", "case_event"),
    ):
        op.drop_table(table)
