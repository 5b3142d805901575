"""All that a script logs, in whichever way: lines in a file, or by MLflow."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sweepflow import metric_lines
from sweepflow.training.command.logging.metrics_file import MetricsFile
from sweepflow.training.command.logging.mlflow_runs import MlflowRuns, mlflow_runs
from sweepflow.training.command.logging.mlflow_store import keep_artifacts, remove_store

_METRICS = "metrics.jsonl"


class Logged(NamedTuple):
    """What the script of one trial logs."""

    path: Path
    file: MetricsFile
    runs: MlflowRuns | None

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """What tells a script where to log, beside these variables of its trial."""
        by_mlflow = self.runs.environment(variables) if self.runs else {}
        return {metric_lines.VARIABLE: str(self.path), **by_mlflow}

    def new(self, *, is_over: bool = False) -> list[dict[str, float]]:
        """What has been logged since the last call; to be called until it is empty.

        When the script `is_over`, a line without an end counts too. TrialError if it cannot be understood.
        """
        return self.file.new(is_over=is_over) or (self.runs.new() if self.runs else [])


@contextmanager
def logged(folder: Path, variables: Mapping[str, str]) -> Iterator[Logged]:
    """What the script in a trial's folder logs from now on; the trial has these environment variables.

    TrialError if MLflow is installed and does not work.
    """
    path = folder / _METRICS
    path.unlink(missing_ok=True)
    with mlflow_runs(folder, variables) as runs:
        yield Logged(path, MetricsFile(path), runs)


def clean_up_logs(folder: Path, outputs: Path) -> None:
    """Remove the logs from a trial's folder; MLflow's artifacts go to its outputs. OSError if that fails."""
    (folder / _METRICS).unlink(missing_ok=True)
    remove_store(folder)
    keep_artifacts(folder, outputs)
