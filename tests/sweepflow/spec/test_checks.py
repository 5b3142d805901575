"""The constraints of a spec, before anything runs; the other checks are told in test_spec.py."""

from typing import get_type_hints

import pytest
from pydantic import TypeAdapter

from sweepflow.space.constraints import Condition
from sweepflow.spec.checks import check
from sweepflow.spec.parts import Parts
from sweepflow.spec.spec import Spec

SPEC_TYPES = get_type_hints(Spec, include_extras=True)
K = {"type": "choice", "values": [2, 1, 0]}
U = {"type": "uniform", "min_value": 0, "max_value": 1}
NESTED = {
    "type": "choice",
    "values": [
        {"kind": "tree", "depth": {"type": "choice", "values": [2, 4]}},
        {"kind": "net", "layers": {"type": "choice", "values": [{"width": K}, {"dropout": U}]}},
    ],
}


def faults(space, *constraints, sampling="random"):
    spec = Spec.parse(
        {
            "trial": {"function": "trainers:plain"},
            "search_space": space,
            "constraints": constraints,
            "sampling_algorithm": sampling,
            "objective": {"primary_metric": "score", "goal": "maximize"},
            "limits": {"max_total_trials": 4},
        }
    )
    parts = {name: getattr(spec, name) for name in ("search_space", "constraints", "sampling_algorithm")}
    return [tuple(problem) for problem in check(parts, is_trusted=True)]


ALL = pytest.mark.parametrize("sampling", ["random", "bayesian", {"type": "random", "rule": "sobol"}])


@ALL
def test_constraints_that_can_be_satisfied_are_fine_in_and_between_branches(sampling):
    space = {"model": NESTED, "u": U}
    assert faults(space, "depth < u + 3", "width >= 1", "kind == 'net' or u < 0.5", sampling=sampling) == []


def test_a_grid_may_have_constraints_too():
    assert faults({"k": K}, "k > 1", sampling="grid") == []


@ALL
def test_nothing_left_of_a_continuous_space_is_an_error_after_a_bounded_number_of_draws(sampling):
    assert faults({"u": U}, "u > 0.5", "u < 0.4", sampling=sampling) == [
        ("constraints", "none of 10,000 draws satisfies them all")
    ]
    assert faults({"u": U}, "u < 1e-9", sampling=sampling) == [
        ("constraints", "none of 10,000 draws satisfies them all")
    ]
    assert faults({"u": U}, "u < 0.01", sampling=sampling) == []


@pytest.mark.parametrize("sampling", ["random", "bayesian", "grid"])
def test_nothing_left_of_a_finite_space_is_an_error(sampling):
    none = [("constraints", "no combination of the search space satisfies them all")]
    assert faults({"k": K}, "k > 2", sampling=sampling) == none
    assert faults({"k": K}, "k > 1", sampling=sampling) == []


@pytest.mark.parametrize("sampling", ["random", "bayesian", "grid"])
def test_what_makes_no_sense_for_some_draw_is_found_before_it_is_drawn(sampling):
    # The first combination is k=2, of which all can be said.
    [(path, message)] = faults({"k": K}, "k < 9", "1 / k < 3", sampling=sampling)
    assert path == "constraints.1"
    assert message == "'1 / k < 3' cannot be decided for {'k': 0}: division by zero"
    assert faults({"k": K}, "k > 0 and 1 / k < 3", sampling=sampling) == []
    assert faults({"k": K}, "k > 0", "1 / k < 3", sampling=sampling) == []


def test_what_makes_no_sense_in_a_branch_of_a_branch_is_found():
    [(path, message)] = faults({"model": NESTED, "u": U}, "u / width < 3")
    assert path == "constraints.0"
    assert "cannot be decided" in message


def test_unknown_names_at_any_depth_come_with_the_nearest_one():
    assert faults({"model": NESTED}, "widht > 1", "droput < 1 or depth < 3", "kind =") == [
        ("constraints.0", "unknown parameter 'widht'; did you mean 'width'?"),
        ("constraints.1", "unknown parameter 'droput'; did you mean 'dropout'?"),
        ("constraints.2", "is no condition: invalid syntax in 'kind ='"),
    ]


def test_what_cannot_be_read_is_told_even_if_the_search_space_is_wrong_too():
    constraints = TypeAdapter(tuple[Condition, ...]).validate_python(["a <", "b < 1"])
    found = check({"constraints": constraints}, is_trusted=True)
    assert [problem.path for problem in found] == ["constraints.0"]


@pytest.mark.parametrize(("name", "kind"), get_type_hints(Parts, include_extras=True).items())
def test_the_rules_take_a_field_as_the_spec_has_it(name, kind):
    assert SPEC_TYPES[name] == kind
