"""The tables of the ledger; a change here needs a new revision in sweepflow/ledger/migrations."""

import sqlalchemy as sa

from sweepflow.ledger.column_types import Name, Number, State, Time, Words
from sweepflow.trials.state import SweepState, TrialState

metadata = sa.MetaData()

sweeps = sa.Table(
    "sweeps",
    metadata,
    sa.Column("id", Name, primary_key=True),
    sa.Column("state", State(SweepState), nullable=False),
    sa.Column("error", Words),
    sa.Column("spec", sa.JSON, nullable=False),
    sa.Column("data_fingerprint", Name),
    sa.Column("started", Time, nullable=False),
    sa.Column("ended", Time),
    # What a resumed sweep needs: when its current session began, the seconds that earlier ones used, the
    # record of the model that was selected, and the folder that its trainer is imported from.
    sa.Column("resumed", Time),
    sa.Column("seconds", Number, nullable=False, server_default="0"),
    sa.Column("selected", sa.JSON),
    sa.Column("code_root", Words),
)

trials = sa.Table(
    "trials",
    metadata,
    sa.Column("sweep_id", sa.ForeignKey("sweeps.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("state", State(TrialState), nullable=False),
    sa.Column("parameters", sa.JSON, nullable=False),
    sa.Column("started", Time),
    sa.Column("ended", Time),
    sa.Column("seconds", Number),
    sa.Column("error", Words),
)

metrics = sa.Table(
    "metrics",
    metadata,
    # The order of the reports; 64 bits on both databases (SQLite calls that INTEGER).
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("sweep_id", Name, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("interval", sa.Integer, nullable=False),
    sa.Column("value", Number),
    sa.Column("time", Time, nullable=False),
    sa.ForeignKeyConstraint(["sweep_id", "number"], ["trials.sweep_id", "trials.number"]),
    sa.Index("metrics_of_trial", "sweep_id", "number"),
)
