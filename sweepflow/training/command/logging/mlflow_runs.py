"""What a trial's script logs by MLflow, read from the trial's store while the script runs."""

import re
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import copysign, inf, nan
from pathlib import Path
from uuid import uuid4

from sweepflow.errors import TrialError
from sweepflow.training.command.logging.mlflow_store import begin_store, store_url, template, version
from sweepflow.training.command.named_scripts import named_scripts

URI = "MLFLOW_TRACKING_URI"

_EXPERIMENT = "MLFLOW_EXPERIMENT_NAME"

_SETS_URI = re.compile(r"^[^#\n]*\bset_tracking_uri\(", re.MULTILINE)

_NEW = """
    SELECT rowid, run_uuid, timestamp, step, key, value, is_nan FROM metrics
    WHERE rowid > ? ORDER BY rowid LIMIT 10000
"""
_INFINITY = sys.float_info.max
"""What MLflow stores for it."""


def warm_up(variables: Mapping[str, str]) -> None:
    """Make what the first store takes seconds for, if a trial with these variables gets one.

    TrialError if MLflow does not work.
    """
    if _has_store(variables):
        template()


def _has_store(variables: Mapping[str, str]) -> bool:
    return version() is not None and URI not in variables


def notices(command: str, code: Path | None, variables: Mapping[str, str]) -> Iterator[str]:
    """What the user should know: that values which a script logs to another store are not seen."""
    if URI in variables:
        yield (
            f"trial.environment_variables.{URI}: what the script logs to this store is not seen here; the "
            "primary metric has to be logged by sweepflow.log_metric too"
        )
    elif version() and code and any(_SETS_URI.search(text) for text in named_scripts(command, code)):
        yield (
            "trial.command: the script calls set_tracking_uri, and what it logs to another store is not seen "
            f"here; leave the call out where {URI} is set"
        )


class MlflowRuns:
    """What a trial's script logs by MLflow, in all runs that it opens.

    With an experiment that the script makes, the trial's run moves to it, because MLflow refuses to
    go on with a run of another one.
    """

    def __init__(self, folder: Path) -> None:
        """Make the store in the trial's folder; TrialError if MLflow does not work."""
        self._url = store_url(folder)
        self._run_id = uuid4().hex
        self._last_row = 0
        self._connection = begin_store(folder, self._run_id)

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """By which MLflow finds the store and the trial's run, beside these variables of the trial."""
        return {
            URI: self._url,
            "MLFLOW_REGISTRY_URI": self._url,
            "MLFLOW_RUN_ID": self._run_id,
            _EXPERIMENT: "Default",
            # It refuses the ID of another experiment than the named one.
            "MLFLOW_EXPERIMENT_ID": "" if _EXPERIMENT in variables else "0",
            "MLFLOW_DISABLE_TELEMETRY": "true",  # without a network it prints errors
        }

    def new(self) -> list[dict[str, float]]:
        """The metrics that have been logged since the last call, in order; those of one moment together.

        To be called until there are none. TrialError if the store cannot be read.
        """
        try:
            rows = self._connection.execute(_NEW, (self._last_row,)).fetchall()
        except sqlite3.Error as error:
            raise TrialError(f"what it logged to MLflow cannot be read: {error}") from error
        if rows:
            self._last_row = rows[-1][0]
        return list(_moments(rows))

    def close(self) -> None:
        """Stop reading."""
        self._connection.close()


@contextmanager
def mlflow_runs(folder: Path, variables: Mapping[str, str]) -> Iterator[MlflowRuns | None]:
    """A new store in the trial's folder, for a script with these environment variables.

    None if MLflow is not installed, or they name another store. TrialError if MLflow does not
    work.
    """
    if not _has_store(variables):
        yield None
        return
    runs = MlflowRuns(folder)
    try:
        yield runs
    finally:
        runs.close()


def _moments(rows: Iterable[tuple[int, str, int, int, str, float, int]]) -> Iterator[dict[str, float]]:
    """The metrics of each run, time and step; of a name that occurs again there is one more."""
    moment: dict[str, float] = {}
    last: tuple[str, int, int] | None = None
    for _, run_id, time, step, name, value, is_nan in rows:
        if moment and ((run_id, time, step) != last or name in moment):
            yield moment
            moment = {}
        last = run_id, time, step
        moment[name] = nan if is_nan else copysign(inf, value) if abs(value) >= _INFINITY else value
    if moment:
        yield moment
