"""The ledger as evidence: entries sealed over a plain line, a database that refuses a fork, and what a search needs.

Entries written before are sealed anew over the line that ``sha256sum`` can recompute. This is the only time that a
ledger is rewritten: no node was in production yet.

Revision ID: 0006
Revises: 0005
"""

import hashlib
import json
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# The function's own search path: a temporary table of the same name cannot stand in for the ledger.
LEDGER_FOLLOWS = """
CREATE FUNCTION ledger_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    last record;
BEGIN
    SELECT position, hash INTO last FROM ledger ORDER BY position DESC LIMIT 1;
    IF NEW.position <> coalesce(last.position, 0) + 1 OR NEW.previous_hash <> coalesce(last.hash, repeat('0', 64)) THEN
        RAISE EXCEPTION 'the entry does not follow the last one';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_follows BEFORE INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION ledger_follows();
"""


def upgrade() -> None:
    op.add_column(
        "message",
        sa.Column("manifest", sa.Text(), nullable=True, comment="manifest.json as it travelled, byte for byte"),
    )
    op.add_column(
        "message",
        sa.Column("receipt", sa.Text(), nullable=True, comment="the signed receipt of the answer given or received"),
    )
    op.create_index(op.f("message_period_ix"), "message", ["period"])
    op.create_index(op.f("message_answered_by_ix"), "message", ["answered_by"])
    op.create_index(
        op.f("message_answer_ix"),
        "message",
        ["answer"],
        postgresql_using="gin",
        postgresql_ops={"answer": "jsonb_path_ops"},
    )
    op.create_index(op.f("ledger_at_ix"), "ledger", ["at"])
    _seal_anew(op.get_bind())
    op.create_unique_constraint(op.f("ledger_previous_hash_uq"), "ledger", ["previous_hash"])
    op.execute(LEDGER_FOLLOWS)


def _seal_anew(connection: sa.Connection) -> None:
    """Give every entry the hash of its plain line; as ``amanah.exchange.ledger`` seals at this version."""
    connection.execute(sa.text("ALTER TABLE ledger DISABLE TRIGGER ledger_stays"))
    connection.execute(sa.text("ALTER TABLE ledger DROP CONSTRAINT ledger_hash_uq"))
    change = sa.text("UPDATE ledger SET previous_hash = :previous, hash = :hash WHERE position = :position")
    position, previous, step = 0, "0" * 64, 1000
    page = sa.text(
        "SELECT position, at, message_id, event, detail FROM ledger WHERE position > :after ORDER BY position LIMIT :step"
    )
    while rows := connection.execute(page, {"after": position, "step": step}).all():
        for row in rows:
            detail = json.dumps(row.detail, sort_keys=True, separators=(",", ":"))
            at = f"{row.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
            line = f"{previous} {row.position} {at} {row.message_id} {row.event} {detail}\n"
            digest = hashlib.sha256(line.encode()).hexdigest()
            connection.execute(change, {"previous": previous, "hash": digest, "position": row.position})
            position, previous = row.position, digest
    connection.execute(sa.text("ALTER TABLE ledger ADD CONSTRAINT ledger_hash_uq UNIQUE (hash)"))
    connection.execute(sa.text("ALTER TABLE ledger ENABLE TRIGGER ledger_stays"))


def downgrade() -> None:
    op.execute("DROP TRIGGER ledger_follows ON ledger")
    op.execute("DROP FUNCTION ledger_follows")
    op.drop_constraint(op.f("ledger_previous_hash_uq"), "ledger", type_="unique")
    op.drop_index(op.f("ledger_at_ix"), table_name="ledger")
    op.drop_index(op.f("message_answer_ix"), table_name="message")
    op.drop_index(op.f("message_answered_by_ix"), table_name="message")
    op.drop_index(op.f("message_period_ix"), table_name="message")
    op.drop_column("message", "receipt")
    op.drop_column("message", "manifest")
