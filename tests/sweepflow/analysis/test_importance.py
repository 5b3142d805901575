import subprocess
import sys

import numpy as np
import psutil
import pytest

from pools import TESTS, is_running, until
from recorded import curve, large_sweep, recorded, spec_of, trial
from sweepflow.analysis.forest import Trials, importances_by_child, ranks
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


def test_trials_of_equal_value_share_the_middle_of_their_ranks():
    assert ranks(np.array([3.0, -np.inf, 3.0, 1.0, 3.0, 1.0])).tolist() == [5, 1, 5, 2.5, 5, 2.5]


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


LEARNABLE = Trials({"a": np.arange(20.0).reshape(-1, 1)}, np.arange(20.0))


def test_a_process_of_its_own_finds_what_this_one_imports(monkeypatch):
    monkeypatch.setattr(sys, "executable", sys._base_executable)  # which knows no virtual environment
    assert importances_by_child(LEARNABLE).n_trials == 20


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("exec kill -KILL $$", r"their process was ended by SIGKILL \(somebody killed it, or "),
        ("exit 3", "their process ended with code 3"),
        (None, r"their process could not be started: \[Errno 2\]"),
    ],
)
def test_a_process_that_does_not_get_far_is_told_with_its_reason(tmp_path, monkeypatch, program, reason):
    python = tmp_path / "python"
    if program is not None:
        python.write_text(f"#!/bin/sh\n{program}\n")
        python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(RuntimeError, match=f"^the importances could not be computed: {reason}"):
        importances_by_child(LEARNABLE)


PARENT = """
import sys
sys.path[:0] = sys.argv[1:]
import numpy as np
from sweepflow.analysis import importance

draw = np.random.default_rng(0).random
work = importance.Trials({"a": draw((3000, 400)).round(3)}, draw(3000))  # for most of a minute
importance._trials = lambda _: work
importance.begin_importances(lambda: None)
sys.stdin.read()
"""


@pytest.mark.parametrize("is_killed", [True, False])
def test_a_process_of_its_own_neither_outlives_nor_holds_up_the_one_that_began_it(is_killed):
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(TESTS.parent)], stdin=subprocess.PIPE)
    try:
        [child] = until(psutil.Process(parent.pid).children)
        until(lambda: any("sklearn" in file.path for file in child.memory_maps()))  # it has all its input
        if is_killed:
            parent.kill()
        parent.communicate(timeout=20)
    finally:
        parent.kill()
    until(lambda: not is_running(child.pid), seconds=20)
