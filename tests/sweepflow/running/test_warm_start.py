"""What a sweep takes over from earlier ones."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledgers import ledger_of
from sweepflow.errors import SpecError
from sweepflow.ledger.ledger import Ledger
from sweepflow.metrics.own import own_metric
from sweepflow.running.monitor import Monitor
from sweepflow.running.resumption import resumption
from sweepflow.running.warm_start import resolve_warm_start, warm_start
from sweepflow.sampling import BayesianSampling, GridSampling
from sweepflow.space.constraints import anything
from sweepflow.spec.spec import Spec
from sweepflow.trials.history import History
from sweepflow.trials.state import SweepState, TrialEnd, TrialState

SPACE = {"x": {"type": "uniform", "min_value": 0, "max_value": 1}}
DONE = TrialEnd(TrialState.COMPLETED, None, 1.0)
FAILED = TrialEnd(TrialState.FAILED, "no", 1.0)


def spec_of(**changes: Any) -> Spec:
    fields: dict[str, Any] = {
        "trial": {"estimator": "sklearn.linear_model.LogisticRegression"},
        "search_space": SPACE,
        "objective": {"primary_metric": "auc", "goal": "maximize"},
        "limits": {"max_total_trials": 5},
    }
    return Spec.parse({**fields, **changes})


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with ledger_of(tmp_path) as ledger:
        yield ledger


def run_sweep(
    ledger: Ledger,
    sweep_id: str,
    curves: dict[float, list[float]],
    data_fingerprint: str | None = None,
    **changes: Any,
) -> None:
    """Record a completed sweep with a trial for each x; one without a curve has failed."""
    spec = spec_of(**changes)
    ledger.start_sweep(sweep_id, spec.model_dump(mode="json"), data_fingerprint)
    monitor = Monitor(ledger, sweep_id, spec.objective, None)
    for number, (x, values) in enumerate(curves.items()):
        monitor.queue(number, {"x": x})
        monitor.start(number)
        for value in values:
            monitor.report(number, {spec.objective.primary_metric: value, "other": 1.0})
        monitor.end(number, DONE if values else FAILED)
    ledger.end_sweep(sweep_id, SweepState.COMPLETED)


def test_trials_outside_the_new_space_are_skipped_and_counted(ledger: Ledger) -> None:
    run_sweep(ledger, "old", {0.1: [0.5, 0.6], 0.2: [], 0.3: [0.9], 0.9: [0.95]})
    narrow = {"x": {"type": "uniform", "min_value": 0, "max_value": 0.5}}
    found = warm_start(ledger, spec_of(warm_start=["old"], search_space=narrow), None)
    assert [(trial.number, trial.parameters, trial.values) for trial in found.trials] == [
        (-2, {"x": 0.1}, [0.5, 0.6]),
        (-1, {"x": 0.3}, [0.9]),
    ]
    assert found.n_skipped == 1
    assert found.notice == "warm_start: 2 trials of old count; 1 lie outside the search space"
    assert found.best_parameters(spec_of().objective) == {"x": 0.3}


def test_trials_that_break_a_constraint_are_outside(ledger: Ledger) -> None:
    run_sweep(ledger, "old", {0.1: [0.5], 0.9: [0.95]})
    assert warm_start(ledger, spec_of(warm_start=["old"], constraints=["x < 0.5"]), None).n_skipped == 1


def test_the_first_trial_is_the_best_earlier_configuration(ledger: Ledger) -> None:
    run_sweep(ledger, "a", {0.1: [0.5], 0.3: [0.9]})
    run_sweep(ledger, "b", {0.2: [0.7]})
    spec = spec_of(warm_start=["a", "b"])
    ledger.start_sweep("new", spec.model_dump(mode="json"))
    start = resumption(ledger, "new", spec)
    assert start.first_parameters == ({"x": 0.3},)
    assert len(start.monitor.history) == 0


def test_earlier_curves_are_peers_so_that_even_the_first_trial_can_be_stopped(ledger: Ledger) -> None:
    run_sweep(ledger, "old", {0.1: [0.5, 0.9]})
    policy = {"type": "bandit", "slack_amount": 0.1}
    spec = spec_of(warm_start=["old"], early_termination=policy)
    ledger.start_sweep("new", spec.model_dump(mode="json"))
    monitor = resumption(ledger, "new", spec).monitor
    monitor.queue(0, {"x": 0.4})
    monitor.start(0)
    assert monitor.report(0, {"auc": 0.4}) is False  # the earlier one had 0.5 there
    assert monitor.report(0, {"auc": 0.79}) is True


@pytest.mark.parametrize(("baseline", "is_stopped"), [("defaults", False), ("none", True)])
def test_no_policy_stops_the_defaults(ledger: Ledger, baseline: str, is_stopped: bool) -> None:
    run_sweep(ledger, "old", {0.1: [0.9]})
    policy = {"type": "bandit", "slack_amount": 0.1}
    spec = spec_of(warm_start=["old"], early_termination=policy, baseline=baseline)
    ledger.start_sweep("new", spec.model_dump(mode="json"))
    monitor = resumption(ledger, "new", spec).monitor
    for number, stops in ((0, is_stopped), (1, True)):
        monitor.queue(number, {"x": 0.4 + number / 10})
        monitor.start(number)
        assert monitor.report(number, {"auc": 0.4}) is stops


def test_curves_of_other_data_are_no_peers(ledger: Ledger) -> None:
    run_sweep(ledger, "old", {0.1: [0.5, 0.9]}, "old data")
    policy = {"type": "bandit", "slack_amount": 0.1}
    spec = spec_of(warm_start=["old"], early_termination=policy)
    ledger.start_sweep("new", spec.model_dump(mode="json"), "new data")
    start = resumption(ledger, "new", spec)
    assert start.first_parameters == ({"x": 0.1},)
    start.monitor.queue(0, {"x": 0.4})
    start.monitor.start(0)
    assert start.monitor.report(0, {"auc": 0.1}) is False


@pytest.mark.parametrize("model", ["tpe", "gp"])
def test_bayesian_sampling_learns_from_earlier_trials(ledger: Ledger, model: str) -> None:
    run_sweep(ledger, "old", {k / 40: [1 - (k / 40 - 0.5) ** 2] for k in range(40)})
    spec = spec_of(warm_start=["old"])
    sampling = BayesianSampling(model=model)  # type: ignore[arg-type]
    history = History(spec.objective, warm_start(ledger, spec, None).trials)
    warm = [sampling.propose(spec.search_space, history, 0, seed) for seed in range(20)]
    distances = [abs(float(parameters["x"] or 0) - 0.5) for parameters in warm if parameters]
    assert sum(distance < 0.15 for distance in distances) >= 15  # by chance 6 of 20
    cold = sampling.propose(spec.search_space, History(spec.objective), 0, 3)
    assert cold != warm[3]


def test_latest_is_the_last_completed_sweep_of_the_same_kind(ledger: Ledger) -> None:
    run_sweep(ledger, "a", {0.1: [0.5]})
    run_sweep(ledger, "b", {0.1: [0.5]})
    run_sweep(ledger, "other-metric", {0.1: [0.5]}, objective={"primary_metric": "f1", "goal": "maximize"})
    run_sweep(ledger, "other-trial", {0.1: [0.5]}, trial={"estimator": "sklearn.svm.SVC"})
    run_sweep(ledger, "other-name", {0.1: [0.5]}, name="x")
    ledger.start_sweep("runs", spec_of().model_dump(mode="json"))
    assert resolve_warm_start(ledger, spec_of(warm_start="latest")).warm_start == ("b",)
    assert resolve_warm_start(ledger, spec_of(warm_start=["latest", "a", "b"])).warm_start == ("b", "a")


def test_latest_is_left_out_where_there_is_no_such_sweep(ledger: Ledger) -> None:
    spec = resolve_warm_start(ledger, spec_of(warm_start="latest"))
    assert spec.warm_start == ()


def test_what_cannot_be_started_from_is_named(ledger: Ledger) -> None:
    run_sweep(ledger, "minimized", {0.1: [0.5]}, objective={"primary_metric": "auc", "goal": "minimize"})
    ledger.start_sweep("runs", spec_of().model_dump(mode="json"))
    with pytest.raises(SpecError) as caught:
        resolve_warm_start(ledger, spec_of(warm_start=["nowhere", "minimized", "runs"]))
    assert [tuple(problem) for problem in caught.value.problems] == [
        ("warm_start.0", "there is no sweep 'nowhere'"),
        (
            "warm_start.1",
            "must have the same metric and goal (maximize auc), but sweep 'minimized' has minimize auc",
        ),
        ("warm_start.2", "sweep 'runs' has not ended: wait for it, or resume it"),
    ]


def test_a_trial_that_breaks_a_requirement_is_neither_the_best_earlier_one_nor_a_peer(ledger: Ledger) -> None:
    run_sweep(ledger, "old", {0.1: [0.5], 0.3: [0.9]})
    ledger.add_metrics("old", 0, {"cost.predict_ms": 1.0}, 1)
    ledger.add_metrics("old", 1, {"cost.predict_ms": 5.0}, 1)
    policy = {"type": "bandit", "slack_amount": 0.1}
    spec = spec_of(warm_start=["old"], require=["predict_ms <= 2"], early_termination=policy)
    ledger.start_sweep("new", spec.model_dump(mode="json"))
    start = resumption(ledger, "new", spec)
    assert start.first_parameters == ({"x": 0.1},)
    start.monitor.queue(0, {"x": 0.4})
    start.monitor.start(0)
    assert start.monitor.report(0, {"auc": 0.6}) is False


def test_a_requirement_on_what_an_earlier_sweep_did_not_record_is_not_broken(ledger: Ledger) -> None:
    run_sweep(ledger, "old", {0.1: [0.5], 0.3: [0.9]})
    found = warm_start(ledger, spec_of(warm_start=["old"], require=["predict_ms <= 2"]), None)
    assert found.best_parameters(spec_of().objective) == {"x": 0.3}


TABLE = {"path": "a.csv", "target": "y"}


@pytest.mark.parametrize(
    ("changes", "is_peer"),
    [
        ({"data": {**TABLE, "path": "b.csv"}}, True),
        ({"data": {**TABLE, "weight": "w"}}, False),
        ({"data": {**TABLE, "group": "g"}}, False),
        ({"data": {**TABLE, "drop": ["a"]}}, False),
        ({"data": TABLE, "validation": {"seed": 1}}, False),
    ],
)
def test_curves_of_other_columns_roles_or_rows_are_no_peers(
    ledger: Ledger, changes: dict[str, Any], is_peer: bool
) -> None:
    run_sweep(ledger, "old", {0.1: [0.9]}, "same bytes", data=TABLE)
    spec = spec_of(warm_start=["old"], **changes)
    (trial,) = warm_start(ledger, spec, "same bytes").trials
    assert trial.is_comparable is is_peer


def test_curves_by_a_metric_whose_code_has_changed_since_are_no_peers(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "warm_scores.py"
    module.write_text("import sweepflow\n@sweepflow.metric\ndef profit(truth, prediction): return 1.0\n")
    objective = {"primary_metric": "warm_scores:profit", "goal": "maximize"}
    run_sweep(ledger, "old", {0.1: [0.9]}, objective=objective)
    spec = spec_of(warm_start=["old"], objective=objective)
    monkeypatch.syspath_prepend(str(tmp_path))
    own_metric("warm_scores:profit")
    for age, is_peer in ((-60, True), (60, False)):
        os.utime(module, (time.time() + age,) * 2)
        (trial,) = warm_start(ledger, spec, None).trials
        assert trial.is_comparable is is_peer


def test_a_grid_knows_the_number_of_each_combination() -> None:
    choices = {"type": "choice", "values": [1, 2, 3]}
    space = spec_of(search_space={"x": choices, "y": choices}).search_space
    grid = GridSampling()
    assert grid.number_of(space, {"x": 2, "y": 1}, anything) == 3
    assert grid.number_of(space, {"x": 2, "y": 1}, lambda parameters: parameters != {"x": 1, "y": 2}) == 2
    assert grid.number_of(space, {"x": 2, "y": 4}, anything) is None


@pytest.mark.parametrize(("validation", "is_peer"), [({"folds": 3}, True), ({"folds": 3, "seed": 1}, False)])
def test_curves_of_other_folds_are_no_peers(
    ledger: Ledger, validation: dict[str, Any], is_peer: bool
) -> None:
    run_sweep(ledger, "old", {0.1: [0.5, 0.9, 0.8]}, validation=validation)
    policy = {"type": "bandit", "slack_amount": 0.1}
    spec = spec_of(warm_start=["old"], early_termination=policy, validation={"folds": 3})
    ledger.start_sweep("new", spec.model_dump(mode="json"))
    start = resumption(ledger, "new", spec)
    start.monitor.queue(0, {"x": 0.4})
    start.monitor.start(0)
    assert start.monitor.report(0, {"auc": 0.1}) is is_peer


def test_a_sweep_with_another_number_of_folds_is_a_start_and_one_without_folds_is_none(
    ledger: Ledger,
) -> None:
    run_sweep(ledger, "three", {0.1: [0.5, 0.9, 0.7], 0.2: [0.6, 0.6, 0.6]}, validation={"folds": 3})
    spec = spec_of(warm_start="latest", validation={"folds": 5})
    assert resolve_warm_start(ledger, spec).warm_start == ("three",)
    found = warm_start(ledger, spec_of(warm_start=["three"], validation={"folds": 5}), None)
    assert found.best_parameters(spec.trial_objective) == {"x": 0.1}
    with pytest.raises(SpecError, match="must have the same metric and goal"):
        resolve_warm_start(ledger, spec_of(warm_start=["three"]))
