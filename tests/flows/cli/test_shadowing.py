"""What lies beside the spec or in the working directory stands in for nothing that others need."""

import json
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


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose flows and tasks have the names that nearly every one of Prefect's has."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "__init__.py").write_text("WHOSE = 'the user'")
    (tmp_path / "flows" / "tune.py").write_text("SUMMAND = 1")
    (tmp_path / "tasks.py").write_text("FACTOR = 3")
    (tmp_path / "my_training.py").write_text(
        TRAINER.replace("helpers.FACTOR", "tasks.FACTOR")
        .replace("import helpers", "import flows\nimport tasks\nassert flows.WHOSE == 'the user'")
        .replace("import prefect, more_helpers", "from flows import tune as more_helpers")
    )
    (tmp_path / "spec.yml").write_text(to_yaml(FUNCTION))
    return tmp_path


PROGRAM = """
import sys
import flows, tasks
from ruamel.yaml import YAML
from sweepflow import promote, score, tune

assert (flows.WHOSE, tasks.FACTOR, promote.name, score.name) == ("the user", 3, "promote", "score")
if __name__ == "__main__":
    print("best", tune(**YAML(typ="safe").load(open("spec.yml"))).best.value)
"""


def test_a_trainer_imports_the_flows_and_tasks_of_its_own_project(
    project: Path, environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "sweepflow", "run", "spec.yml", "--json"]
    done = subprocess.run(
        command, env=environment, cwd=project, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["best"]["value"] == 7.0


def test_a_notebooks_project_has_flows_and_tasks_of_its_own(
    project: Path, environment: dict[str, str]
) -> None:
    # Its path begins with its folder, as that of `python -c` does.
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.stdout.splitlines()[-1:] == ["best 7.0"], done.stderr
