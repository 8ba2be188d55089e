"""First tables, and a ledger that refuses to be changed.

Revision ID: 0001
Revises: nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


LEDGER_STAYS = """
CREATE FUNCTION ledger_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only';
END $$;
CREATE TRIGGER ledger_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();
"""


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column(
            "read_until",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="watermark: the next batch reads from here",
        ),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "period", name=op.f("batch_pk")),
    )
    op.create_table(
        "case",
        sa.Column("number", sa.Text(), nullable=False, comment="the discrepancy's shared id"),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("official", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_in", sa.String(length=7), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("closed_in", sa.String(length=7), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("case_pk")),
    )
    op.create_index(op.f("case_official_state_ix"), "case", ["official", "state"], unique=False)
    op.create_table(
        "complaint",
        sa.Column("holder", sa.String(length=3), nullable=False),
        sa.Column("record_ref", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("known_in", sa.String(length=7), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False, comment="source or message the revision came from"),
        sa.Column("placement_ref", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("stage_date", sa.Date(), nullable=True),
        sa.Column("urgency", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("holder", "record_ref", "revision", name=op.f("complaint_pk")),
    )
    op.create_index(op.f("complaint_holder_known_in_ix"), "complaint", ["holder", "known_in"], unique=False)
    op.create_table(
        "discrepancy",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("opened_in", sa.String(length=7), nullable=False),
        sa.Column("closed_in", sa.String(length=7), nullable=True),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("ours_ref", sa.Text(), nullable=True),
        sa.Column("theirs_ref", sa.Text(), nullable=True),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("ours", sa.Text(), nullable=True, comment="the value as we hold it; personal"),
        sa.Column("theirs", sa.Text(), nullable=True, comment="the value as they hold it; personal"),
        sa.PrimaryKeyConstraint("id", "opened_in", name=op.f("discrepancy_pk")),
    )
    op.create_table(
        "edition",
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("snapshot_sha256", sa.String(length=64), nullable=False),
        sa.Column("files", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("quarter", name=op.f("edition_pk")),
    )
    op.create_table(
        "ledger",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("ledger_pk")),
        sa.UniqueConstraint("hash", name=op.f("ledger_hash_uq")),
    )
    op.create_index(op.f("ledger_message_id_ix"), "ledger", ["message_id"], unique=False)
    op.create_table(
        "link",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("ours_ref", sa.Text(), nullable=False),
        sa.Column("theirs_ref", sa.Text(), nullable=False),
        sa.Column("opened_in", sa.String(length=7), nullable=False),
        sa.Column("closed_in", sa.String(length=7), nullable=True),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "ours_ref", "theirs_ref", "opened_in", name=op.f("link_pk")),
    )
    op.create_table(
        "mail",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("official", sa.Text(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("message_id", name=op.f("mail_pk")),
    )
    op.create_table(
        "message",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("sender", sa.String(length=3), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("package_sha256", sa.String(length=64), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=True),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("rejected_records", sa.Integer(), nullable=False),
        sa.Column(
            "answer",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="the status message given or received",
        ),
        sa.Column("answered_by", sa.Text(), nullable=True, comment="id of the status message that carries the answer"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("message_id", name=op.f("message_pk")),
        sa.UniqueConstraint(
            "direction",
            "sender",
            "stream",
            "environment",
            "sequence",
            name=op.f("message_direction_sender_stream_environment_sequence_uq"),
        ),
    )
    op.create_index(op.f("message_state_ix"), "message", ["state"], unique=False)
    op.create_table(
        "placement",
        sa.Column("holder", sa.String(length=3), nullable=False),
        sa.Column("record_ref", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("known_in", sa.String(length=7), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False, comment="source or message the revision came from"),
        sa.Column("contract_no", sa.Text(), nullable=True),
        sa.Column("passport_no", sa.Text(), nullable=True),
        sa.Column("previous_passport_nos", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("visa_no", sa.Text(), nullable=True),
        sa.Column("residence_no", sa.Text(), nullable=True),
        sa.Column("name_latin", sa.Text(), nullable=True),
        sa.Column("name_arabic", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("nationality", sa.Text(), nullable=True),
        sa.Column("occupation_isco", sa.Text(), nullable=True),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("employer_ref", sa.Text(), nullable=True),
        sa.Column("employer_name", sa.Text(), nullable=True),
        sa.Column("origin_agency_ref", sa.Text(), nullable=True),
        sa.Column("destination_agency_ref", sa.Text(), nullable=True),
        sa.Column("wage_amount", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("wage_currency", sa.Text(), nullable=True),
        sa.Column("contract_start", sa.Date(), nullable=True),
        sa.Column("contract_end", sa.Date(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("stage_date", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("holder", "record_ref", "revision", name=op.f("placement_pk")),
    )
    op.create_index(op.f("placement_holder_known_in_ix"), "placement", ["holder", "known_in"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("position", sa.Text(), nullable=False, comment="where in the source the row stands"),
        sa.Column("record_ref", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column(
            "raw",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="the row as read, so that nothing is lost",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("quarantine_pk")),
    )
    op.create_index(op.f("quarantine_source_period_ix"), "quarantine", ["source", "period"], unique=False)
    op.create_table(
        "reconciliation",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("reconciliation_pk")),
    )
    op.create_table(
        "sent_record",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("record_ref", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("rejected", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", "record_ref", name=op.f("sent_record_pk")),
    )
    op.create_index(op.f("sent_record_stream_record_ref_ix"), "sent_record", ["stream", "record_ref"], unique=False)
    op.execute(LEDGER_STAYS)


def downgrade() -> None:
    op.drop_index(op.f("sent_record_stream_record_ref_ix"), table_name="sent_record")
    op.drop_table("sent_record")
    op.drop_table("reconciliation")
    op.drop_index(op.f("quarantine_source_period_ix"), table_name="quarantine")
    op.drop_table("quarantine")
    op.drop_index(op.f("placement_holder_known_in_ix"), table_name="placement")
    op.drop_table("placement")
    op.drop_index(op.f("message_state_ix"), table_name="message")
    op.drop_table("message")
    op.drop_table("mail")
    op.drop_table("link")
    op.drop_index(op.f("ledger_message_id_ix"), table_name="ledger")
    op.drop_table("ledger")
    op.drop_table("edition")
    op.drop_table("discrepancy")
    op.drop_index(op.f("complaint_holder_known_in_ix"), table_name="complaint")
    op.drop_table("complaint")
    op.drop_index(op.f("case_official_state_ix"), table_name="case")
    op.drop_table("case")
    op.drop_table("batch")
    op.execute("DROP FUNCTION ledger_stays")
