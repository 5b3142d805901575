import math
import sys
from collections import Counter

import pytest
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from sweepflow.fields.problems import problems
from sweepflow.sampling import RandomSampling, SamplingAlgorithm
from sweepflow.space.combinations import combinations, is_finite
from sweepflow.space.search_space import SearchSpace
from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import configuration_key

SPACE = TypeAdapter(SearchSpace)
OBJECTIVE = Objective(primary_metric="loss", goal="minimize")
RULES = pytest.mark.parametrize("rule", ["random", "sobol"])
CONTINUOUS = SPACE.validate_python(
    {
        "lr": {"type": "loguniform", "min_value": -6, "max_value": -1},
        "x": {"type": "uniform", "min_value": 0, "max_value": 1},
        "model": {"type": "choice", "values": [{"depth": {"type": "randint", "upper": 9}}, {}]},
    }
)
FINITE = SPACE.validate_python(
    {
        "n": {"type": "randint", "upper": 4},
        "model": {
            "type": "choice",
            "values": [{"depth": {"type": "randint", "upper": 3}, "kind": "tree"}, {"kind": "line"}, {}],
        },
    }
)


def exhausted(space, algorithm, seed=0, limit=10_000):
    history = History(OBJECTIVE)
    for number in range(limit):
        parameters = algorithm.propose(space, history, number, seed)
        if parameters is None:
            break
        history.add(number, parameters)
    return [trial.parameters for trial in history]


@RULES
def test_a_trial_depends_on_the_seed_and_its_number_alone(rule):
    algorithm, history = RandomSampling(rule=rule), History(OBJECTIVE)
    forth = [algorithm.propose(CONTINUOUS, history, number, 7) for number in range(50)]
    for number in range(50):
        history.add(number, forth[number])
    back = [algorithm.propose(CONTINUOUS, history, number, 7) for number in reversed(range(50))]
    assert back[::-1] == forth
    assert algorithm.propose(CONTINUOUS, history, 0, 8) != forth[0]
    assert len({configuration_key(parameters) for parameters in forth}) == 50


@RULES
def test_the_parameters_of_a_seed_stay_the_same_from_release_to_release(rule):
    expected = {"random": 0.056443075218353164, "sobol": 0.06406444545243734}
    space = {**CONTINUOUS, "model": CONTINUOUS["x"]}
    drawn = RandomSampling(rule=rule).propose(space, History(OBJECTIVE), 0, 7)
    assert drawn["lr"] == pytest.approx(expected[rule], rel=1e-12)


@RULES
def test_a_finite_space_gives_every_combination_once_and_then_none(rule):
    drawn = exhausted(FINITE, RandomSampling(rule=rule))
    assert len(drawn) == 4 * (3 + 1 + 1)
    assert {configuration_key(each) for each in drawn} == {
        configuration_key(each) for each in combinations(FINITE)
    }


@RULES
def test_a_space_with_quantised_values_is_not_finite_and_repeats_itself(rule):
    space = SPACE.validate_python({"x": {"type": "quniform", "min_value": 0, "max_value": 4, "q": 4}})
    assert len(exhausted(space, RandomSampling(rule=rule), limit=50)) == 50


def test_the_last_combinations_of_a_lopsided_space_are_found():
    rare = {"x": {"type": "choice", "values": list(range(50))}}
    space = SPACE.validate_python(
        {"m": {"type": "choice", "values": [rare, *({"y": i} for i in range(400))]}}
    )
    assert len(exhausted(space, RandomSampling())) == 450


def test_a_huge_branch_that_is_hardly_ever_drawn_is_not_gone_through():
    rare = {f"x{i}": {"type": "randint", "upper": 10**9} for i in range(5)}
    space = SPACE.validate_python(
        {"m": {"type": "choice", "values": [rare, *({"y": i} for i in range(999))]}}
    )
    history = History(OBJECTIVE)
    for index in range(1, 1000):
        history.add(index, {"m": index, "y": index - 1})
    for number in range(1000, 1020):
        assert RandomSampling().propose(space, history, number, 3)["m"] == 0


def test_configurations_of_another_space_do_not_end_the_sweep():
    history = History(OBJECTIVE)
    for number in range(100):
        history.add(number, {"other": number})
    assert RandomSampling().propose(FINITE, history, 100, 0) is not None


def test_the_remaining_combinations_are_drawn_with_equal_weights():
    space = SPACE.validate_python({"a": {"type": "choice", "values": ["often"] * 997 + ["x", "y", "z"]}})
    history = History(OBJECTIVE)
    history.add(0, {"a": "often"})
    counts = Counter(RandomSampling().propose(space, history, number, 1)["a"] for number in range(1, 601))
    assert set(counts) == {"x", "y", "z"}
    # One fixed draw; a fair one falls below 0.001 once in a thousand seeds.
    assert stats.chisquare(list(counts.values())).pvalue > 0.001


def n_calls(work):
    """How many functions this calls: what it costs, whatever else the machine does."""
    counts = Counter()
    sys.setprofile(lambda _, event, __: counts.update([event]))
    try:
        work()
    finally:
        sys.setprofile(None)
    return counts["call"] + counts["c_call"]


def test_exhausting_a_space_of_thousands_does_not_go_through_it_for_each_trial():
    space = SPACE.validate_python({"a": {"type": "randint", "upper": 2000}})
    drawn = []
    cost = n_calls(lambda: drawn.extend(exhausted(space, RandomSampling())))
    assert sorted(each["a"] for each in drawn) == list(range(2000))
    # 339 calls for each; 700 if it went through the space for the last twenty alone.
    assert cost / 2000 < 500


@RULES
def test_the_cost_of_asking_does_not_grow_with_the_number(rule):
    algorithm, history = RandomSampling(rule=rule), History(OBJECTIVE)
    algorithm.propose(CONTINUOUS, history, 0, 1)

    def ask(numbers):
        for number in numbers:
            algorithm.propose(CONTINUOUS, history, number, 1)

    first, last = n_calls(lambda: ask(range(100))), n_calls(lambda: ask(range(100_000, 100_100)))
    # 175 calls for each; 480 if the Sobol sequence were made for each, and not for thousands.
    assert last < 1.2 * first
    assert last / 100 < 250


def test_repeated_values_weigh_more():
    space = SPACE.validate_python(
        {
            "a": {"type": "choice", "values": [1, 1, 1, 2]},
            "x": {"type": "uniform", "min_value": 0, "max_value": 1},
        }
    )
    history = History(OBJECTIVE)
    drawn = Counter(RandomSampling().propose(space, history, number, 0)["a"] for number in range(1000))
    assert stats.binomtest(drawn[1], 1000, 0.75).pvalue > 0.001


def test_sobol_points_are_those_of_one_sequence_across_blocks(monkeypatch):
    space = SPACE.validate_python({"x": {"type": "uniform", "min_value": 0, "max_value": 1}})
    algorithm, history = RandomSampling(rule="sobol"), History(OBJECTIVE)
    whole = [algorithm.propose(space, history, number, 5) for number in range(64)]
    monkeypatch.setattr("sweepflow.sampling.random._BLOCK_NUMBERS", 8)
    assert [algorithm.propose(space, history, number, 5) for number in range(64)] == whole


def test_sobol_covers_the_space_more_evenly_than_random():
    space = SPACE.validate_python({"x": {"type": "uniform", "min_value": 0, "max_value": 1}})
    history = History(OBJECTIVE)
    algorithm = RandomSampling(rule="sobol")
    cells = {int(algorithm.propose(space, history, number, 1)["x"] * 64) for number in range(64)}
    assert cells == set(range(64))


def test_the_log_types_are_powers_of_logbase():
    space = SPACE.validate_python({"lr": {"type": "loguniform", "min_value": -3, "max_value": -1}})
    ten, natural = (
        RandomSampling(logbase=base).propose(space, History(OBJECTIVE), 0, 2)["lr"] for base in (10, "e")
    )
    assert math.log10(ten) == pytest.approx(math.log(natural))
    assert 1e-3 <= ten <= 1e-1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("RANDOM", RandomSampling()),
        ({"type": "random", "rule": "Sobol"}, RandomSampling(rule="sobol")),
        ({"type": "random", "logbase": "E"}, RandomSampling(logbase="e")),
        ({"type": "random", "logbase": 10}, RandomSampling(logbase=10.0)),
        ({"type": "random", "seed": 3}, RandomSampling(seed=3)),
    ],
)
def test_a_spec_in_any_letter_case_is_read(given, expected):
    assert TypeAdapter(SamplingAlgorithm).validate_python(given) == expected


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("seed", -1, "must be >= 0, got -1"),
        ("seed", True, "must be a number, got True"),
        ("seed", 2**63, "must be < 9223372036854775808, got 9223372036854775808"),
        ("rule", "halton", "must be 'random' or 'sobol', got 'halton'"),
        ("logbase", 0, "must be > 0 or 'e', got 0"),
        ("logbase", 1, "must not be 1: every power of 1 is 1"),
        ("logbase", math.inf, "must be finite or 'e', got inf"),
        ("logbas", 2, "unknown field 'logbas'; did you mean 'logbase'?"),
    ],
)
def test_an_impossible_field_is_refused(field, value, message):
    with pytest.raises(ValidationError) as caught:
        RandomSampling.model_validate({field: value})
    assert problems(caught.value) == [(field, message)]


def test_a_range_beyond_the_floats_under_the_logbase_is_a_problem():
    space = SPACE.validate_python({"lr": {"type": "loguniform", "min_value": -6, "max_value": 400}})
    assert RandomSampling().check(space) == []
    message = "values with logbase 10 must be floats, less than 1.8e308"
    assert RandomSampling(logbase=10).check(space) == [("search_space.lr", message)]


def test_sobol_has_a_greatest_number_of_dimensions():
    space = dict.fromkeys((f"x{i}" for i in range(21_202)), CONTINUOUS["x"])
    message = "sobol takes at most 21201 parameters, got 21202"
    assert RandomSampling(rule="sobol").check(space) == [("sampling_algorithm.rule", message)]
    assert RandomSampling().check(space) == []
    assert not is_finite(space)
