"""A sweep as MLflow runs: one parent, a child for each trial that has ended."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from sweepflow.archive.folder import MODEL, RESULT_FILES
from sweepflow.archive.sweep import Sweep, read_sweep
from sweepflow.ledger.ledger import Ledger
from sweepflow.spec.spec import Spec
from sweepflow.tracking.model import write_model
from sweepflow.tracking.names import ERROR, LOGGED, STATE, SWEEP, TRIAL, name, values
from sweepflow.trials.parameters import text_of
from sweepflow.trials.rows import COST, COSTS, MetricRow, RankedRow
from sweepflow.trials.state import SweepState, TrialState

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Run

T = TypeVar("T")

_STATUSES = {
    # For trials and for sweeps: states of the same name are equal. A run whose status is not set is FINISHED
    # for MLflow, even if it crashed.
    TrialState.COMPLETED: "FINISHED",
    TrialState.TERMINATED: "FINISHED",
    TrialState.FAILED: "FAILED",
    TrialState.TIMED_OUT: "FAILED",
    TrialState.CANCELED: "KILLED",
    SweepState.RUNNING: "RUNNING",
}
_FILES = tuple(name for name in RESULT_FILES if name != MODEL)
"""The files that are logged unchanged; the model is logged in MLflow's format."""
_EXPERIMENT = "sweepflow"
_PARENT = "mlflow.parentRunId"
_MOST_METRICS, _MOST_PARAMETERS = 1000, 100  # in one request


def log_sweep(client: "MlflowClient", ledger: Ledger, sweep_id: str, folder: Path) -> str:
    """Update MLflow's runs of a sweep to the state of the ledger; gives the parent run's ID.

    Can be repeated: existing runs are found by their tags, and a trial that has run again gets a new run.
    """
    sweep = read_sweep(ledger, sweep_id, folder)
    experiment = _experiment(client, sweep.spec)
    known = {run.data.tags.get(TRIAL, ""): run for run in _runs(client, experiment, sweep_id)}
    parent = known.get("") or _new_parent(client, experiment, sweep)
    run_id: str = parent.info.run_id
    _log_trials(client, sweep, parent, known)
    _log_result(client, run_id, sweep)
    _log_files(client, run_id, sweep)
    _end(client, run_id, sweep.state, sweep.ended)
    return run_id


def logged_run(client: "MlflowClient", ledger: Ledger, sweep_id: str) -> "Run | None":
    """The parent run of a sweep that has been logged before."""
    sweep = ledger.sweep(sweep_id)
    if sweep is None:
        return None
    experiment = _experiment(client, Spec.model_validate(sweep.spec))
    runs = _runs(client, experiment, sweep_id)
    return next((run for run in runs if TRIAL not in run.data.tags), None)


def _experiment(client: "MlflowClient", spec: Spec) -> str:
    title = spec.experiment_name or _EXPERIMENT
    experiment = client.get_experiment_by_name(title)
    return experiment.experiment_id if experiment else client.create_experiment(title)


def _runs(client: "MlflowClient", experiment: str, sweep_id: str) -> Iterator["Run"]:
    token = None
    while True:
        condition = f"tags.`{SWEEP}` = '{sweep_id}'"
        page = client.search_runs([experiment], condition, max_results=1000, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _new_parent(client: "MlflowClient", experiment: str, sweep: Sweep) -> "Run":
    tags = values({**sweep.spec.tags, SWEEP: sweep.id})
    title = sweep.spec.display_name or sweep.spec.name or sweep.id
    return client.create_run(experiment, _milliseconds(sweep.started), tags, title)


def _log_trials(client: "MlflowClient", sweep: Sweep, parent: "Run", known: dict[str, "Run"]) -> None:
    by_number = groupby(sorted(sweep.reports, key=attrgetter("number")), attrgetter("number"))
    reports = {number: list(rows) for number, rows in by_number}
    for trial in sorted(sweep.rows, key=lambda row: row.number):
        if not trial.state.is_final:
            continue
        logged = f"{trial.state} {trial.started} {trial.ended}"
        old_run = known.get(str(trial.number))
        if old_run is not None and old_run.data.tags.get(LOGGED) == logged:
            continue
        if old_run is not None:  # the trial has run again since, or was not logged completely
            client.delete_run(old_run.info.run_id)
        _log_trial(client, trial, reports.get(trial.number, []), parent, logged)


def _log_trial(
    client: "MlflowClient", trial: RankedRow, reports: Sequence[MetricRow], parent: "Run", logged: str
) -> None:
    from mlflow.entities import Param

    began = trial.started or trial.ended
    start_time = None if began is None else _milliseconds(began)
    tags = {TRIAL: str(trial.number), _PARENT: parent.info.run_id}
    tags |= values({SWEEP: trial.sweep_id, STATE: trial.state, ERROR: trial.error})
    title = f"trial-{trial.number:04d}"
    run = client.create_run(parent.info.experiment_id, start_time, tags, title)
    run_id = run.info.run_id
    # If None were left out, the parameter would seem not to have been drawn.
    parameters = {key: "None" if value is None else text_of(value) for key, value in trial.parameters.items()}
    for params in _batches([Param(*item) for item in values(parameters).items()], _MOST_PARAMETERS):
        client.log_batch(run_id, params=params)
    logged_metrics = [*map(_metric, reports), *_costs(trial, reports)]
    for metrics in _batches(logged_metrics, _MOST_METRICS):
        client.log_batch(run_id, metrics=metrics)
    _end(client, run_id, trial.state, trial.ended)
    client.set_tag(run_id, LOGGED, logged)


def _costs(trial: RankedRow, reports: Sequence[MetricRow]) -> list["Metric"]:
    """What the trial's model costs, as `cost.fit_seconds` and so on."""
    from mlflow.entities import Metric

    reported = {report.name for report in reports}
    found = {cost: trial.metrics.get(cost) for cost in COSTS if cost not in reported}
    when = 0 if trial.ended is None else _milliseconds(trial.ended)
    return [Metric(f"{COST}{cost}", value, when, 0) for cost, value in found.items() if value is not None]


def _log_result(client: "MlflowClient", run_id: str, sweep: Sweep) -> None:
    from mlflow.entities import Metric, Param, RunTag

    when, best = _milliseconds(sweep.ended or sweep.started), sweep.best
    tags = {STATE: sweep.state, ERROR: sweep.error, "mlflow.note.content": sweep.spec.description}
    metrics = {f"trials_{state}": count for state, count in sweep.counts.model_dump().items()}
    if sweep.selected.verdict is not None:
        tags["sweepflow.verdict"] = sweep.selected.verdict.text
    if best is not None:
        tags["sweepflow.best_trial"] = str(best.number)
        metrics[sweep.spec.objective.primary_metric] = best.value
        costs = {f"{COST}{cost}": best.metrics.get(cost) for cost in COSTS}
        metrics |= {cost: value for cost, value in costs.items() if value is not None}
    for metric, test in (sweep.selected.test_metrics or {}).items():
        metrics |= {
            f"test_{metric}": test.value,
            f"test_{metric}_low": test.low,
            f"test_{metric}_high": test.high,
        }
    client.log_batch(
        run_id,
        metrics=[Metric(name(key), float(value), when, 0) for key, value in metrics.items()],
        params=[Param(*item) for item in values(_spec_summary(sweep)).items()],
        tags=[RunTag(*item) for item in values(tags).items()],
    )


def _spec_summary(sweep: Sweep) -> dict[str, Any]:
    """The main fields of the spec; spec.yml has all of them."""
    spec, policy = sweep.spec, sweep.spec.early_termination
    return {
        "trial": spec.trial.label,
        "data": spec.data and spec.data.path,
        "data_fingerprint": sweep.data_fingerprint,
        "primary_metric": spec.objective.primary_metric,
        "goal": spec.objective.goal,
        "sampling_algorithm": spec.sampling_algorithm.type,
        "seed": spec.sampling_algorithm.seed,
        "early_termination": policy and policy.type,
        "max_total_trials": spec.limits.max_total_trials,
        "warm_start": ", ".join(spec.warm_start),
    }


def _log_files(client: "MlflowClient", run_id: str, sweep: Sweep) -> None:
    for file in filter(Path.is_file, (sweep.folder / file_name for file_name in _FILES)):
        client.log_artifact(run_id, str(file))
    model_path = sweep.selected.model_path
    if model_path is not None and Path(model_path).is_file():
        with TemporaryDirectory() as temporary:
            model = write_model(Path(model_path), Path(temporary, "model"))
            client.log_artifacts(run_id, str(model), "model")


def _end(client: "MlflowClient", run_id: str, state: TrialState | SweepState, ended: datetime | None) -> None:
    status = _STATUSES[state]
    if ended is None:
        client.update_run(run_id, status=status)
    else:
        client.set_terminated(run_id, status, _milliseconds(ended))


def _batches(items: list[T], most: int) -> Iterator[list[T]]:
    return (items[start : start + most] for start in range(0, len(items), most))


def _metric(report: MetricRow) -> "Metric":
    from mlflow.entities import Metric

    value = math.nan if report.value is None else float(report.value)
    return Metric(name(report.name), value, _milliseconds(report.time), report.interval)


def _milliseconds(time: datetime) -> int:
    return round(time.timestamp() * 1000)
