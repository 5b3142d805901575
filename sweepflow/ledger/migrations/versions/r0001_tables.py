"""Sweeps, trials and metrics, as they were before the schema had versions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables that are not there: a ledger of that time has them all, and only gets its version."""
    op.create_table(
        "sweeps",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("spec", sa.JSON, nullable=False),
        sa.Column("data_fingerprint", sa.String),
        sa.Column("started", _TIME, nullable=False),
        sa.Column("ended", _TIME),
        if_not_exists=True,
    )
    op.create_table(
        "trials",
        sa.Column("sweep_id", sa.String, sa.ForeignKey("sweeps.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("started", _TIME),
        sa.Column("ended", _TIME),
        sa.Column("seconds", sa.Float),
        sa.Column("error", sa.Text),
        if_not_exists=True,
    )
    op.create_table(
        "metrics",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("sweep_id", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("interval", sa.Integer, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("time", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["sweep_id", "number"], ["trials.sweep_id", "trials.number"]),
        if_not_exists=True,
    )
    op.create_index("metrics_of_trial", "metrics", ["sweep_id", "number"], if_not_exists=True)
