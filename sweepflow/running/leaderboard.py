"""The tables of a sweep whose trials are over, written where they cost the sweep's own process no memory."""

from collections.abc import Sequence
from pathlib import Path

from sweepflow.base.freed_memory import give_back_freed_memory
from sweepflow.running.record import SweepRecord
from sweepflow.space.constraints import Condition
from sweepflow.spec.spec import Spec
from sweepflow.trials.objective import Objective
from sweepflow.trials.rows import MetricRow, TrialRow
from sweepflow.workers import in_child


def write_tables(record: SweepRecord, spec: Spec) -> None:
    """Write leaderboard.parquet and metrics.parquet of what is on record."""
    give_back_freed_memory()  # what the trials and the live view have left behind
    trials, metrics = record.ledger.trials(record.sweep_id), record.ledger.metrics(record.sweep_id)
    in_child(_write, trials, metrics, spec.trial_objective, record.folder.path, spec.require)
    give_back_freed_memory()  # of 10,000 trials up to 100 MB, before the page needs as much


def _write(
    trials: Sequence[TrialRow],
    metrics: Sequence[MetricRow],
    objective: Objective,
    folder: Path,
    require: Sequence[Condition],
) -> None:
    from sweepflow.archive import leaderboard  # here: pyarrow, of 40 MB, is for the child alone

    leaderboard.write_tables(trials, metrics, objective, folder, require)
