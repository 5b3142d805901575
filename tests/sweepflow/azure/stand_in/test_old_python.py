"""The stand-in works in the Python of a script's time: a command may name one with the packages of then."""

import ast
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from v1_script import STAND_IN

IMPORTED = ("azureml", "azureml/core", "azureml/data", "azureml/exceptions")
OLDEST = (3, 8)


@pytest.mark.parametrize("folder", IMPORTED)
def test_what_a_script_imports_can_be_read_by_an_old_python(folder: str) -> None:
    for file in (STAND_IN / folder).glob("*.py"):
        text = file.read_text()
        ast.parse(text, feature_version=OLDEST)
        has_types = any(isinstance(node, ast.FunctionDef) for node in ast.walk(ast.parse(text)))
        assert "from __future__ import annotations\n" in text or not has_types, file


def old_pythons() -> list[str]:
    """Other Pythons on this machine that start, the oldest first."""
    names = [f"python3.{minor}" for minor in (8, 9, 10, 12, 13)]
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [shutil.which(name, path=str(folder)) for name in names for folder in versions.glob("*/bin")]
    return [name for name in found if name]


def test_a_script_runs_in_another_python(tmp_path: Path) -> None:
    pythons = old_pythons()
    if not pythons:
        pytest.skip("no other Python is installed")
    text = (
        "from azureml.core import Dataset, Datastore, Experiment, Model, Run, Workspace\n"
        "from azureml.data.dataset_factory import TabularDatasetFactory\n"
        "Dataset.Tabular.from_delimited_files('https://example.org/a.csv').take(1)\n"
        "run = Run.get_context()\n"
        "run.log('a', 1)\nrun.log('b', 'text')\nrun.log_table('t', {'x': [1, 2]})\n"
    )
    (tmp_path / "train.py").write_text(text)
    for number, python in enumerate(pythons):
        metrics = tmp_path / f"{number}.jsonl"
        own = {"SWEEPFLOW_METRICS": str(metrics), "SWEEPFLOW_OUTPUTS": str(tmp_path / "outputs")}
        paths = f"{STAND_IN.parent / 'stand_in_first'}{os.pathsep}{STAND_IN}"
        done = subprocess.run(
            [python, "train.py"],
            cwd=tmp_path,
            env={"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", **own},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (python, done.stderr)
        assert metrics.read_text().splitlines() == ['{"a": 1}', '{"t.x": 1}', '{"t.x": 2}']
