from itertools import islice

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sweepflow.space.combinations import combination, combinations, is_finite, n_combinations
from sweepflow.space.expressions import in_base
from sweepflow.space.search_space import (
    SearchSpace,
    branch_names,
    check_names,
    dimensions,
    parameter_names,
    realize,
    warnings_of,
)
from sweepflow.trials.parameters import configuration_key

SPACE = TypeAdapter(SearchSpace)
NESTED = SPACE.validate_python(
    {
        "model": {
            "type": "choice",
            "values": [
                {
                    "kind": "tree",
                    "depth": {"type": "randint", "upper": 3},
                    "boost": {
                        "type": "choice",
                        "values": [{"rounds": {"type": "choice", "values": [5, 9]}}, {}],
                    },
                },
                {"kind": "line", "depth": 1},
            ],
        },
        "c": {"type": "choice", "values": [True, None]},
    }
)


def space(**expressions: object) -> SearchSpace:
    return SPACE.validate_python(expressions)


# --- names


@pytest.mark.parametrize("name", ["a", "_a", "A1_", "C", "x" * 100])
def test_a_usual_name_is_taken(name):
    assert check_names(space(**{name: {"type": "randint", "upper": 2}})) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("1a", "a name must match ^[a-zA-Z_][a-zA-Z0-9_]*$, got '1a'"),
        ("--lr", "a name must match ^[a-zA-Z_][a-zA-Z0-9_]*$, got '--lr'"),
        ("a.b", "a name must match ^[a-zA-Z_][a-zA-Z0-9_]*$, got 'a.b'"),
        ("é", "a name must match ^[a-zA-Z_][a-zA-Z0-9_]*$, got 'é'"),
        ("a\n", r"a name must match ^[a-zA-Z_][a-zA-Z0-9_]*$, got 'a\n'"),
        ("", "a name must match ^[a-zA-Z_][a-zA-Z0-9_]*$, got ''"),
        ("__a", "a name must not begin with two underscores, got '__a'"),
    ],
)
def test_another_name_is_a_problem_at_any_depth(name, message):
    expression = {"type": "randint", "upper": 2}
    nested = {"type": "choice", "values": [{}, {name: 1}]}
    assert check_names(space(**{name: expression})) == [(f"search_space.{name}", message)]
    assert check_names(space(m=nested)) == [(f"search_space.m.values.1.{name}", message)]


def test_two_branches_of_a_choice_may_share_a_name():
    assert check_names(NESTED) == []


@pytest.mark.parametrize(
    ("expressions", "path"),
    [
        ({"m": [{"c": 1}], "c": [1]}, "m.values.0.c"),
        ({"c": [1], "m": [{"c": 1}]}, "m.values.0.c"),
        ({"m": [{"m": 1}]}, "m.values.0.m"),
        ({"m": [{"x": 1}, {"y": 1}], "n": [{}, {"y": 1}]}, "n.values.1.y"),
    ],
)
def test_a_name_that_could_be_drawn_twice_at_once_is_a_problem(expressions, path):
    nested = {name: {"type": "choice", "values": values} for name, values in expressions.items()}
    [problem] = check_names(space(**nested))
    assert problem.path == f"search_space.{path}"
    assert problem.message == f"'{path.rpartition('.')[2]}' is already defined outside this branch"


def test_a_branch_deep_inside_may_not_redefine_an_outer_name_either():
    inner = {"type": "choice", "values": [{"c": 1}]}
    nested = space(m={"type": "choice", "values": [{"n": inner}]}, c={"type": "randint", "upper": 2})
    assert [problem.path for problem in check_names(nested)] == ["search_space.m.values.0.n.values.0.c"]


# --- nested spaces


def test_dimensions_come_in_the_order_written_with_unique_paths():
    assert [(dimension.path, dimension.name, dimension.field) for dimension in dimensions(NESTED)] == [
        ("model", "model", "search_space.model"),
        ("model.0.depth", "depth", "search_space.model.values.0.depth"),
        ("model.0.boost", "boost", "search_space.model.values.0.boost"),
        ("model.0.boost.0.rounds", "rounds", "search_space.model.values.0.boost.values.0.rounds"),
        ("c", "c", "search_space.c"),
    ]


@pytest.mark.parametrize(
    ("coordinates", "parameters"),
    [
        ({"model": 0.6, "c": 0.1}, {"model": 1, "kind": "line", "depth": 1, "c": True}),
        (
            {"model": 0.1, "model.0.depth": 0.9, "model.0.boost": 0.9, "c": 0.9},
            {"model": 0, "kind": "tree", "depth": 2, "boost": 1, "c": None},
        ),
        (
            dict.fromkeys(["model", "model.0.depth", "model.0.boost", "model.0.boost.0.rounds", "c"], 0.0),
            {"model": 0, "kind": "tree", "depth": 0, "boost": 0, "rounds": 5, "c": True},
        ),
    ],
)
def test_only_what_is_drawn_is_asked_for_and_merged(coordinates, parameters):
    assert realize(NESTED, coordinates) == parameters
    asked = []
    assert realize(NESTED, lambda path: asked.append(path) or coordinates[path]) == parameters
    assert sorted(asked) == sorted(coordinates)


def test_the_names_of_a_space_are_those_of_every_branch_and_literal():
    assert parameter_names(NESTED) == {"model", "kind", "depth", "boost", "rounds", "c"}
    assert branch_names(NESTED) == {"model", "boost"}
    assert branch_names(space(c={"type": "choice", "values": [1, 2]})) == frozenset()


def test_a_space_is_finite_if_it_is_made_of_choice_and_randint_alone():
    rounded = {"type": "quniform", "min_value": 0, "max_value": 1, "q": 1}
    assert is_finite(NESTED)
    assert not is_finite(space(a=rounded))
    assert not is_finite(space(a={"type": "choice", "values": [{}, {"b": rounded}]}))
    assert n_combinations(space(a=rounded)) is None


def test_combinations_are_counted_over_branches():
    assert n_combinations(NESTED) == (3 * (2 + 1) + 1) * 2
    assert n_combinations(space(a={"type": "choice", "values": [1, 1, True, 1.0]})) == 3
    assert (
        n_combinations(space(a={"type": "randint", "upper": 7}, b={"type": "randint", "upper": 10**9}))
        == 7 * 10**9
    )


def test_every_combination_comes_once_and_each_can_be_drawn():
    keys = [configuration_key(parameters) for parameters in combinations(NESTED)]
    assert len(keys) == len(set(keys)) == n_combinations(NESTED)
    rng = np.random.default_rng(0)
    drawn = {configuration_key(realize(NESTED, lambda _: rng.random())) for _ in range(2000)}
    assert drawn == set(keys)


def test_a_repeated_branch_counts_once_under_its_first_index():
    a = {"type": "randint", "upper": 2}
    repeated = space(m={"type": "choice", "values": [{"a": a}, {"b": 1}, {"a": a}, {"b": True}]})
    assert [parameters["m"] for parameters in combinations(repeated)] == [0, 0, 1, 3]
    assert realize(repeated, {"m": 0.6, "m.0.a": 0.9}) == {"m": 0, "a": 1}


def test_combinations_are_made_one_at_a_time():
    huge = space(a={"type": "randint", "upper": 10**9}, b={"type": "choice", "values": ["x", "y"]})
    assert list(islice(combinations(huge), 3)) == [
        {"a": 0, "b": "x"},
        {"a": 0, "b": "y"},
        {"a": 1, "b": "x"},
    ]
    assert combination(huge, 2 * 10**9 - 1) == {"a": 10**9 - 1, "b": "y"}


@pytest.mark.parametrize("index", [-1, 20])
def test_there_is_no_combination_beyond_the_last(index):
    with pytest.raises(IndexError, match=f"has 20 combinations, there is no number {index}"):
        combination(NESTED, index)


def test_an_infinite_space_has_no_combinations_to_go_through():
    with pytest.raises(ValueError, match="uniform has no finite number of values"):
        combinations(space(a={"type": "uniform", "min_value": 0, "max_value": 1}))


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 3),
    st.sampled_from([0.0, 1.0, 2.5]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=2),
)


def finite_spaces(depth: int = 2) -> st.SearchStrategy[dict[str, object]]:
    flat = st.lists(SCALARS, min_size=1, max_size=3).map(lambda values: {"type": "choice", "values": values})
    randint = st.integers(1, 3).map(lambda upper: {"type": "randint", "upper": upper})
    members = st.one_of(flat, randint)
    names = [f"{letter}{depth}" for letter in "ab"]
    if depth:
        branches = st.lists(finite_spaces(depth - 1), min_size=1, max_size=2)
        members |= branches.map(lambda values: {"type": "choice", "values": values})
    return st.dictionaries(st.sampled_from(names), members, min_size=1, max_size=2)


@settings(deadline=None)
@given(finite_spaces())
def test_counting_listing_and_numbering_combinations_agree(given_space):
    parsed = SPACE.validate_python(given_space)
    assume(not check_names(parsed))
    listed = list(islice(combinations(parsed), 500))
    assert len({configuration_key(each) for each in listed}) == len(listed)
    assert len(listed) == min(500, n_combinations(parsed))
    assert all(combination(parsed, index) == each for index, each in enumerate(listed[:20]))
    assert repr(SPACE.validate_json(SPACE.dump_json(parsed))) == repr(parsed)


@settings(deadline=None)
@given(finite_spaces(), st.randoms(use_true_random=False))
def test_a_draw_is_one_of_the_combinations(given_space, stream):
    parsed = SPACE.validate_python(given_space)
    assume(not check_names(parsed) and n_combinations(parsed) < 500)
    keys = {configuration_key(each) for each in combinations(parsed)}
    assert configuration_key(realize(parsed, lambda _: stream.random())) in keys


def test_a_key_tells_types_apart_and_not_the_order():
    values = [1, True, 1.0, "1", None, "true", "null"]
    assert len({configuration_key({"a": value}) for value in values}) == len(values)
    assert configuration_key({"a": 1, "b": 2}) == configuration_key({"b": 2, "a": 1})


# --- notices


@pytest.mark.parametrize(
    ("low", "high", "n_notices"),
    [(-13.8, -2.3, 0), (-3, 3, 0), (-27, 13, 0), (-28, 0, 1), (0, 14, 1), (16, 256, 1)],
)
def test_a_log_range_of_unusual_size_gets_a_notice(low, high, n_notices):
    bounds = {"type": "loguniform", "min_value": low, "max_value": high}
    assert len(warnings_of(space(lr=bounds))) == n_notices
    assert len(warnings_of(space(m={"type": "choice", "values": [{"lr": bounds}]}))) == n_notices


def test_the_notice_prints_the_real_range():
    wide = space(lr={"type": "loguniform", "min_value": -6, "max_value": 100})
    assert warnings_of(wide) == [
        "search_space.lr: loguniform(-6, 100) draws from [0.00247875, 2.68812e+43]: "
        "min_value and max_value are exponents of e (natural logarithms), not values"
    ]


def test_the_notice_follows_the_base():
    ten = space(lr={"type": "loguniform", "min_value": -4, "max_value": 7})
    assert warnings_of(ten) == []
    assert warnings_of(in_base(ten, 10)) == [
        "search_space.lr: loguniform(-4, 7) draws from [0.0001, 1e+07]: "
        "min_value and max_value are exponents of 10, not values"
    ]
    beyond = space(lr={"type": "loguniform", "min_value": 1, "max_value": 400})
    assert "inf]" in warnings_of(in_base(beyond, 10))[0]
