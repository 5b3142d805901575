"""What is installed: one name, from a clone and from a source distribution, beside a project of any names."""

import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sweepflow.fields.yaml import to_yaml
from sweeps import function_spec

ROOT = Path(__file__).parents[2]
TRAINER = """
import flows, tasks
from sweepflow import trainer

@trainer
def train(parameters, data, report):
    report(score=flows.SUMMAND + tasks.FACTOR * parameters["x"])
"""
WHERE = """
from pathlib import Path
import sweepflow
from sweepflow import trainer

@trainer
def train(parameters, data, report):
    Path({trained_by!r}).write_text(sweepflow.__file__)
    report(score=1.0)
"""
BY_PATH = """
import json, sys
from pathlib import Path
from prefect.utilities.importtools import import_object

import_object("flows/tune.py:tune")(**json.loads(sys.argv[1]))
files = {name: str(Path(module.__file__).resolve()) for name, module in list(sys.modules.items())
         if getattr(module, "__file__", None)}
print(json.dumps(files))
"""


def built(folder: Path, target: str, into: Path) -> Path:
    """The file that a build of the project in that folder makes."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (made,) = into.iterdir()
    return made


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone of the repository has: every file that git knows, links as links."""
    folder = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_symlink() or (ROOT / name).exists():
            shutil.copy(ROOT / name, folder / name, follow_symlinks=False)
    return folder


@pytest.fixture(scope="module")
def wheel(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(clone, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel, and what it needs from ours."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(site)
    needed = [entry for entry in sys.path if entry.endswith("site-packages")]
    (site / "needed.pth").write_text("\n".join(needed))
    return folder / "bin/python"


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as file:
        return set(file.namelist())


def test_the_package_is_the_one_name_that_is_installed(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in names(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"sweepflow"}
    assert {"sweepflow/flows/tune.py", "sweepflow/tasks/train_trial.py"} <= names(wheel)


def test_the_package_has_the_stand_in_for_the_azure_sdk(wheel: Path) -> None:
    assert {
        "sweepflow/azure/stand_in/azureml/core/run.py",
        "sweepflow/azure/stand_in/azureml/data/dataset_factory.py",
        "sweepflow/azure/stand_in_first/sitecustomize.py",
    } <= names(wheel)


def test_a_source_distribution_has_what_the_clone_has(clone: Path, wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "sdist").mkdir()
    (tmp_path / "again").mkdir()
    with tarfile.open(built(clone, "sdist", tmp_path / "sdist")) as file:
        file.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.glob("sweepflow-*")
    assert (unpacked / "flows/tune.py").read_text() == (unpacked / "sweepflow/flows/tune.py").read_text()
    assert names(built(unpacked, "wheel", tmp_path / "again")) == names(wheel)


def test_a_project_has_flows_and_tasks_of_its_own(
    installed: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    project = tmp_path / "project"
    (project / "flows").mkdir(parents=True)
    (project / "flows" / "__init__.py").write_text("SUMMAND = 1")
    (project / "tasks.py").write_text("FACTOR = 3")
    (project / "training.py").write_text(TRAINER)
    (project / "spec.yml").write_text(
        to_yaml({**function_spec("", [1, 2]), "trial": {"function": "training:train"}})
    )
    usual = {name: value for name, value in environment.items() if name != "PYTHONPATH"}
    command = [installed, "-m", "sweepflow", "run", "spec.yml", "--json"]
    done = subprocess.run(command, cwd=project, env=usual, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["best"]["value"] == 7.0


def test_a_clones_flow_by_its_path_runs_the_clones_code_though_another_is_installed(
    installed: Path, clone: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "where.py").write_text(WHERE.format(trained_by=str(tmp_path / "trained_by")))
    spec: dict[str, Any] = {**function_spec("", [1]), "trial": {"function": "where:train"}}
    own = {"SWEEPFLOW_MODULE_FOLDERS": json.dumps([str(tmp_path)])}
    usual = {name: value for name, value in environment.items() if name != "PYTHONPATH"}
    # Without the working directory on the path, as the command `prefect` has it.
    command = [installed, "-P", "-c", BY_PATH, json.dumps(spec)]
    done = subprocess.run(
        command, cwd=clone, env={**usual, **own}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    files: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    ours = [Path(file) for name, file in files.items() if name.partition(".")[0] == "sweepflow"]
    assert ours
    assert all(file.is_relative_to(clone.resolve()) for file in ours)
    in_clone = [file for file in files.values() if Path(file).is_relative_to(clone.resolve())]
    assert len(in_clone) == len(set(in_clone))  # no file is two modules
    assert Path((tmp_path / "trained_by").read_text()).is_relative_to(clone)
