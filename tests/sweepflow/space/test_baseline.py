"""Which configurations can be a baseline, and what a trial gets of one."""

import math
from typing import Any

import pytest

from sweepflow.errors import SpecError
from sweepflow.spec.spec import Spec

C = {"type": "loguniform", "min_value": 0, "max_value": math.log(8)}
SPACE = {
    "C": C,
    "depth": {"type": "quniform", "min_value": 1, "max_value": 10, "q": 4},
    "kind": {"type": "choice", "values": ["tree", 1, None, True]},
    "fold": {"type": "randint", "upper": 5},
    "noise": {"type": "lognormal", "mu": 0, "sigma": 1},
}
WHOLE = {"C": 2.5, "depth": 4, "kind": "tree", "fold": 0, "noise": 3.0}
NESTED = {
    "C": C,
    "machine": {
        "type": "choice",
        "values": [
            {"kernel": "linear"},
            {"kernel": "poly", "degree": {"type": "choice", "values": [2, 3]}},
        ],
    },
}


def fields_of(baseline: dict[str, Any], space: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "trial": {"function": "flow_trainers:plain"},
        "search_space": space,
        "objective": {"primary_metric": "score", "goal": "maximize"},
        "limits": {"max_total_trials": 4},
        "baseline": baseline,
        **fields,
    }


def faults(baseline: dict[str, Any], space: dict[str, Any] = SPACE, **fields: Any) -> list[tuple[str, str]]:
    try:
        Spec.checked(fields_of(baseline, space, **fields), is_trusted=True)
    except SpecError as error:
        return [tuple(problem) for problem in error.problems]
    return []


def test_a_whole_configuration_within_the_space_is_fine() -> None:
    assert faults(WHOLE) == []


def test_every_name_that_is_missing_is_told_with_what_it_must_be() -> None:
    assert faults({}) == [
        ("baseline.C", "is required: a number from 1 to 8"),
        ("baseline.depth", "is required: a multiple of 4 from 0 to 8"),
        ("baseline.kind", "is required: one of 'tree', 1, None, True"),
        ("baseline.fold", "is required: a whole number from 0 to 4"),
        ("baseline.noise", "is required: a number > 0"),
    ]


def test_every_value_that_cannot_be_drawn_is_told_with_the_rule() -> None:
    assert faults({"C": 8.1, "depth": 3, "kind": 1.0, "fold": 5, "noise": 0}) == [
        ("baseline.C", "must be a number from 1 to 8, got 8.1"),
        ("baseline.depth", "must be a multiple of 4 from 0 to 8, got 3"),
        ("baseline.kind", "must be one of 'tree', 1, None, True, got 1.0"),
        ("baseline.fold", "must be a whole number from 0 to 4, got 5"),
        ("baseline.noise", "must be a number > 0, got 0"),
    ]


@pytest.mark.parametrize(
    "values", [{"C": 1}, {"C": 8.0}, {"depth": 8.0}, {"kind": None}, {"fold": 4}, {"noise": 1e-9}]
)
def test_the_ends_of_a_range_lie_in_it(values: dict[str, Any]) -> None:
    assert faults({**WHOLE, **values}) == []


def test_the_logarithms_base_counts() -> None:
    space = {"x": {"type": "loguniform", "min_value": -2, "max_value": 1}}
    decimal = {"type": "random", "logbase": 10}
    assert faults({"x": 10}, space, sampling_algorithm=decimal) == []
    assert faults({"x": 10}, space) == [("baseline.x", "must be a number from 0.135335 to 2.71828, got 10")]


def test_a_range_of_values_is_what_it_says_in_any_base() -> None:
    space = {"x": {"type": "loguniform", "low": 0.01, "high": 10}}
    decimal = {"type": "random", "logbase": 10}
    for value in (0.01, 1, 10):
        assert faults({"x": value}, space) == faults({"x": value}, space, sampling_algorithm=decimal) == []
    assert faults({"x": 11}, space) == [("baseline.x", "must be a number from 0.01 to 10, got 11")]


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    assert faults({**WHOLE, "deph": 4}) == [
        ("baseline.deph", "unknown parameter 'deph'; did you mean 'depth'?")
    ]


def test_what_is_no_single_value_is_refused_by_its_path() -> None:
    ((path, message),) = faults({**WHOLE, "C": [1]})
    assert path == "baseline.C"
    assert message.endswith("got [1]")
    assert faults({**WHOLE, "C": math.nan}) == [("baseline.C", "must be a number from 1 to 8, got nan")]


def test_of_a_nested_choice_the_branch_is_named_by_its_number_with_all_that_is_in_it() -> None:
    assert faults({"C": 2, "machine": 1, "kernel": "poly", "degree": 3}, NESTED) == []
    assert faults({"C": 2, "machine": 1, "kernel": "linear"}, NESTED) == [
        ("baseline.kernel", "must be 'poly', got 'linear'"),
        ("baseline.degree", "is required: one of 2, 3"),
    ]
    assert faults({"C": 2, "machine": 0, "kernel": "linear", "degree": 3}, NESTED) == [
        ("baseline.degree", "is in none of the branches that the baseline takes")
    ]


def test_without_the_branch_nothing_is_said_of_what_may_be_in_it() -> None:
    assert faults({"C": 2, "kernel": "poly", "degree": 3}, NESTED) == [
        ("baseline.machine", "is required: one of 0, 1, the number of a branch")
    ]


def test_every_constraint_that_it_breaks_is_told() -> None:
    constraints = ["C < 5", "depth > 0", "C * depth > 20"]
    assert faults(WHOLE, constraints=constraints[:2]) == []
    assert faults({**WHOLE, "C": 5}, constraints=constraints) == [
        ("baseline", "must satisfy constraints.0: C < 5"),
        ("baseline", "must satisfy constraints.2: C * depth > 20"),
    ]


def test_mistakes_in_the_baseline_and_elsewhere_are_told_at_once() -> None:
    found = faults({**WHOLE, "fold": 5}, constraints=["dept > 1"], limits={"max_total_trials": 0})
    assert [path for path, _ in found] == ["limits.max_total_trials", "constraints.0", "baseline.fold"]


def test_a_trial_gets_it_in_the_spaces_order_and_kinds_of_numbers() -> None:
    given = {"noise": 3, "fold": 0, "kind": True, "depth": 4.0, "C": 2}
    drawn = Spec.parse(fields_of(given, SPACE)).baseline_parameters
    assert repr(drawn) == "{'C': 2.0, 'depth': 4, 'kind': True, 'fold': 0, 'noise': 3.0}"
    assert Spec.parse({**fields_of({}, SPACE), "baseline": None}).baseline_parameters is None


def test_a_value_is_not_changed_by_looking_where_it_lies() -> None:
    values = [1.1, 2.3, 7.7, 8 * 0.999]
    specs = [Spec.parse(fields_of({"C": value}, {"C": C})) for value in values]
    assert [spec.baseline_parameters for spec in specs] == [{"C": value} for value in values]
