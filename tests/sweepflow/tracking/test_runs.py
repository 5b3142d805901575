"""A sweep and its champion in a real MLflow store."""

import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from ledgers import ledger_of
from sweepflow.archive.folder import SweepFolder
from sweepflow.base.settings import sqlite_url
from sweepflow.ledger.ledger import Ledger
from sweepflow.models.model_file import ModelError, save_model
from sweepflow.models.registry import Registry
from sweepflow.result import SelectedModel, TestMetric, Verdict
from sweepflow.running.monitor import Monitor
from sweepflow.running.record import SweepRecord
from sweepflow.spec.spec import Spec
from sweepflow.tracking.champion import mirror_champion
from sweepflow.tracking.log import log_ended_sweep, why_not_logged
from sweepflow.tracking.names import name
from sweepflow.tracking.runs import log_sweep
from sweepflow.tracking.store import TrackingError, tracking
from sweepflow.trials.state import SweepState, TrialEnd, TrialState

mlflow = pytest.importorskip("mlflow", reason="mlflow is not installed: pip install 'sweepflow[mlflow]'")

# MLflow's own store, with SQLAlchemy 2.1.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")

if TYPE_CHECKING:
    from mlflow import MlflowClient

SPEC = Spec.parse(
    {
        "display_name": "trees",
        "experiment_name": "forest",
        "tags": {"team": "blue"},
        "trial": {"function": "flow_trainers:plain"},
        "search_space": {"x": {"type": "choice", "values": [1, None, "a"]}},
        "objective": {"primary_metric": "auc@5", "goal": "maximize"},
        "limits": {"max_total_trials": 4},
    }
)
ENDS = {
    0: TrialEnd(TrialState.COMPLETED, None, 1.0),
    1: TrialEnd(TrialState.TERMINATED, "bandit", 1.0),
    2: TrialEnd(TrialState.FAILED, "ValueError: no", 1.0),
    3: TrialEnd(TrialState.CANCELED, "the sweep was stopped", 1.0),
}
ROWS = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0]})


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store's file; making its tables takes seconds."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    with tracking(sqlite_url(path)) as client:
        client.search_experiments()
    return path


@pytest.fixture
def uri(empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "mlflow.db").write_bytes(empty_store.read_bytes())
    monkeypatch.chdir(tmp_path)  # where MLflow puts the files of a SQLite store
    uri = sqlite_url(tmp_path / "mlflow.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    return uri


@pytest.fixture
def client(uri: str) -> Iterator["MlflowClient"]:
    with tracking(uri) as client:
        yield client


@pytest.fixture
def record(home: Path) -> Iterator[SweepRecord]:
    """A sweep of four trials, each of which has ended in another way, with a model."""
    with ledger_of(home) as ledger:
        yield record_sweep(ledger, home, "sweep", 0.0)


def record_sweep(ledger: Ledger, home: Path, sweep_id: str, bias: float) -> SweepRecord:
    record = SweepRecord(ledger, sweep_id, SweepFolder(home, sweep_id).create())
    record.begin(SPEC)
    monitor = Monitor(ledger, sweep_id, SPEC.objective, None)
    for number, end in ENDS.items():
        monitor.queue(number, {"x": None if number == 1 else number})
        monitor.start(number)
        monitor.report(number, {"auc@5": 0.5 + number / 10, "loss": math.nan})
        monitor.report(number, {"auc@5": 0.4, "loss": 0.25})
        monitor.trained(number, {"cost.predict_ms": number + 0.5})
        monitor.end(number, end)
    model = LogisticRegression().fit(ROWS, [0, 0, 1, 1])
    model.intercept_ += bias
    path = record.folder.path / "model.skops"
    save_model(model, path)
    path.with_name("model-card.md").write_text("card")
    tested = {"accuracy": TestMetric(value=0.9, low=0.8, high=1.0)}
    verdict = Verdict(text="tuned beats the defaults", kept="tuned")
    selected = SelectedModel(model_path=str(path), test_metrics=tested, verdict=verdict)
    ledger.select(sweep_id, selected.model_dump())
    ledger.end_sweep(sweep_id, SweepState.COMPLETED)
    return record


def runs_of(client: "MlflowClient") -> dict[str, Any]:
    """All runs by name."""
    experiment = client.get_experiment_by_name("forest")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    assert len({run.info.run_name for run in runs}) == len(runs)
    return {str(run.info.run_name): run for run in runs}


def test_a_sweep_is_a_parent_run_and_its_trials_are_the_children(
    client: "MlflowClient", record: SweepRecord
) -> None:
    run_id = log_sweep(client, record.ledger, "sweep", record.folder.path)
    runs = runs_of(client)
    assert set(runs) == {"trees", "trial-0000", "trial-0001", "trial-0002", "trial-0003"}
    parent = runs.pop("trees")
    assert parent.info.run_id == run_id
    assert parent.info.status == "FINISHED"
    assert (parent.data.tags["team"], parent.data.tags["sweepflow.best_trial"]) == ("blue", "3")
    assert parent.data.tags["sweepflow.verdict"] == "tuned beats the defaults"
    found = parent.data.metrics
    assert (found["auc_5"], found["test_accuracy"], found["test_accuracy_low"]) == (0.8, 0.9, 0.8)
    assert (found["trials_total"], found["trials_failed"]) == (4, 1)
    assert found["cost.predict_ms"] == 3.5
    assert (parent.data.params["goal"], parent.data.params["trial"]) == ("maximize", "flow_trainers:plain")
    assert {each.path for each in client.list_artifacts(run_id)} == {"spec.yml", "model-card.md", "model"}

    assert {run.data.tags["mlflow.parentRunId"] for run in runs.values()} == {run_id}
    states = {key: (run.info.status, run.data.tags["sweepflow.state"]) for key, run in runs.items()}
    assert states == {
        "trial-0000": ("FINISHED", "completed"),
        "trial-0001": ("FINISHED", "terminated"),
        "trial-0002": ("FAILED", "failed"),
        "trial-0003": ("KILLED", "canceled"),
    }
    assert runs["trial-0002"].data.tags["sweepflow.error"] == "ValueError: no"
    assert [runs[key].data.params["x"] for key in sorted(runs)] == ["0", "None", "2", "3"]
    first = runs["trial-0000"].info.run_id
    assert [(m.step, m.value) for m in client.get_metric_history(first, "auc_5")] == [(1, 0.5), (2, 0.4)]
    first_loss, second_loss = client.get_metric_history(first, "loss")
    assert math.isnan(first_loss.value)
    assert (second_loss.step, second_loss.value) == (2, 0.25)
    (cost,) = client.get_metric_history(first, "cost.predict_ms")
    assert cost.value == 0.5
    trial = record.ledger.trials("sweep")[0]
    assert runs["trial-0000"].info.start_time == round(trial.started.timestamp() * 1000)
    assert runs["trial-0000"].info.end_time == round(trial.ended.timestamp() * 1000)


def test_logging_again_doubles_nothing_and_renews_a_trial_that_has_run_again(
    client: "MlflowClient", record: SweepRecord
) -> None:
    ledger, folder = record.ledger, record.folder.path
    run_id = log_sweep(client, ledger, "sweep", folder)
    before = {key: run.info.run_id for key, run in runs_of(client).items()}
    assert log_sweep(client, ledger, "sweep", folder) == run_id
    assert {key: run.info.run_id for key, run in runs_of(client).items()} == before

    ledger.resume_sweep("sweep")
    ledger.restart_trial("sweep", 2)
    ledger.start_trial("sweep", 2)
    ledger.add_metrics("sweep", 2, {"auc@5": 0.95}, 1)
    log_sweep(client, ledger, "sweep", folder)  # while it runs
    assert runs_of(client)["trees"].info.status == "RUNNING"
    ledger.end_trial("sweep", 2, ENDS[0])
    ledger.end_sweep("sweep", SweepState.COMPLETED)
    log_sweep(client, ledger, "sweep", folder)
    runs = runs_of(client)
    assert {key for key in before if runs[key].info.run_id != before[key]} == {"trial-0002"}
    assert runs["trial-0002"].info.status == runs["trees"].info.status == "FINISHED"
    assert client.get_metric_history(runs["trial-0002"].info.run_id, "auc_5")[0].value == 0.95
    assert runs["trees"].data.metrics["auc_5"] == 0.95
    assert runs["trees"].data.metrics["trials_failed"] == 0


def test_the_alias_follows_the_champion_and_the_model_is_loaded_without_pickle(
    client: "MlflowClient", record: SweepRecord, home: Path
) -> None:
    ledger, registry = record.ledger, Registry(home)
    other = record_sweep(ledger, home, "other", 100.0)
    assert mirror_champion(client, ledger, registry, "trees", home) is None
    for each in (record, other):
        path = each.folder.path
        version = registry.register("trees", each.sweep_id, path / "model.skops", path / "model-card.md", {})
        registry.promote("trees", version, "better")
        assert mirror_champion(client, ledger, registry, "trees", home) == version
    assert mirror_champion(client, ledger, registry, "trees", home) == 2  # and not a third version
    assert list(mlflow.pyfunc.load_model("models:/trees@champion").predict(ROWS)) == [1, 1, 1, 1]
    registry.rollback("trees")
    assert mirror_champion(client, ledger, registry, "trees", home) == 1
    assert list(mlflow.pyfunc.load_model("models:/trees@champion").predict(ROWS)) == [0, 0, 1, 1]
    assert len(client.search_model_versions("name = 'trees'")) == 2
    files = [path.name for path in Path.cwd().rglob("mlruns/**/*") if path.is_file()]
    assert "model.skops" in files
    assert not [file for file in files if file.endswith((".pkl", ".pickle"))]


class OwnModel:
    """Of a type that nobody trusts unless they say so."""

    def __init__(self) -> None:
        self.value = 7

    def predict(self, rows: pd.DataFrame) -> Any:
        return np.full(len(rows), self.value)


def test_types_of_ones_own_are_loaded_only_if_the_reader_trusts_them(
    client: "MlflowClient", record: SweepRecord
) -> None:
    save_model(OwnModel(), record.folder.path / "model.skops")
    run_id = log_sweep(client, record.ledger, "sweep", record.folder.path)
    with pytest.raises(ModelError, match="types that are not trusted"):
        mlflow.pyfunc.load_model(f"runs:/{run_id}/model")
    trusted = {"trusted_modules": [OwnModel.__module__.partition(".")[0]]}
    model = mlflow.pyfunc.load_model(f"runs:/{run_id}/model", model_config=trusted)
    assert list(model.predict(ROWS)) == [7] * 4


@pytest.mark.usefixtures("uri")
def test_a_server_that_is_away_costs_one_warning_that_tells_what_to_do(
    record: SweepRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    told = log_ended_sweep(record)
    assert told is not None
    assert told == (
        "the sweep was not logged to MLflow: MLflow at http://***@127.0.0.1:9 cannot be reached; later: "
        "sweepflow to-mlflow sweep"
    )
    assert why_not_logged("sweep") == told


@pytest.mark.usefixtures("uri")
def test_once_it_is_back_the_note_is_gone(record: SweepRecord) -> None:
    (record.folder.path / "mlflow-error.txt").write_text("away")
    assert log_ended_sweep(record) is None
    assert why_not_logged("sweep") is None


def test_without_a_tracking_uri_nothing_is_logged_and_mlflow_not_needed(
    record: SweepRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setitem(sys.modules, "mlflow", None)
    assert log_ended_sweep(record) is None
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///x.db")
    assert "pip install 'sweepflow[mlflow]'" in str(log_ended_sweep(record))


def test_our_settings_of_mlflow_hold_only_while_we_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "7")
    monkeypatch.delenv("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", raising=False)
    with tracking("http://127.0.0.1:9"):
        assert os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] == "true"
        assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "7"
    assert "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT" not in os.environ
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "7"


def test_whatever_the_store_raises_is_one_sentence() -> None:
    with (
        pytest.raises(TrackingError, match=r"http://127.0.0.1:9 has failed: no$"),
        tracking("http://127.0.0.1:9"),
    ):
        raise ValueError("no\nmore")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("roc_auc", "roc_auc"), ("train/loss", "train/loss"), ("f1 é", "f1 é"), ("auc@5", "auc_5"),
        ("/a", "_a"), ("a//b", "a__b"), ("../a", "___a"), ("a" * 300, "a" * 250),
    ],
)  # fmt: skip
def test_names_are_made_such_that_mlflow_takes_them(text: str, expected: str) -> None:
    from mlflow.utils.validation import _validate_metric_name

    assert name(text) == expected
    _validate_metric_name(name(text))
