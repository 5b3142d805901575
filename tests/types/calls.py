"""What users write, which type checkers must find right: `make lint` reads this, nothing runs it."""

import json
from pathlib import Path
from typing import Any

from sweepflow import Registry, Report, Sweep, TrainingData, load, load_model, promote, score, trainer, tune
from sweepflow.flows.notebook import tune as tune_in_a_cell
from sweepflow.result import BestTrial, SweepResult
from sweepflow.sampling import BayesianSampling
from sweepflow.spec.limits import Limits
from sweepflow.trials.objective import Objective


def by_fields() -> dict[str, Any]:
    result = tune(
        data={"path": "data/breast_cancer.csv", "target": "diagnosis", "drop": ["id"]},
        trial={"estimator": "sklearn.svm.SVC"},
        search_space={"C": {"type": "loguniform", "low": 0.05, "high": 150}},
        objective={"primary_metric": "roc_auc", "goal": "maximize"},
        limits={"max_total_trials": 20},
        validation={"folds": 5},
        constraints=["C < 100"],
        metrics=["accuracy"],
        sampling_algorithm="bayesian",
        early_termination={"type": "bandit", "slack_factor": 0.1},
        warm_start="latest",
        baseline={"C": 1.0},
        stop_when={"target": 0.99},
        on_unchanged_data="skip",
        compute={"type": "local", "threads_per_trial": 1},
    )
    assert result.best
    return dict(result.best.parameters)


def by_models() -> SweepResult:
    return tune(
        trial={"function": "my_module:train"},
        search_space={"x": {"type": "uniform", "min_value": 0, "max_value": 1}},
        objective=Objective(primary_metric="score", goal="maximize"),
        limits=Limits(max_total_trials=20),
        sampling_algorithm=BayesianSampling(seed=7),
    )


def from_a_file() -> SweepResult:
    spec: dict[str, Any] = json.loads(Path("spec.json").read_text())
    result: SweepResult = tune(**spec)
    return result if result.best else tune_in_a_cell(**spec)


def afterwards(home: Path) -> BestTrial | None:
    promotion = promote("cancer", json.loads(Path("spec.json").read_text()), new_rows="rows.csv")
    path: Path = score(promotion.name, "rows.csv")
    model = Registry(home).load("cancer", trusted_modules=("my_module",)) or load_model(path)
    sweep: Sweep = load("latest")
    model.predict(sweep.trials)
    return sweep.best


@trainer
def trains(parameters: dict[str, Any], data: TrainingData, report: Report) -> int:
    history: Path = report.folder / "history"
    report(accuracy=parameters["x"], loss=2)
    report({"not an identifier": len(data.X_train)})
    return history.write_text("")


def tried(folder: Path, data: TrainingData) -> list[dict[str, object]]:
    reported: list[dict[str, object]] = []
    trains({"x": 1.0}, data, Report(folder, reported.append))
    return reported
