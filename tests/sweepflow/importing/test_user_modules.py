"""Modules of the user's own are found, and hide none that Python or Sweepflow needs."""

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from sweepflow.errors import TrialError
from sweepflow.importing import user_modules
from sweepflow.importing.safe_path import environment_for_trial
from sweepflow.importing.user_modules import add_module_folders, why_hidden, worker_path
from sweepflow.training import EstimatorTrial, FunctionTrial

TRAINER = """
from sweepflow import trainer

@trainer
def train(parameters, data, report):
    return "the user's"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of the user's; what is imported from it is forgotten afterwards."""
    monkeypatch.setenv("SWEEPFLOW_MODULE_FOLDERS", "[]")
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.setattr(sys, "meta_path", sys.meta_path.copy())
    monkeypatch.setattr(user_modules, "_finder", user_modules._Finder())
    before = set(sys.modules)
    found = tmp_path / "users"
    found.mkdir()
    add_module_folders([found])
    yield found
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Some package has such a module."""
    site = tmp_path / "site"
    site.mkdir(exist_ok=True)
    (site / f"{name}.py").write_text("WHO = 'installed'")
    monkeypatch.syspath_prepend(str(site))


def test_the_folders_come_last_on_the_path_once_a_module_of_theirs_is_needed(folder: Path) -> None:
    before = sys.path.copy()
    EstimatorTrial(estimator="sklearn.linear_model.Ridge").load()
    assert sys.path == before
    (folder / "my_trainer_a.py").write_text(TRAINER)
    FunctionTrial(function="my_trainer_a:train").load()
    assert sys.path == [*before, str(folder)]


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("random", "a module of Python's own"),
        ("sweepflow", "Sweepflow itself"),
        ("optuna", "a module of the package optuna, which Sweepflow needs"),
        ("yaml", "a module of the package pyyaml, which Sweepflow needs"),
    ],
)
def test_a_trainer_under_the_name_of_a_module_that_is_needed_is_refused_by_its_file(
    name: str, owner: str, folder: Path
) -> None:
    file = folder / f"{name}.py"
    file.write_text(TRAINER)
    (problem,) = FunctionTrial(function=f"{name}:train").check(frozenset(), is_trusted=True)
    assert problem == ("trial.function", f"'{name}' is {owner}, and hides {file}: rename that")


def test_a_folder_of_modules_needs_no_init_file(folder: Path) -> None:
    for name in ("my_folder_f", "sweepflow"):
        (folder / name).mkdir()
        (folder / name / "own_training.py").write_text(TRAINER)
    trial = FunctionTrial(function="my_folder_f.own_training:train")
    trial.load()
    assert trial.root == folder  # from where resume imports it
    with pytest.raises(TrialError, match=f"is Sweepflow itself, and hides {folder / 'sweepflow'}: rename"):
        FunctionTrial(function="sweepflow.own_training:train").load()


@pytest.mark.parametrize("name", ["flows", "tasks"])
def test_flows_and_tasks_are_names_of_the_users(name: str, folder: Path) -> None:
    (folder / name).mkdir()
    (folder / name / "training.py").write_text(TRAINER)
    assert FunctionTrial(function=f"{name}.training:train").load()({}, None, None) == "the user's"


def test_a_trainer_is_found_although_something_that_nobody_needs_is_called_the_same(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("my_trainer_b", "my_helpers_b"):
        installed(tmp_path, monkeypatch, name)
    (folder / "my_helpers_b.py").write_text("WHO = 'the user'")
    (folder / "my_trainer_b.py").write_text(
        f"import my_helpers_b\nassert my_helpers_b.WHO == 'the user'{TRAINER}"
    )
    assert FunctionTrial(function="my_trainer_b:train").load()({}, None, None) == "the user's"


def test_a_trainer_that_wants_a_hidden_module_is_told_which(folder: Path) -> None:
    (folder / "optuna.py").write_text("def build(): ...")
    for line in ("from optuna import build", "import optuna; optuna.build"):
        (folder / "my_trainer_c.py").write_text(line + TRAINER)
        with pytest.raises(
            TrialError,
            match=r"of the package optuna, which .* and hides .*optuna\.py: rename",
        ):
            FunctionTrial(function="my_trainer_c:train").load()


def test_a_folder_of_files_is_no_module(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed(tmp_path, monkeypatch, "my_package_d")
    (folder / "my_package_d").mkdir()
    (folder / "my_trainer_d.py").write_text(
        f"import my_package_d\nassert my_package_d.WHO == 'installed'{TRAINER}"
    )
    FunctionTrial(function="my_trainer_d:train").load()


def test_an_estimator_of_the_users_own_is_found_and_its_folder_recorded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["from sklearn.linear_model import Ridge", "class Own(Ridge): ..."]
    (folder / "my_estimators_e.py").write_text("\n".join(lines))
    monkeypatch.setenv("SWEEPFLOW_ESTIMATOR_PACKAGES", "my_estimators_e")
    trial = EstimatorTrial(estimator="my_estimators_e.Own")
    trial.load()
    assert trial.root == folder
    assert EstimatorTrial(estimator="sklearn.linear_model.Ridge").root is None


def test_a_worker_looks_into_a_notebooks_folder_after_all_of_pythons(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, site, chosen = sysconfig.get_path("stdlib"), str(tmp_path / "site"), str(tmp_path / "chosen")
    monkeypatch.setattr(sys, "path", ["", str(tmp_path / "inserted"), chosen, library, site])
    monkeypatch.setenv("PYTHONPATH", chosen)
    monkeypatch.chdir(tmp_path)
    path, environment = worker_path()
    assert path == [chosen, library, site]
    folders = [str(folder), str(tmp_path), str(tmp_path / "inserted")]
    assert environment == {"SWEEPFLOW_MODULE_FOLDERS": str(folders).replace("'", '"')}


def test_sweepflow_is_not_hidden_by_another_path_to_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "sweepflow").symlink_to(Path(user_modules.__file__).parents[1])
    library = sysconfig.get_path("stdlib")
    monkeypatch.setattr(sys, "path", [str(folder), library])
    assert why_hidden("sweepflow.testing.pool_trials") is None
    path, environment = worker_path()
    assert path == [library, str(folder)]
    monkeypatch.setattr(sys, "path", [str(folder), *path])
    assert worker_path() == (path, environment)


def test_a_module_installed_beside_sweepflow_is_not_hidden_by_one_of_the_users(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sweepflow").symlink_to(Path(user_modules.__file__).parents[1])
    (site / "my_package_f.py").write_text("WHO = 'installed'")
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    monkeypatch.setattr(user_modules, "_by_module", lambda: {"my_package_f": ["numpy"]})
    (folder / "my_package_f.py").write_text("WHO = 'the user'")
    (folder / "my_trainer_f.py").write_text(
        f"import my_package_f\nassert my_package_f.WHO == 'installed'{TRAINER}"
    )
    FunctionTrial(function="my_trainer_f:train").load()


def test_programs_of_a_trainers_own_find_the_modules_beside_them() -> None:
    ours, users = {"PYTHONSAFEPATH": "sweepflow"}, {"PYTHONSAFEPATH": "1"}
    assert environment_for_trial(ours, runs_programs=True) == {}
    assert environment_for_trial(users, runs_programs=True) == users
    assert environment_for_trial({}, runs_programs=False) == ours
