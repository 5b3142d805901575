"""What scripts log by MLflow, with the MLflow that is installed."""

import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sweepflow.errors import TrialError
from sweepflow.training.command.logging.logged import clean_up_logs
from sweepflow.training.command.logging.mlflow_runs import MlflowRuns, mlflow_runs, notices
from sweepflow.training.command.logging.mlflow_store import version

pytest.importorskip("mlflow", reason="mlflow is not installed: pip install 'sweepflow[mlflow]'")

Metrics = dict[str, float]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A trial's folder, at a path that has to be quoted everywhere."""
    path = tmp_path / "100% {mine}? #1's"
    (path / "outputs").mkdir(parents=True)
    return path


def start(code: str, runs: MlflowRuns, folder: Path, **asked: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, **runs.environment(asked), **asked}
    return subprocess.Popen([sys.executable, "-c", code], cwd=folder, env=environment, text=True)


def all_new(runs: MlflowRuns) -> list[Metrics]:
    found: list[Metrics] = []
    while part := runs.new():
        found += part
    return found


def logged(code: str, folder: Path, **asked: str) -> list[Metrics]:
    """All that a script logs."""
    with mlflow_runs(folder, {}) as runs:
        assert runs is not None
        assert start(code, runs, folder, **asked).wait() == 0
        return all_new(runs)


def kept(folder: Path) -> set[str]:
    """The files among the trial's outputs once it has ended, with one name for each ID."""
    clean_up_logs(folder, folder / "outputs")
    files = (path for path in (folder / "outputs").rglob("*") if path.is_file())
    return {
        "/".join("ID" if len(part) >= 32 else part for part in path.relative_to(folder / "outputs").parts)
        for path in files
    }


RUNS = """
import os, mlflow
from pathlib import Path

run_id = os.environ["MLFLOW_RUN_ID"]
mlflow.set_experiment("iris")
with mlflow.start_run(run_name="first", description="the trial's run") as run:
    assert run.info.run_id == run_id
    mlflow.log_param("lr", 0.1)
    mlflow.set_tag("team", "blue")
    for epoch in range(3):
        mlflow.log_metric("val/acc", epoch / 4, step=epoch)
    mlflow.log_metrics({"Accuracy:": 1, "loss": float("nan"), "gain": float("-inf")}, step=3)
    with mlflow.start_run(nested=True):
        mlflow.log_metric("inner", 1)
    Path("plot.png").write_text("a")
    mlflow.log_artifact("plot.png")
    mlflow.log_text("b", "notes/b.txt")
    Path("outputs/model.txt").write_text("c")
    mlflow.log_artifacts("outputs")  # as MLflow's first steps do
with mlflow.start_run() as run:
    assert run.info.run_id != run_id
    mlflow.log_metric("second", 2)
    mlflow.log_artifact("plot.png")
mlflow.end_run()
mlflow.set_experiment("other")
mlflow.log_metric("third", 3)
mlflow.end_run("FAILED")
mlflow.MlflowClient().log_metric(run_id, "by the client", 4)
assert mlflow.get_run(run_id).data.params == {"lr": "0.1"}
assert len(mlflow.search_runs(experiment_names=["iris", "other", "Default"], output_format="list")) == 4
"""


def test_all_that_a_script_logs_in_any_run_is_seen_in_order(folder: Path) -> None:
    found = logged(RUNS, folder)
    assert str(found) == str(
        [
            {"val/acc": 0.0},
            {"val/acc": 0.25},
            {"val/acc": 0.5},
            {"Accuracy:": 1.0, "loss": math.nan, "gain": -math.inf},
            {"inner": 1.0},
            {"second": 2.0},
            {"third": 3.0},
            {"by the client": 4.0},
        ]
    )
    assert kept(folder) == {
        "model.txt",
        "artifacts/plot.png",
        "artifacts/notes/b.txt",
        "artifacts/model.txt",
        "artifacts/ID/artifacts/plot.png",
    }
    assert {each.name for each in folder.iterdir()} == {"outputs", "plot.png"}


AUTOLOG = """
import mlflow
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

mlflow.autolog(log_models=False)  # to find what they require takes seconds
X, y = load_iris(return_X_y=True, as_frame=True)
model = DecisionTreeClassifier().fit(X, y)
model.score(X, y)
mlflow.sklearn.log_model(model, "model", registered_model_name="tree", pip_requirements=["scikit-learn"])
GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 3]}).fit(X, y)
with mlflow.start_run():
    mlflow.log_metric("last", 1)
"""


def test_what_autolog_logs_of_scikit_learn_is_seen_and_a_model_kept(folder: Path) -> None:
    """In an experiment that the user has named, of which MLflow does not know the ID beforehand."""
    found = logged(AUTOLOG, folder, MLFLOW_EXPERIMENT_NAME="mine")
    assert found[0]["training_accuracy_score"] > 0.9
    assert found[-1] == {"last": 1}
    names = {name for metrics in found for name in metrics}
    assert names >= {"training_score", "DecisionTreeClassifier_score_X", "best_cv_score", "mean_test_score"}
    assert "artifacts/models/ID/artifacts/MLmodel" in kept(folder)


THREAD = """
import os, threading, time, mlflow
from pathlib import Path

def log(run_id):
    client = mlflow.MlflowClient()
    for n in range(3):
        client.log_metric(run_id, "n", n)
        while not Path(f"seen{n}").exists():
            time.sleep(0.01)

with mlflow.start_run() as run:
    thread = threading.Thread(target=log, args=[run.info.run_id])
    thread.start()
    thread.join()
    mlflow.log_metric("last", 1)
    mlflow.log_text("a", "a.txt")
    os.kill(os.getpid(), 9)
"""


def test_each_value_is_seen_while_the_script_runs_also_from_a_thread_or_before_it_is_killed(
    folder: Path,
) -> None:
    with mlflow_runs(folder, {}) as runs:
        assert runs is not None
        process = start(THREAD, runs, folder)
        for n in range(3):
            while not (found := runs.new()):
                assert process.poll() is None
                time.sleep(0.01)
            assert found == [{"n": n}]
            (folder / f"seen{n}").touch()
        assert process.wait() == -9
        assert runs.new() == [{"last": 1}]
    assert "artifacts/a.txt" in kept(folder)


def test_a_new_attempt_begins_anew_and_adds_its_artifacts(folder: Path) -> None:
    for n in range(2):
        (folder / "mlflow.db-wal").write_text("left by an attempt that was killed")
        with mlflow_runs(folder, {}) as runs:
            assert runs is not None
            assert runs.new() == []
            (folder / "artifacts").mkdir()
            (folder / f"artifacts/{n}.txt").touch()
        clean_up_logs(folder, folder / "outputs")
    assert kept(folder) == {"artifacts/0.txt", "artifacts/1.txt"}


def test_a_store_of_the_user_s_own_is_left_alone(folder: Path) -> None:
    with mlflow_runs(folder, {"MLFLOW_TRACKING_URI": "http://127.0.0.1:1"}) as runs:
        assert runs is None
    assert {each.name for each in folder.iterdir()} == {"outputs"}


def test_it_is_told_that_values_in_another_store_are_not_seen(tmp_path: Path) -> None:
    said = list(notices("./train", None, {"MLFLOW_TRACKING_URI": "http://127.0.0.1:1"}))
    assert len(said) == 1
    assert said[0].startswith("trial.environment_variables.MLFLOW_TRACKING_URI: what the script logs to this")
    (tmp_path / "a.py").write_text("import mlflow\n  mlflow.set_tracking_uri('x')\n")
    (tmp_path / "b.py").write_text("import mlflow\n# mlflow.set_tracking_uri('x')\n")
    (said_of_a,) = notices("python a.py", tmp_path, {})
    assert said_of_a.startswith(
        "trial.command: the script calls set_tracking_uri, and what it logs to another"
    )
    assert list(notices("python b.py", tmp_path, {})) == []


def test_a_store_that_cannot_be_read_any_more_is_an_error(folder: Path) -> None:
    with mlflow_runs(folder, {}) as runs:
        assert runs is not None
        (folder / "mlflow.db").write_bytes(b"\0" * 300_000)
        with pytest.raises(TrialError, match=r"^what it logged to MLflow cannot be read: "):
            runs.new()


def test_an_mlflow_that_does_not_work_is_told_in_a_sentence(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mlflow.py").write_text("import a_package_that_is_missing")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("SWEEPFLOW_HOME", str(tmp_path / "other"))
    told = (
        rf"^MLflow {version()} is installed here but does not work \(ModuleNotFoundError: No module named "
        r"'a_package_that_is_missing'\): mend or uninstall it, or set MLFLOW_TRACKING_URI in trial"
    )
    with pytest.raises(TrialError, match=told):
        MlflowRuns(folder)
    assert {each.suffix for each in (tmp_path / "other/mlflow").iterdir()} == {".lock"}
