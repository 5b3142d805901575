"""The MLflow store of one trial: a SQLite file that its script logs to, read while the script runs.

It takes MLflow seconds to make the tables of such a file, so each trial gets a copy of one that has them.
"""

import fcntl
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from math import copysign, inf, nan
from pathlib import Path
from uuid import uuid4

from sweepflow.base.files import private_folder, replacing
from sweepflow.base.settings import home, sqlite_url
from sweepflow.errors import TrialError
from sweepflow.training.command.named_scripts import named_scripts

URI = "MLFLOW_TRACKING_URI"

_EXPERIMENT = "MLFLOW_EXPERIMENT_NAME"
_STORE = "mlflow.db"
_ARTIFACTS = "artifacts"

_SETS_URI = re.compile(r"^[^#\n]*\bset_tracking_uri\(", re.MULTILINE)

_MAKE = "import sys, mlflow; mlflow.MlflowClient(sys.argv[1]).create_run('0')"
_TABLES = """
    PRAGMA page_size = 1024;
    VACUUM;
    PRAGMA journal_mode = WAL;
"""
_BEGIN = """
    PRAGMA synchronous = OFF;
    BEGIN;
    UPDATE experiments SET artifact_location = '{artifacts}';
    UPDATE runs SET run_uuid = '{run}', artifact_uri = '{artifacts}';
    UPDATE tags SET run_uuid = '{run}';
    CREATE TRIGGER trial_artifacts AFTER UPDATE OF artifact_location ON experiments
    WHEN OLD.artifact_location IS NULL BEGIN
        UPDATE experiments SET artifact_location = '{artifacts}' WHERE experiment_id = NEW.experiment_id;
    END;
    CREATE TRIGGER trial_run AFTER INSERT ON experiments BEGIN
        UPDATE runs SET experiment_id = NEW.experiment_id WHERE run_uuid = '{run}';
    END;
    COMMIT;
"""
"""What makes a copy the trial's own: its run, and where artifacts go."""
_NEW = """
    SELECT rowid, run_uuid, timestamp, step, key, value, is_nan FROM metrics
    WHERE rowid > ? ORDER BY rowid LIMIT 10000
"""
_INFINITY = sys.float_info.max
"""What MLflow stores for it."""


@cache
def version() -> str | None:
    """The version of MLflow in this environment; None if it is not installed."""
    for name in ("mlflow-skinny", "mlflow"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def warm_up(asked: Mapping[str, str]) -> None:
    """Make what the first store takes seconds for, if a script that asks for these variables gets one.

    TrialError if MLflow does not work.
    """
    if _has_store(asked):
        _template()


def _has_store(asked: Mapping[str, str]) -> bool:
    return version() is not None and URI not in asked


def notices(command: str, code: Path | None, asked: Mapping[str, str]) -> Iterator[str]:
    """What the user should know: that values which a script logs to another store are not seen."""
    if URI in asked:
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
        self._path = folder / _STORE
        self._run_id = uuid4().hex
        self._last_row = 0
        _remove_store(folder)
        shutil.copyfile(_template(), self._path)
        self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        artifacts = (folder / _ARTIFACTS).as_uri().replace("'", "%27")
        self._connection.executescript(_BEGIN.format(run=self._run_id, artifacts=artifacts))

    def environment(self, asked: Mapping[str, str]) -> dict[str, str]:
        """By which MLflow finds the store and the trial's run, for a script that asks for these variables."""
        url = sqlite_url(self._path)
        return {
            URI: url,
            "MLFLOW_REGISTRY_URI": url,
            "MLFLOW_RUN_ID": self._run_id,
            _EXPERIMENT: "Default",
            # It refuses the ID of another experiment than the named one.
            "MLFLOW_EXPERIMENT_ID": "" if _EXPERIMENT in asked else "0",
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


def clean_up(folder: Path, outputs: Path) -> None:
    """Remove the store from a trial's folder, and put the artifacts among its outputs, as `artifacts`.

    OSError if that fails; nothing happens if there is no store.
    """
    _remove_store(folder)
    artifacts, place = folder / _ARTIFACTS, outputs / _ARTIFACTS
    if not artifacts.exists():
        return
    if place.exists():  # an earlier attempt's, or the script's own
        shutil.copytree(artifacts, place, symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(artifacts)
    else:
        artifacts.rename(place)


def _remove_store(folder: Path) -> None:
    for end in ("", "-wal", "-shm"):
        (folder / f"{_STORE}{end}").unlink(missing_ok=True)


@contextmanager
def mlflow_runs(folder: Path, asked: Mapping[str, str]) -> Iterator[MlflowRuns | None]:
    """A new store in the trial's folder, for a script that asks for these environment variables.

    None if MLflow is not installed, or the script asks for another store. TrialError if MLflow does not
    work.
    """
    if not _has_store(asked):
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


def _template() -> Path:
    """The file that each trial gets a copy of; it is made once for each version of MLflow."""
    path = private_folder(home() / "mlflow") / f"{version()}.db"
    if not path.exists():
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                with replacing(path) as partial:
                    _make(partial)
    return path


def _make(path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    done = subprocess.run(
        [sys.executable, "-c", _MAKE, sqlite_url(path)],
        env={**kept, "PYTHONSAFEPATH": "1", "MLFLOW_DISABLE_TELEMETRY": "true"},
        cwd=path.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or [f"it ended with exit code {done.returncode}"])[-1]
        raise TrialError(
            f"MLflow {version()} is installed here but does not work ({reason}): mend or uninstall it, or "
            f"set {URI} in trial.environment_variables"
        )
    connection = sqlite3.connect(path)
    connection.executescript(_TABLES)
    connection.close()
