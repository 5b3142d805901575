from dataclasses import replace

import optuna
import optuna.visualization
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from recorded import curve, large_sweep, recorded, spec_of, trial

QUNIFORM = {"type": "quniform", "min_value": 0}


def distribution(expression, *values):
    """That of `x`, drawn from the expression with these values."""
    trials = [trial(number, parameters={"x": value}) for number, value in enumerate(values)]
    reports = [report for number in range(len(values)) for report in curve(number, 0.5)]
    study = recorded(trials, reports, spec_of({"x": expression})).to_optuna()
    [found] = {repr(each.distributions["x"]): each.distributions["x"] for each in study.trials}.values()
    return found


def test_a_default_that_cannot_be_drawn_is_no_value_of_its_trial():
    log = {"type": "loguniform", "min_value": -3, "max_value": 3}
    trials = [trial(0, parameters={"x": 0.0, "y": None}), trial(1, parameters={"x": 0.5, "y": 0.25})]
    reports = [*curve(0, 0.5), *curve(1, 0.75)]
    study = recorded(trials, reports, spec_of({"x": log, "y": QUNIFORM | {"max_value": 1, "q": 0.25}}))
    assert [each.params for each in study.to_optuna().trials] == [{}, {"x": 0.5, "y": 0.25}]


def test_a_study_has_all_trials_in_their_states():
    states = ["completed", "terminated", "failed", "timed_out", "canceled", "running", "queued"]
    trials = [trial(number, state) for number, state in enumerate(states)]
    trials[4] = replace(trials[4], started=None)  # canceled before it was started
    trials[5] = replace(trials[5], ended=None, seconds=None)
    trials[6] = replace(trials[6], started=None, ended=None)
    reports = [report for number in range(6) for report in curve(number, 0.5, 0.25)]
    study = recorded(trials, reports).to_optuna()
    pruned = TrialState.PRUNED
    assert [each.number for each in study.trials] == list(range(7))
    assert [each.state for each in study.trials] == [
        TrialState.COMPLETE, pruned, TrialState.FAIL, pruned, pruned, TrialState.RUNNING, TrialState.WAITING,
    ]  # fmt: skip
    assert [each.value for each in study.trials] == [0.5, 0.5, None, 0.5, 0.5, None, None]
    assert study.trials[1].intermediate_values == {1: 0.5, 2: 0.25}


def test_further_metrics_and_the_reason_are_user_attributes():
    trials = [trial(0, "terminated", error="bandit: too far behind")]
    study = recorded(trials, [*curve(0, 0.5), *curve(0, 2.0, name="loss")]).to_optuna()
    attributes = study.trials[0].user_attrs
    assert attributes == {
        "state": "terminated", "error": "bandit: too far behind", "metric.auc": 0.5, "metric.loss": 2.0,
    }  # fmt: skip


@pytest.mark.parametrize(("goal", "best"), [("maximize", 1), ("minimize", 0)])
def test_the_best_trial_is_the_same(goal, best):
    spec = spec_of(objective={"primary_metric": "auc", "goal": goal})
    sweep = recorded([trial(0), trial(1)], [*curve(0, 0.25), *curve(1, 0.75)], spec)
    assert sweep.to_optuna().best_trial.number == sweep.best.number == best


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        ({"type": "uniform", "min_value": 1, "max_value": 2}, [1.5], FloatDistribution(1, 2)),
        (QUNIFORM | {"max_value": 10, "q": 4}, [0, 8], IntDistribution(0, 8, step=4)),
        (QUNIFORM | {"max_value": 1, "q": 0.1}, [0.30000000000000004], FloatDistribution(0, 1)),
        ({"type": "randint", "upper": 5}, [4], IntDistribution(0, 4)),
        ({"type": "normal", "mu": 0, "sigma": 1}, [-1.0, 2.0], FloatDistribution(-1, 2)),
        ({"type": "lognormal", "mu": 0, "sigma": 1}, [0.5, 2.0], FloatDistribution(0.5, 2, log=True)),
        ({"type": "qlognormal", "mu": 0, "sigma": 1, "q": 1}, [0, 3], IntDistribution(0, 3)),
        ({"type": "choice", "values": [3, 1, 2]}, [1], CategoricalDistribution((1, 2, 3))),
        ({"type": "choice", "values": ["b", None, "a"]}, [None], CategoricalDistribution(("b", None, "a"))),
    ],
    ids=lambda value: value.get("type") if isinstance(value, dict) else None,
)  # fmt: skip
def test_a_parameter_has_the_distribution_nearest_to_its_expression(expression, values, expected):
    assert distribution(expression, *values) == expected


def test_a_loguniform_is_a_log_float_between_its_bounds():
    found = distribution({"type": "loguniform", "min_value": 0, "max_value": 2}, 1.5)
    assert found.log
    assert (found.low, found.high) == pytest.approx((1, 7.389056))


def test_a_name_of_two_branches_has_one_distribution_that_holds_the_values_of_both():
    uniform = {"type": "uniform", "min_value": 0, "max_value": 1}
    wide = {"type": "uniform", "min_value": 5, "max_value": 9}
    space = {"model": {"type": "choice", "values": [{"x": uniform}, {"x": wide}]}}
    trials = [trial(0, parameters={"model": 0, "x": 0.5}), trial(1, parameters={"model": 1, "x": 6.0})]
    study = recorded(trials, [*curve(0, 0.5), *curve(1, 0.5)], spec_of(space)).to_optuna()
    assert [each.distributions["x"] for each in study.trials] == [FloatDistribution(0, 9)] * 2


def test_optunas_plots_and_importances_take_the_study():
    study = large_sweep(40, 5).to_optuna()
    for name in ("optimization_history", "intermediate_values", "parallel_coordinate", "slice", "timeline"):
        figure = getattr(optuna.visualization, f"plot_{name}")(study)
        assert figure.data
    found = optuna.importance.get_param_importances(study, params=["lr", "depth"])
    assert set(found) == {"lr", "depth"}
