"""What lies beside the spec or in the working directory stands in for nothing that others need."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sweepflow.fields.yaml import to_yaml
from sweeps import function_spec
from traps import set_traps

TRAINER = """
import queue, random, sys  # Python's own

import helpers
from sweepflow import trainer


@trainer
def train(parameters, data, report):
    import prefect, more_helpers  # when it runs, too

    report(score=parameters["x"] * helpers.FACTOR + more_helpers.SUMMAND)
"""
ESTIMATOR = {
    "data": {"path": "table.csv", "target": "y"},
    # These start processes of joblib's.
    "trial": {"estimator": "sklearn.ensemble.BaggingClassifier", "parameters": {"n_jobs": 2}},
    "search_space": {"n_estimators": {"type": "choice", "values": [4, 6]}},
    "sampling_algorithm": {"type": "grid"},
    "objective": {"primary_metric": "accuracy", "goal": "maximize"},
    "limits": {"max_total_trials": 2, "max_concurrent_trials": 1},
}
FUNCTION = {**function_spec("", [1, 2]), "trial": {"function": "my_training:train"}}


@pytest.fixture
def own_server(environment: dict[str, str]) -> dict[str, str]:
    """The embedded server of a command's own, which is a process in the working directory too."""
    return {name: value for name, value in environment.items() if name != "PREFECT_API_URL"}


@pytest.mark.parametrize(("spec", "best"), [(ESTIMATOR, 1.0), (FUNCTION, 7.0)], ids=["estimator", "function"])
def test_no_file_of_the_users_stands_in_for_a_module_that_others_need(
    spec: dict[str, Any], best: float, own_server: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    executed = set_traps(folder)
    rows = [f"{n},{n % 3},{'no' if n < 30 else 'yes'}" for n in range(60)]
    (folder / "table.csv").write_text("\n".join(["a,b,y", *rows]))
    (folder / "my_training.py").write_text(TRAINER)
    (folder / "helpers.py").write_text("FACTOR = 3")
    (folder / "more_helpers.py").write_text("SUMMAND = 1")
    (folder / "spec.yml").write_text(to_yaml(spec))
    command = [sys.executable, "-m", "sweepflow", "run", "spec.yml", "--json"]
    done = subprocess.run(
        command, env=own_server, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["trials"]["completed"], result["best"]["value"]) == (2, best)
    assert executed.read_text() == ""


def test_a_file_tasks_beside_a_notebook_does_not_stand_in_for_sweepflows_own(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text("raise RuntimeError('not this one')")
    # A notebook's path begins with its folder, as that of `python -c` does.
    program = "import sweepflow.flows.tune, tasks; print(tasks.probe_data.__name__)"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "sweepflow.tasks.probe_data\n", done.stderr


def test_a_module_tasks_of_the_notebooks_own_that_is_imported_already_is_named(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").touch()
    command = [sys.executable, "-c", "import tasks, flows.tune"]
    # As a notebook has it, whose folder comes first on the path.
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    done = subprocess.run(command, cwd=tmp_path, env=usual, capture_output=True, text=True, check=False)
    told = f"Sweepflow needs the name 'tasks', which {tmp_path / 'tasks.py'} has taken: rename that"
    assert done.stderr.splitlines()[-1] == f"ImportError: {told}"
