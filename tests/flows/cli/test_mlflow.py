"""What a sweep, its resumption and its promotion leave in a real MLflow store."""

import json
from pathlib import Path

import pandas as pd
import pytest

from commands import call, run
from sweepflow.base.settings import sqlite_url
from sweepflow.fields.yaml import to_yaml
from sweepflow.flows.promote import promote
from sweepflow.flows.tune import tune
from sweepflow.tracking.store import tracking
from sweeps import function_spec, log_records

mlflow = pytest.importorskip("mlflow", reason="mlflow is not installed: pip install 'sweepflow[mlflow]'")

pytestmark = [
    pytest.mark.usefixtures("server", "home"),
    # MLflow's own store with SQLAlchemy 2.1, and its own type hints.
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated"),
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType"),
]

DATA = Path(__file__).parents[3] / "data/breast_cancer.csv"
AWAY = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}


@pytest.fixture
def uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)  # where MLflow puts the files of a SQLite store
    monkeypatch.setenv("MLFLOW_TRACKING_URI", sqlite_url(tmp_path / "mlflow.db"))
    return sqlite_url(tmp_path / "mlflow.db")


def statuses(uri: str) -> dict[str, str]:
    """Of the runs, by name."""
    with tracking(uri) as client:
        experiment = client.get_experiment_by_name("sweepflow")
        assert experiment is not None
        runs = client.search_runs([experiment.experiment_id])
        assert len({run.info.run_name for run in runs}) == len(runs)
        return {str(run.info.run_name): run.info.status for run in runs}


def test_a_promoted_model_is_mlflows_champion(uri: str) -> None:
    sweep = {
        "display_name": "cancer",
        "data": {"path": str(DATA), "target": "diagnosis", "drop": ["id"]},
        "trial": {"estimator": "sklearn.tree.DecisionTreeClassifier", "parameters": {"random_state": 0}},
        "search_space": {"max_depth": {"type": "choice", "values": [1, 3]}},
        "sampling_algorithm": {"type": "grid"},
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "limits": {"max_total_trials": 2, "max_concurrent_trials": 2},
    }
    found = promote("cancer", sweep)
    assert found.champion == 1
    assert statuses(uri) == {"cancer": "FINISHED", "trial-0000": "FINISHED", "trial-0001": "FINISHED"}
    model = mlflow.pyfunc.load_model("models:/cancer@champion")
    rows = pd.read_csv(DATA)
    assert (model.predict(rows) == rows["diagnosis"]).mean() > 0.9


def test_a_sweep_survives_a_server_that_is_away_and_is_logged_later_once(
    environment: dict[str, str], tmp_path: Path, uri: str
) -> None:
    file = tmp_path / "spec.yml"
    file.write_text(to_yaml({**function_spec("mixed", [1, "raises", 3]), "display_name": "mixed"}))
    done = run({**environment, **AWAY}, "run", file, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["state"] == "completed"
    later = f"sweepflow to-mlflow {result['sweep_id']}"
    assert later in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    (warning,) = [each for each in log_records(result["sweep_id"], "WARNING") if "MLflow" in each["message"]]
    assert warning["message"].endswith(later)
    refused = call("to-mlflow", result["sweep_id"], "--json", environment=AWAY)
    assert refused.returncode == 2
    assert (
        "MLflow at http://127.0.0.1:9 cannot be reached" in json.loads(refused.stdout)["errors"][0]["message"]
    )

    for asked in (result["sweep_id"], result["sweep_id"][:8], "latest"):
        back = call("to-mlflow", asked, "--json")
        assert back.returncode == 0, back.stderr
        assert json.loads(back.stdout)["sweep_id"] == result["sweep_id"]
    expected = {
        "mixed": "FINISHED",
        "trial-0000": "FINISHED",
        "trial-0001": "FAILED",
        "trial-0002": "FINISHED",
    }
    assert statuses(uri) == expected
    resumed = call("resume", result["sweep_id"], "--only", "failed", "--json")
    assert resumed.returncode == 0, resumed.stderr
    assert statuses(uri) == expected


def test_what_cannot_be_logged_is_a_wrong_command_line(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = call("to-mlflow", "sweep")
    assert (done.returncode, "there is no sweep 'sweep'" in done.stderr) == (2, True)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    done = call("to-mlflow", "sweep")
    assert (done.returncode, "set MLFLOW_TRACKING_URI" in done.stderr) == (2, True)


def test_a_failed_sweep_is_a_failed_run(uri: str) -> None:
    with pytest.raises(Exception, match="the first 3 trials all failed"):
        tune(**function_spec("mixed", ["raises 1", "raises 2", "raises 3"], max_concurrent_trials=1))
    (parent,) = [status for name, status in statuses(uri).items() if not name.startswith("trial-")]
    assert parent == "FAILED"
