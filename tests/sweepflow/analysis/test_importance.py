import numpy as np
import pytest

from recorded import curve, large_sweep, recorded, spec_of, trial
from sweepflow.analysis.forest import Trials, importances_by_child
from sweepflow.analysis.importance import FEWEST_TRIALS, begin_importances, importances

UNIFORM = {"type": "uniform", "min_value": 0, "max_value": 1}
SPACE = {"a": UNIFORM, "b": UNIFORM, "kind": {"type": "choice", "values": ["x", "y", None]}}


def sweep_of(n, value, space=SPACE):
    """A sweep whose trials have the value that the function gives for their parameters."""
    generator = np.random.default_rng(1)
    trials, reports = [], []
    for number in range(n):
        a, b = generator.random(2).tolist()
        parameters = {"a": a, "b": b, "kind": ["x", "y", None][generator.integers(3)]}
        trials.append(trial(number, parameters=parameters))
        reports += curve(number, value(parameters))
    return recorded(trials, reports, spec_of(space))


def test_the_parameter_that_decides_has_nearly_all_of_the_importance():
    found = importances(sweep_of(100, lambda p: p["a"] ** 2))
    assert next(iter(found.shares)) == "a"
    assert found.shares["a"] > 0.95
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.explained > 0.9


def test_a_category_can_be_the_one_that_decides():
    found = importances(sweep_of(100, lambda p: float(p["kind"] is None) + 0.01 * p["a"]))
    assert next(iter(found.shares)) == "kind"


def test_the_shares_do_not_change_with_the_scale_of_the_metric_nor_with_the_goal():
    plain = importances(sweep_of(60, lambda p: p["a"] + p["b"] / 2))
    steep = importances(sweep_of(60, lambda p: float(np.exp(30 * (p["a"] + p["b"] / 2)))))
    assert plain == steep


def test_noise_explains_nothing():
    noise = np.random.default_rng(2)
    found = importances(sweep_of(100, lambda _: noise.random()))
    assert found.explained < 0.2


def test_the_same_record_gives_the_same_importances():
    assert importances(large_sweep(40, 3)) == importances(large_sweep(40, 3))


def test_it_takes_enough_trials_with_different_values():
    assert importances(sweep_of(FEWEST_TRIALS, lambda p: p["a"])) is not None
    assert importances(sweep_of(FEWEST_TRIALS - 1, lambda p: p["a"])) is None
    assert importances(sweep_of(50, lambda _: 0.5)) is None
    assert importances(recorded([])) is None


def test_a_parameter_that_never_differs_is_left_out():
    trials = [trial(number, parameters={"a": number / 20, "b": 0.5}) for number in range(20)]
    reports = [report for number in range(20) for report in curve(number, number / 20)]
    assert list(importances(recorded(trials, reports)).shares) == ["a"]


def test_a_process_of_its_own_finds_the_same():
    sweep = large_sweep(40, 3)
    assert begin_importances(lambda: sweep).result() == importances(sweep)


def test_a_process_that_fails_is_told_with_its_reason():
    trials = Trials({"a": np.array([[1.0, 2.0], [3.0, 4.0]])}, np.array([1.0, 2.0, 3.0]))
    with pytest.raises(RuntimeError, match="could not be computed: ValueError: Found input variables"):
        importances_by_child(trials)
