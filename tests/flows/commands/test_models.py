import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sweepflow.ledger import Ledger, SweepState
from sweepflow.trial import TrialEnd, TrialState
from sweeps import function_spec

ROOT = Path(__file__).parents[3]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with four sweeps: two with a model, one whose best trial returned none, one that failed."""
    home = tmp_path / "home"
    ledger = Ledger(home / "ledger.db")
    for sweep_id, value in {"first": 1.0, "second": 2.0, "no-model": 3.0, "failed": 4.0}.items():
        ledger.start_sweep(sweep_id, function_spec("plain", [value]), "f1")
        ledger.queue_trial(sweep_id, 0, {"x": value})
        ledger.add_metrics(sweep_id, 0, {"score": value}, 1)
        ledger.end_trial(sweep_id, 0, TrialEnd(TrialState.COMPLETED, None, 1.0))
        ledger.end_sweep(sweep_id, SweepState.FAILED if sweep_id == "failed" else SweepState.COMPLETED)
        folder = home / "sweeps" / sweep_id
        folder.mkdir(parents=True)
        if sweep_id != "no-model":
            (folder / "model.skops").write_text(f"the model of {sweep_id}")
            (folder / "model-card.md").write_text("# Card\n")
    ledger.close()
    return home


@pytest.fixture
def run(home: Path, tmp_path: Path) -> Any:
    """Runs a command of `sweepflow` as a process of its own, with no server to be reached."""
    own = {"SWEEPFLOW_HOME": str(home), "PREFECT_HOME": str(tmp_path / "prefect"), "COLUMNS": "160"}
    own |= {"PREFECT_API_URL": "http://127.0.0.1:9/api", "PYTHONPATH": str(ROOT)}

    def command(*arguments: str) -> Any:
        line = [sys.executable, "-m", "flows", *arguments]
        return subprocess.run(line, env={**os.environ, **own}, capture_output=True, text=True, check=False)

    return command


def test_promote_registers_the_model_and_rollback_goes_back(run: Any, home: Path) -> None:
    done = run("promote", "first", "--name", "iris", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "name": "iris", "version": 1, "previous": None, "sweep_id": "first",
        "reason": "promoted by hand, without a gate",
        "model_path": str(home / "models/iris/1/model.skops"),
    }  # fmt: skip
    assert (home / "models/iris/1/model.skops").read_text() == "the model of first"
    done = run("promote", "second", "--name", "iris")
    assert done.returncode == 0, done.stderr
    assert "The champion of iris is version 2 now; it was version 1." in done.stdout
    done = run("rollback", "iris", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["version"], answer["previous"], answer["sweep_id"]) == (1, 2, "first")
    assert answer["reason"] == "back from version 2"
    again = run("rollback", "iris", "--json")
    assert again.returncode == 2
    (error,) = json.loads(again.stdout)["errors"]
    assert error == {"path": "", "message": "'iris' has had no champion before version 1"}


def test_models_lists_what_is_registered(run: Any) -> None:
    assert json.loads(run("models", "--json").stdout) == {"models": []}
    assert "No model is registered" in run("models").stdout
    run("promote", "first", "--name", "iris")
    run("promote", "second", "--name", "iris")
    expected = {"name": "iris", "champion": 2, "versions": 2, "sweep_id": "second"}
    assert json.loads(run("models", "--json").stdout) == {"models": [expected]}
    assert "iris" in run("models").stdout


def test_models_of_a_name_shows_its_versions_and_history(run: Any, home: Path) -> None:
    run("promote", "first", "--name", "iris")
    run("promote", "second", "--name", "iris")
    found = json.loads(run("models", "iris", "--json").stdout)
    assert (found["name"], found["champion"]) == ("iris", 2)
    first, second = found["versions"]
    assert first["sweep_id"] == "first"
    assert second["facts"]["best"]["value"] == 2.0
    assert second["facts"]["data_fingerprint"] == "f1"
    assert second["model_path"] == str(home / "models/iris/2/model.skops")
    assert [(change["action"], change["version"]) for change in found["history"]] == [
        ("promote", 1), ("promote", 2),
    ]  # fmt: skip
    shown = run("models", "iris").stdout
    assert "2 (champion)" in shown
    assert "score 2" in shown
    assert "promote 1: promoted by hand, without a gate" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["promote", "nowhere", "--name", "iris"], "there is no sweep 'nowhere' in"),
        (["promote", "no-model", "--name", "iris"], "has no model: its best trial returned none"),
        (["promote", "failed", "--name", "iris"], "sweep 'failed' is failed: only a completed one"),
        (["promote", "first", "--name", "../iris"], "a model's name must consist of letters"),
        (["promote", "first"], "--name"),
        (["rollback", "wine"], "'wine' has no champion to roll back"),
        (["models", "wine"], "there is no model 'wine'"),
        (["models", "a/b"], "a model's name must consist of letters"),
    ],
)
def test_what_cannot_be_done_exits_with_2_in_one_sentence(
    run: Any, home: Path, arguments: list[str], message: str
) -> None:
    done = run(*arguments, "--json")
    assert done.returncode == 2
    (error,) = json.loads(done.stdout)["errors"]
    assert message in error["message"]
    assert "Traceback" not in done.stderr
    assert not (home / "models").exists()


def test_the_nearest_name_is_told(run: Any) -> None:
    run("promote", "first", "--name", "breast-cancer")
    assert "did you mean 'breast-cancer'?" in run("models", "brest-cancer").stderr
