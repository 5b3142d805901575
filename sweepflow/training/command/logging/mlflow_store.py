"""The MLflow store of a trial: a SQLite file of its own, in which its run is begun.

It takes MLflow seconds to make the tables of such a file, so each trial gets a copy of one that has them.
"""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import cache
from importlib import metadata
from pathlib import Path

from sweepflow.base.files import private_folder, replacing
from sweepflow.base.settings import home, sqlite_url
from sweepflow.errors import TrialError

_STORE = "mlflow.db"
_ARTIFACTS = "artifacts"

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


@cache
def version() -> str | None:
    """The version of MLflow in this environment; None if it is not installed."""
    for name in ("mlflow-skinny", "mlflow"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def begin_store(folder: Path, run_id: str) -> sqlite3.Connection:
    """A new store in the trial's folder, with a run of this ID; TrialError if MLflow does not work."""
    path = folder / _STORE
    remove_store(folder)
    shutil.copyfile(template(), path)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    artifacts = (folder / _ARTIFACTS).as_uri().replace("'", "%27")
    connection.executescript(_BEGIN.format(run=run_id, artifacts=artifacts))
    return connection


def store_url(folder: Path) -> str:
    """By which MLflow finds the store in the trial's folder."""
    return sqlite_url(folder / _STORE)


def keep_artifacts(folder: Path, outputs: Path) -> None:
    """Move the artifacts from a trial's folder to its outputs, as `artifacts`; OSError if that fails."""
    artifacts, place = folder / _ARTIFACTS, outputs / _ARTIFACTS
    if not artifacts.exists():
        return
    if place.exists():  # an earlier attempt's, or the script's own
        shutil.copytree(artifacts, place, symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(artifacts)
    else:
        artifacts.rename(place)


def remove_store(folder: Path) -> None:
    """Remove the store from a trial's folder, if there is one."""
    for end in ("", "-wal", "-shm"):
        (folder / f"{_STORE}{end}").unlink(missing_ok=True)


def template() -> Path:
    """The file that each trial gets a copy of; it is made once for each version of MLflow.

    TrialError if MLflow does not work.
    """
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
            "set MLFLOW_TRACKING_URI in trial.environment_variables"
        )
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_TABLES)
