"""What the exchange point told of a package of the partner's, to notice when something else lies there.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "what the exchange point told of the partner's package when it was fetched"
    op.add_column("message", sa.Column("mark", sa.Text(), nullable=True, comment=comment))


def downgrade() -> None:
    op.drop_column("message", "mark")
