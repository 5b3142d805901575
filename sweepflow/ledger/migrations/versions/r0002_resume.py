"""What a resumed sweep has to remember."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the present session's begin, earlier ones' seconds, the selected model, the trainer's folder."""
    op.add_column("sweeps", sa.Column("resumed", sa.DateTime(timezone=True)))
    op.add_column("sweeps", sa.Column("seconds", sa.Float, nullable=False, server_default="0"))
    op.add_column("sweeps", sa.Column("selected", sa.JSON))
    op.add_column("sweeps", sa.Column("code_root", sa.Text))
