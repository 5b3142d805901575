import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sweepflow.sampling.surrogates.observations import before, observations
from sweepflow.space.search_space import SearchSpace, locate, realize
from sweepflow.trials.history import History
from sweepflow.trials.objective import MeanObjective, Objective
from sweepflow.trials.state import TrialState

SPACE = TypeAdapter(SearchSpace)
LINE = SPACE.validate_python({"x": {"type": "uniform", "min_value": 0, "max_value": 10}})
EVERY = SPACE.validate_python(
    {
        "uniform": {"type": "uniform", "min_value": -3, "max_value": 5},
        "quniform": {"type": "quniform", "min_value": 1, "max_value": 10, "q": 4},
        "loguniform": {"type": "loguniform", "min_value": -6, "max_value": -1},
        "qloguniform": {"type": "qloguniform", "min_value": -1, "max_value": 4, "q": 2},
        "normal": {"type": "normal", "mu": 3, "sigma": 2},
        "point": {"type": "normal", "mu": 3, "sigma": 0},
        "qnormal": {"type": "qnormal", "mu": 0, "sigma": 3, "q": 0.5},
        "lognormal": {"type": "lognormal", "mu": 0, "sigma": 1},
        "qlognormal": {"type": "qlognormal", "mu": 1, "sigma": 1, "q": 1},
        "qpoint": {"type": "qlognormal", "mu": 1, "sigma": 0, "q": 1},
        "randint": {"type": "randint", "upper": 7},
        "choice": {"type": "choice", "values": [1, True, 1.0, "1", None, 1]},
        "model": {
            "type": "choice",
            "values": [
                {
                    "kind": "tree",
                    "depth": {"type": "randint", "upper": 3},
                    "inner": {"type": "choice", "values": [{}]},
                },
                {"kind": None, "depth": {"type": "uniform", "min_value": 0, "max_value": 1}},
            ],
        },
    }
)
U = st.floats(1e-6, 1 - 1e-6) | st.sampled_from([0.0, 0.5, math.nextafter(1, 0)])


# --- from parameters back to coordinates


@given(st.lists(U, min_size=len(EVERY) + 3, max_size=len(EVERY) + 3))
def test_parameters_are_found_again_in_their_space(numbers):
    given_ = iter(numbers)
    parameters = realize(EVERY, lambda _: next(given_))
    point = locate(EVERY, parameters)
    assert point is not None
    assert all(0 <= u < 1 for u in point.values())
    again = realize(EVERY, point)
    for name, value in parameters.items():
        if isinstance(value, float):
            assert again[name] == pytest.approx(value, rel=1e-9, abs=1e-9)
        else:
            assert repr(again[name]) == repr(value)


@pytest.mark.parametrize(
    ("expression", "value", "u"),
    [
        ({"type": "uniform", "min_value": 0, "max_value": 4}, 1, 0.25),
        ({"type": "loguniform", "min_value": 0, "max_value": 2}, math.e, 0.5),
        # 4 stands for [2, 6) of [1, 10], and 0 for [1, 2].
        ({"type": "quniform", "min_value": 1, "max_value": 10, "q": 4}, 4, 3 / 9),
        ({"type": "quniform", "min_value": 1, "max_value": 10, "q": 4}, 0, 0.5 / 9),
        ({"type": "normal", "mu": 3, "sigma": 2}, 3.0, 0.5),
        ({"type": "lognormal", "mu": 0, "sigma": 2}, 1.0, 0.5),
        ({"type": "qnormal", "mu": 3, "sigma": 2, "q": 1}, 3, 0.5),
        ({"type": "randint", "upper": 4}, 1, 0.375),
        ({"type": "choice", "values": ["a", "b"]}, "b", 0.75),
    ],
)
def test_a_coordinate_is_the_middle_of_those_that_give_the_value(expression, value, u):
    space = SPACE.validate_python({"x": expression})
    assert locate(space, {"x": value}) == pytest.approx({"x": u})


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ({"type": "uniform", "min_value": 0, "max_value": 4}, 4.1),
        ({"type": "uniform", "min_value": 0, "max_value": 4}, True),
        ({"type": "uniform", "min_value": 0, "max_value": 4}, "1"),
        ({"type": "uniform", "min_value": 0, "max_value": 4}, math.nan),
        ({"type": "loguniform", "min_value": 0, "max_value": 2}, 0),
        ({"type": "quniform", "min_value": 1, "max_value": 10, "q": 4}, 5),
        ({"type": "quniform", "min_value": 1, "max_value": 10, "q": 4}, 12),
        ({"type": "lognormal", "mu": 0, "sigma": 2}, -1.0),
        ({"type": "lognormal", "mu": 0, "sigma": 0}, 2.0),
        ({"type": "randint", "upper": 4}, 4),
        ({"type": "randint", "upper": 4}, 1.0),
        ({"type": "randint", "upper": 4}, True),
        ({"type": "choice", "values": [1, 2]}, 1.0),
        ({"type": "choice", "values": [{}, {}]}, 1),
    ],
)
def test_a_value_that_is_never_drawn_has_no_coordinates(expression, value):
    assert locate(SPACE.validate_python({"x": expression}), {"x": value}) is None


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"model": 0, "kind": "tree"},
        {"model": 0, "kind": "line", "depth": 1},
        {"model": 1, "kind": "line", "depth": 1},
        {"model": 1, "kind": "line", "other": 1},
    ],
)
def test_parameters_of_another_space_have_no_coordinates(parameters):
    branches = [{"kind": "tree", "depth": {"type": "randint", "upper": 3}}, {"kind": "line"}]
    space = SPACE.validate_python({"model": {"type": "choice", "values": branches}})
    assert locate(space, parameters) is None
    assert locate(space, {"model": 1, "kind": "line"}) == {"model": 0.75}


# --- what may be looked at


def history(*states, goal="minimize"):
    made = History(Objective(primary_metric="loss", goal=goal))
    for number, state in enumerate(states):
        made.add(number, {"x": float(number)})
        made.record(number, 5.0)
        made.record(number, float(number))
        made.record(number, 6.0)
        made.move(number, state)
    return made


def test_ended_trials_count_with_their_best_value_and_running_ones_as_pending():
    states = [TrialState.COMPLETED, TrialState.TERMINATED, TrialState.QUEUED, TrialState.RUNNING]
    assert observations(LINE, history(*states), 4) == [
        (0, {"x": 0.0}, -0.0),
        (1, {"x": 0.1}, -1.0),
        (2, {"x": 0.2}, None),
        (3, pytest.approx({"x": 0.3}), None),
    ]


def test_a_greater_score_is_better_whatever_the_goal():
    assert observations(LINE, history(TrialState.COMPLETED, goal="maximize"), 1)[0].score == 6.0


def test_a_failed_trial_does_not_count():
    assert observations(LINE, history(TrialState.FAILED), 1) == []


@pytest.mark.parametrize("state", [TrialState.TERMINATED, TrialState.TIMED_OUT, TrialState.CANCELED])
def test_a_trial_that_was_stopped_counts_with_its_best_value(state):
    assert [each.score for each in observations(LINE, history(state), 1)] == [
        each.score for each in observations(LINE, history(TrialState.COMPLETED), 1)
    ]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_trial_without_a_finite_value_does_not_count(value):
    made = History(Objective(primary_metric="loss", goal="minimize"))
    made.add(0, {"x": 1.0})
    made.record(0, value)
    made.move(0, TrialState.COMPLETED)
    assert observations(LINE, made, 1) == []


def test_with_a_lag_the_later_trials_are_pending_whatever_their_state():
    states = [TrialState.COMPLETED, TrialState.FAILED] * 3
    seen = observations(LINE, history(*states), 6, lag=3)
    assert [(each.number, each.score) for each in seen] == [(0, -0.0), (2, -2.0), (4, None), (5, None)]
    assert [each.number for each in observations(LINE, history(*states), 6, lag=1)] == [0, 2, 4]


def test_trials_from_the_asked_one_on_do_not_count():
    made = history(*[TrialState.COMPLETED] * 5)
    assert [each.number for each in observations(LINE, made, 3)] == [0, 1, 2]
    assert list(before(made, 3).trials) == [0, 1, 2]
    assert len(before(made, 3).configurations) == 3
    assert before(made, 5) is made


def test_trials_of_another_space_do_not_count():
    made = history(TrialState.COMPLETED)
    other = SPACE.validate_python({"y": LINE["x"]})
    assert observations(other, made, 1) == []
    assert len(observations(LINE, made, 1)) == 1


def test_a_space_that_python_takes_for_equal_is_another_one():
    made = History(Objective(primary_metric="loss", goal="minimize"))
    made.add(0, {"x": 1})
    numbers, booleans = (
        SPACE.validate_python({"x": {"type": "choice", "values": values}})
        for values in ([0, 1], [False, True])
    )
    assert observations(numbers, made, 1) == [(0, {"x": 0.75}, None)]
    assert observations(booleans, made, 1) == []


def test_a_trial_that_lacks_folds_counts_with_what_is_to_be_expected_of_it():
    made = History(MeanObjective(primary_metric="auc", goal="maximize", folds=2))
    trials = [(TrialState.TERMINATED, [0.8]), (TrialState.COMPLETED, [0.9, 0.8]), (TrialState.RUNNING, [0.5])]
    for number, (state, means) in enumerate(trials):
        made.add(number, {"x": float(number)})
        for mean in means:
            made.record(number, mean)
        made.move(number, state)
    scores = [each.score for each in observations(LINE, made, 3)]
    assert scores == [pytest.approx(0.7), 0.8, None]  # the first fold was the easier one by .1
