import json
import math
import pickle
from collections import Counter
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from sweepflow.fields.problems import problems
from sweepflow.space import distributions as d
from sweepflow.space.combinations import combinations
from sweepflow.space.expressions import Choice, Expression, in_base
from sweepflow.space.search_space import SearchSpace, realize

SPACE = TypeAdapter(SearchSpace)
MEMBERS = get_args(get_args(Expression)[0])
UNIFORMS = np.random.default_rng(0).random(5000).tolist()
LAST = math.nextafter(1, 0)
COORDINATES = st.floats(min_value=0, max_value=1, exclude_max=True)
INNER = {"type": "choice", "values": [{"rounds": {"type": "randint", "upper": 5}}, {"kind": "line"}]}
NESTED = SPACE.validate_python(
    {
        "model": {"type": "choice", "values": [{"boost": INNER, "depth": 1.0}, {}]},
        "c": {"type": "choice", "values": [True, None]},
    }
)


def space(**expressions: object) -> SearchSpace:
    return SPACE.validate_python(expressions)


def faults(**expressions: object) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        space(**expressions)
    return [tuple(problem) for problem in problems(caught.value, "search_space")]


# --- the values of each expression


@pytest.mark.parametrize(
    ("expression", "u", "value"),
    [
        (d.Uniform(min_value=-1, max_value=3), 0.0, -1.0),
        (d.Uniform(min_value=-1, max_value=3), 0.25, 0.0),
        (d.LogUniform(min_value=-6, max_value=-1), 0.0, 0.0024787521766663585),
        (d.LogUniform(min_value=-6, max_value=-1), LAST, 0.36787944117144233),
        (d.LogUniform(min_value=-6, max_value=-1), 0.2, math.exp(-5)),
        (d.QLogUniform(min_value=0, max_value=5, q=10), LAST, 150),
        (d.Normal(mu=2, sigma=3), 0.5, 2.0),
        (d.Normal(mu=0, sigma=1), 0.975, 1.959963984540054),
        (d.Normal(mu=2, sigma=0), 0.1, 2.0),
        (d.QNormal(mu=2.4, sigma=1, q=1), 0.5, 2),
        (d.QNormal(mu=0.26, sigma=1, q=0.25), 0.5, 0.25),
        (d.LogNormal(mu=1, sigma=3), 0.5, math.e),
        (d.QLogNormal(mu=3, sigma=1, q=5), 0.5, 20),
        (d.RandInt(upper=4), 0.0, 0),
        (d.RandInt(upper=4), 0.25, 1),
        (d.RandInt(upper=4), LAST, 3),
    ],
)
def test_the_quantile_of_an_expression(expression, u, value):
    assert expression.quantile(u) == pytest.approx(value, rel=1e-12)
    assert type(expression.quantile(u)) is type(value)


def test_a_choice_gives_what_lies_at_that_share_of_its_values():
    assert [Choice(values=["a", "b", None]).quantile(u) for u in (0.0, 0.3, 0.5, LAST)] == [
        "a",
        "a",
        "b",
        None,
    ]


def test_a_whole_number_may_be_greater_than_any_float():
    assert d.RandInt(upper=10**400).quantile(0.5) == 10**400 // 2
    assert d.RandInt(upper=10**400).quantile(LAST) < 10**400


@pytest.mark.parametrize(
    ("expression", "support"),
    [
        (d.QUniform(min_value=1, max_value=10, q=4), [0, 4, 8]),
        (d.QUniform(min_value=0, max_value=1, q=0.5), [0.0, 0.5, 1.0]),
        (d.QLogUniform(min_value=-1, max_value=2, q=2), [0, 2, 4, 6, 8]),
        (d.QNormal(mu=0, sigma=0.5, q=2), [-2, 0, 2]),
        (d.QLogNormal(mu=0, sigma=0.3, q=1), [0, 1, 2, 3]),
        (d.RandInt(upper=3), [0, 1, 2]),
        (Choice(values=[3, 1, 2]), [1, 2, 3]),
    ],
)
def test_a_discrete_expression_yields_exactly_its_support(expression, support):
    drawn = {expression.quantile(u) for u in UNIFORMS}
    assert sorted(drawn) == support
    assert {type(value) for value in drawn} == {type(support[0])}


@pytest.mark.parametrize(
    ("expression", "law"),
    [
        (d.Uniform(min_value=-2, max_value=5), stats.uniform(-2, 7)),
        (d.LogUniform(min_value=-6, max_value=-1), stats.loguniform(math.exp(-6), math.exp(-1))),
        (d.Normal(mu=3, sigma=2), stats.norm(3, 2)),
        (d.LogNormal(mu=1, sigma=0.5), stats.lognorm(0.5, scale=math.e)),
    ],
)
def test_a_continuous_expression_follows_its_law(expression, law):
    # Fixed draws; those of a true law fall below 0.001 once in a thousand seeds.
    assert stats.kstest([expression.quantile(u) for u in UNIFORMS], law.cdf).pvalue > 0.001


@pytest.mark.parametrize(
    ("expression", "law"),
    [
        (d.QUniform(min_value=-2.2, max_value=5.1, q=1), stats.uniform(-2.2, 7.3)),
        (d.QLogUniform(min_value=-1, max_value=3, q=0.5), stats.loguniform(math.exp(-1), math.exp(3))),
        (d.QNormal(mu=3, sigma=2, q=0.25), stats.norm(3, 2)),
        (d.QLogNormal(mu=1, sigma=0.5, q=1), stats.lognorm(0.5, scale=math.e)),
    ],
)
def test_a_rounded_expression_follows_its_law_between_the_ties(expression, law):
    # A rounded value stands for all within q / 2: at those ends the two distribution functions agree.
    drawn = np.array([expression.quantile(u) for u in UNIFORMS])
    ends = np.unique(drawn) + expression.q / 2
    shares = np.array([(drawn <= end).mean() for end in ends])
    # Kolmogorov-Smirnov's distance at the ends alone is at most that over all, hence this bound holds.
    assert np.abs(shares - law.cdf(ends)).max() < stats.kstwo.isf(0.001, len(drawn))


@pytest.mark.parametrize("expression", [Choice(values=list("abcdefg")), d.RandInt(upper=7)])
def test_values_have_equal_weights(expression):
    counts = Counter(expression.quantile(u) for u in UNIFORMS)
    assert len(counts) == 7
    assert stats.chisquare(list(counts.values())).pvalue > 0.001


@pytest.mark.parametrize("value", [0.5, 1.5, 2.5, -0.5])
def test_ties_round_half_to_even(value):
    rounded = d.QNormal(mu=value, sigma=0, q=1).quantile(0.3)
    assert rounded == {0.5: 0, 1.5: 2, 2.5: 2, -0.5: 0}[value]
    assert not str(rounded).startswith("-0")


@pytest.mark.parametrize("expression", [d.Normal(mu=0, sigma=1), d.LogNormal(mu=0, sigma=1)])
def test_the_ends_of_the_bell_are_finite(expression):
    assert math.isfinite(expression.quantile(0.0))
    assert math.isfinite(expression.quantile(LAST))
    assert d.Normal(mu=0, sigma=1).quantile(0.0) > -9


def test_the_log_types_alone_follow_the_base():
    assert d.LogUniform(min_value=-3, max_value=-1).in_base(10).quantile(0.0) == pytest.approx(1e-3)
    assert d.QLogUniform(min_value=1, max_value=3, q=1).in_base(10).quantile(0.5) == 100
    assert d.LogNormal(mu=2, sigma=0).in_base(2).quantile(0.5) == 4.0
    assert d.Uniform(min_value=0, max_value=1).in_base(10).quantile(0.5) == 0.5


def test_the_base_reaches_into_branches_and_changes_nothing_else():
    log = {"type": "loguniform", "min_value": -3, "max_value": -1}
    natural = space(m={"type": "choice", "values": [{"lr": log, "depth": 1}, {}]}, n=INNER)
    ten = in_base(natural, 10)
    assert realize(ten, {"m": 0.0, "m.0.lr": 0.0, "n": 0.9}) == {
        **{"m": 0, "lr": pytest.approx(1e-3), "depth": 1, "n": 1, "kind": "line"}
    }
    assert realize(natural, {"m": 0.0, "m.0.lr": 0.0, "n": 0.9})["lr"] == pytest.approx(math.exp(-3))
    assert ten["n"] is natural["n"]
    assert in_base(ten, 10) is ten
    assert in_base(ten, math.e) == natural != ten
    assert SPACE.dump_json(ten) == SPACE.dump_json(natural)
    assert pickle.loads(pickle.dumps(ten)) == ten


@pytest.mark.parametrize(
    ("expression", "is_log", "is_bounded", "step", "ends", "n_values"),
    [
        (d.Uniform(min_value=1, max_value=3), False, True, None, (1, 3), None),
        (d.QUniform(min_value=1, max_value=10, q=4), False, True, 4, (0, 8), None),
        (d.LogUniform(low=0.5, high=2), True, True, None, (0.5, 2), None),
        (d.LogUniform(min_value=0, max_value=400).in_base(10), True, True, None, (1, math.inf), None),
        (d.QLogUniform(low=10, high=500, q=0.5), True, True, 0.5, (10, 500), None),
        (d.Normal(mu=0, sigma=1), False, False, None, (None, None), None),
        (d.QNormal(mu=0, sigma=1, q=2), False, False, 2, (None, None), None),
        (d.LogNormal(mu=0, sigma=1), True, False, None, (0, None), None),
        (d.QLogNormal(mu=0, sigma=1, q=2), True, False, 2, (0, None), None),
        (d.RandInt(upper=5), False, True, 1, (0, 4), 5),
        (Choice(values=["a", "a", 1]), False, True, None, (None, None), 2),
        (Choice(values=[{"x": 1}, {"x": 1}, {}]), False, True, None, (None, None), 2),
    ],
    ids=lambda part: getattr(part, "type", None),
)
def test_an_expression_says_what_others_need_to_know_of_it(
    expression, is_log, is_bounded, step, ends, n_values
):
    assert (expression.is_log, expression.is_bounded, expression.step) == (is_log, is_bounded, step)
    assert expression.ends == pytest.approx(ends)
    assert expression.n_values == n_values


def test_the_facts_are_tried_of_every_expression():
    [mark] = test_an_expression_says_what_others_need_to_know_of_it.pytestmark
    assert {type(case[0]) for case in mark.args[1]} == set(MEMBERS)


@settings(deadline=None)
@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300), COORDINATES)
def test_a_uniform_value_lies_between_its_bounds(one, other, u):
    if one != other:
        low, high = sorted((one, other))
        assert low <= d.Uniform(min_value=low, max_value=high).quantile(u) <= high


@settings(deadline=None)
@given(st.floats(-50, 50), st.floats(0.001, 50), st.sampled_from([0.1, 0.25, 1, 3, 10]), COORDINATES)
def test_a_rounded_value_is_the_nearest_multiple_of_q(low, width, q, u):
    bounds = {"min_value": low, "max_value": low + width}
    plain = d.Uniform(**bounds).quantile(u)
    rounded = d.QUniform(**bounds, q=q).quantile(u)
    assert rounded == round(plain / q) * q
    assert type(rounded) is (int if q >= 1 else float)


@settings(deadline=None)
@given(COORDINATES, COORDINATES)
def test_a_quantile_never_falls(one, other):
    low, high = sorted((one, other))
    for expression in (
        d.LogUniform(min_value=-6, max_value=2),
        d.QLogNormal(mu=1, sigma=2, q=3),
        d.RandInt(upper=17),
    ):
        assert expression.quantile(low) <= expression.quantile(high)


def test_no_numpy_value_leaves_and_none_stays():
    values = [np.float64(0.5), np.int64(3), np.bool_(True), np.str_("a")]
    for choice in (Choice(values=values), Choice(values=np.array([0.5, 1.5])), Choice(values=range(3))):
        assert all(type(value).__module__ == "builtins" for value in choice.values)
    for expression in (d.Normal(mu=np.float64(0), sigma=1), d.Uniform(min_value=0, max_value=1)):
        assert type(expression.quantile(0.3)) is float


# --- what is refused


LOG = {"type": "loguniform", "min_value": -6}
_LISTED = "must be a number, a string, true, false, null or a list"
_RECORDABLE = "must be a number, a string, true, false, null, a list or a mapping"
_MIXED = "must be all mappings, or none of them; mappings that are values themselves need literal: true"


@pytest.mark.parametrize(
    ("expression", "field", "message"),
    [
        ({"type": "uniform", "min_value": 1, "max_value": 1}, ".max_value", "must be > min_value (1), got 1"),
        ({"type": "uniform", "min_value": 2, "max_value": 1}, ".max_value", "must be > min_value (2), got 1"),
        ({"type": "uniform", "min_value": math.nan, "max_value": 1}, ".min_value", "must be finite, got nan"),
        ({"type": "uniform", "min_value": 0, "max_value": math.inf}, ".max_value", "must be finite, got inf"),
        ({"type": "uniform", "min_value": True, "max_value": 2}, ".min_value", "must be a number, got True"),
        ({"type": "uniform", "min_value": "a", "max_value": 2}, ".min_value", "must be a number, got 'a'"),
        ({"type": "uniform", "min_value": 0}, ".max_value", "is required"),
        (
            {"type": "uniform", "min_value": -1e308, "max_value": 1e308},
            ".max_value",
            "must be less than 1.8e308 above min_value, got 1e+308",
        ),
        ({"type": "quniform", "min_value": 0, "max_value": 1, "q": -0.1}, ".q", "must be > 0, got -0.1"),
        ({"type": "quniform", "min_value": 0, "max_value": 1, "q": 0}, ".q", "must be > 0, got 0"),
        (
            {"type": "quniform", "min_value": 0, "max_value": 1e300, "q": 1e-20},
            ".q",
            "must not be that small for values of up to 1e+300, got 1e-20",
        ),
        (
            {**LOG, "max_value": 710},
            ".max_value",
            "must be <= 709, got 710; bounds are natural logarithms",
        ),
        ({**LOG, "max_value": -7}, ".max_value", "must be > min_value (-6), got -7"),
        ({"type": "normal", "mu": 0, "sigma": -0.1}, ".sigma", "must be >= 0, got -0.1"),
        (
            {"type": "normal", "mu": 0, "sigma": 1e308},
            ".sigma",
            "must keep mu + 9 * sigma a float, got 1e+308",
        ),
        (
            {"type": "lognormal", "mu": 0, "sigma": 100},
            ".sigma",
            "mu + 9 * sigma must be <= 709, got 900; mu and sigma are of the natural logarithm",
        ),
        (
            {"type": "qlognormal", "mu": 1000, "sigma": 0, "q": 1},
            ".mu",
            "mu + 9 * sigma must be <= 709, got 1000; mu and sigma are of the natural logarithm",
        ),
        ({"type": "randint", "upper": 0}, ".upper", "must be > 0, got 0"),
        ({"type": "randint", "upper": 2.5}, ".upper", "must be a whole number, got 2.5"),
        ({"type": "choice", "values": []}, ".values", "must have at least one value"),
        ({"type": "choice", "values": "abc"}, ".values", "must be a list, got 'abc'"),
        ({"type": "choice", "values": [1, math.nan]}, ".values.1", "must be finite, got nan"),
        (
            {"type": "choice", "values": [{1}]},
            ".values.0",
            "must be a number, a string, true, false, null or a list, got {1}",
        ),
        ({"type": "choice", "values": [1, {"a": 1}]}, ".values", _MIXED),
        ({"type": "choice", "values": [[1], {"a": 1}]}, ".values", _MIXED),
        ({"type": "choice", "values": [[1, {2}]]}, ".values.0.1", _RECORDABLE),
        ({"type": "choice", "values": [[1, math.nan]]}, ".values.0.1", "must be finite"),
        ({"type": "choice", "literal": True, "values": [{"a": {2}}]}, ".values.0.a", _RECORDABLE),
        ({"type": "choice", "literal": True, "values": [{1}]}, ".values.0", f"{_LISTED}, got {{1}}"),
        ({"type": "randint", "lower": 3, "upper": 3}, ".upper", "must be > lower (3), got 3"),
        ({"type": "randint", "lower": -3, "upper": -4}, ".upper", "must be > lower (-3), got -4"),
        ({"type": "randint", "lower": 0.5, "upper": 4}, ".lower", "must be a whole number, got 0.5"),
        ({"type": "randint", "lower": 3}, ".upper", "is required"),
        ({"type": "choice", "values": [{"a": {"b": 1}}]}, ".values.0.a.type", "is required; known: choice"),
        (
            {"type": "choice", "values": [{}, {"a": {"type": "unifrom"}}]},
            ".values.1.a.type",
            "unknown type 'unifrom'; did you mean 'uniform'?",
        ),
        (
            {"type": "choice", "values": [{"a": {"type": "choice", "values": [{"b": {1}}]}}]},
            ".values.0.a.values.0.b",
            "must be a number, a string, true, false, null or a list, got {1}",
        ),
        (
            {"type": "choice", "values": [{"a": {"type": "randint", "upper": -1}}]},
            ".values.0.a.upper",
            "must be > 0, got -1",
        ),
        ({"type": "choice", "values": [{1: 2}]}, ".values.0.1", "must be a string, got 1"),
        ({"type": "unifrm"}, ".type", "unknown type 'unifrm'; did you mean 'uniform'?"),
        ({"min_value": 1}, ".type", "is required; known: choice, randint, uniform"),
    ],
)
def test_an_impossible_expression_is_refused_by_path_rule_and_value(expression, field, message):
    [(path, found)] = faults(lr=expression)
    assert path == f"search_space.lr{field}"
    assert found == message or (message.startswith("is required;") and found.startswith(message))


BY_VALUES = {"type": "loguniform", "low": 0.0001}
BOTH_WAYS = "must have low and high, which are values, or min_value and max_value, their logarithms, got "


@pytest.mark.parametrize(
    ("expression", "field", "message"),
    [
        (BY_VALUES, ".high", "is required"),
        ({"type": "loguniform", "high": 1}, ".low", "is required"),
        (LOG, ".max_value", "is required"),
        ({"type": "loguniform"}, "", BOTH_WAYS + "neither"),
        (
            {**LOG, "max_value": 0, "low": 0.1, "high": 1},
            "",
            BOTH_WAYS + "low and high and min_value and max_value",
        ),
        ({**BY_VALUES, "max_value": 0}, "", BOTH_WAYS + "low and max_value"),
        ({**BY_VALUES, "high": 0.0001}, ".high", "must be > low (0.0001), got 0.0001"),
        ({**BY_VALUES, "high": 0.00001}, ".high", "must be > low (0.0001), got 1e-05"),
        ({"type": "loguniform", "low": 0, "high": 1}, ".low", "must be > 0, got 0"),
        (
            {"type": "qloguniform", "low": -6, "high": 1, "q": 1},
            ".low",
            "must be > 0, got -6; logarithms are min_value and max_value",
        ),
        ({**BY_VALUES, "high": 1e308}, ".high", "must be at most 8.2e+307 times low, got 1e+308"),
        (
            {"type": "loguniform", "min_value": 1, "max_value": 1000},
            ".max_value",
            "must be <= 709, got 1000; bounds are natural logarithms; for values from 1 to 1000 write "
            "low: 1, high: 1000",
        ),
        (
            {"type": "qloguniform", "low": 1, "high": 1e300, "q": 1e-20},
            ".q",
            "must not be that small for values of up to 1e+300, got 1e-20",
        ),
    ],
)
def test_a_log_range_is_given_by_its_values_or_by_their_logarithms(expression, field, message):
    assert faults(lr=expression) == [(f"search_space.lr{field}", message)]


@pytest.mark.parametrize("base", [math.e, 2, 10, 0.5])
def test_low_and_high_are_values_whatever_the_base(base):
    values, logarithms = (
        d.LogUniform(low=0.0001, high=0.1).in_base(base),
        d.LogUniform(min_value=math.log(0.0001), max_value=math.log(0.1)),
    )
    for u in (0.0, 0.25, 0.5, LAST):
        assert values.quantile(u) == pytest.approx(logarithms.quantile(u))
        assert values.coordinate(values.quantile(u)) == pytest.approx(u)
    assert values.quantile(0.0) == 0.0001
    assert values.quantile(LAST) <= 0.1
    assert values.coordinate(0.1) == pytest.approx(1)
    assert values.coordinate(0.2) is values.coordinate(-1) is None
    whole = d.QLogUniform(low=10, high=500, q=1).in_base(base)
    assert [whole.quantile(u) for u in (0.0, LAST)] == [10, 500]
    assert type(whole.quantile(0.3)) is int


def test_a_log_range_is_written_as_it_was_given():
    for written in ({**BY_VALUES, "high": 0.1}, {**LOG, "max_value": -1}):
        parsed = space(lr=written)
        assert json.loads(SPACE.dump_json(parsed)) == {"lr": written}
        assert SPACE.validate_json(SPACE.dump_json(parsed)) == parsed
    nulls = {**BY_VALUES, "high": 0.1, "min_value": None, "max_value": None}
    assert space(lr=nulls) == space(lr={**BY_VALUES, "high": 0.1})


@pytest.mark.parametrize(
    "expression",
    [
        {**LOG, "max_value": 709},
        {"type": "lognormal", "mu": 609, "sigma": 11},
        {"type": "normal", "mu": 0, "sigma": 0},
        {"type": "randint", "upper": 1},
        {"type": "choice", "values": [None]},
        {"type": "choice", "values": [{}]},
        {"type": "UNIFORM", "min_value": 0, "max_value": 1e-300},
    ],
)
def test_what_is_just_possible_is_taken(expression):
    [parsed] = space(lr=expression).values()
    for u in (0.0, 0.5, LAST):
        value = parsed.quantile(u)
        assert not isinstance(value, float) or math.isfinite(value)


def test_wrong_bounds_are_told_beside_another_mistake():
    assert faults(lr={"type": "quniform", "min_value": 5, "max_value": 1, "q": 0}) == [
        ("search_space.lr.max_value", "must be > min_value (5), got 1"),
        ("search_space.lr.q", "must be > 0, got 0"),
    ]


def test_a_misspelt_field_is_named_with_the_nearest_one():
    assert faults(lr={"type": "uniform", "min_value": 0, "max_value": 1, "max_vale": 2}) == [
        ("search_space.lr.max_vale", "unknown field 'max_vale'; did you mean 'max_value'?")
    ]


@pytest.mark.parametrize(
    ("kind", "given", "meant"),
    [
        ("uniform", ("low", "high"), ("min_value", "max_value")),
        ("quniform", ("lower", "upper"), ("min_value", "max_value")),
        ("loguniform", ("min", "max"), ("low", "high")),
        ("normal", ("mean", "std"), ("mu", "sigma")),
        ("lognormal", ("loc", "scale"), ("mu", "sigma")),
        ("randint", ("high", "max"), ("upper", "upper")),
        ("choice", ("options", "choices"), ("values", "values")),
    ],
)
def test_what_other_tuners_call_a_field_leads_to_its_name(kind, given, meant):
    found = dict(faults(lr={"type": kind, given[0]: 1, given[1]: 2}))
    for name, right in zip(given, meant, strict=True):
        assert found[f"search_space.lr.{name}"] == f"unknown field '{name}'; did you mean '{right}'?"


@pytest.mark.parametrize("kind", [{"type": "loguniform"}, {"type": "qloguniform", "q": 1}])
def test_logarithms_in_the_place_of_values_are_told(kind):
    told = "must be > 0, got {}; logarithms are min_value and max_value"
    found = dict(faults(lr={**kind, "low": -4, "high": -1}))
    assert found["search_space.lr.low"] == told.format(-4)
    assert found["search_space.lr.high"] == told.format(-1)


def test_a_space_has_at_least_one_name():
    with pytest.raises(ValidationError, match="at least 1 item"):
        space()


# --- models


def test_expressions_keep_the_exact_types_of_their_values():
    choice = Choice(values=[1, True, 1.0, "1", None])
    assert [repr(value) for value in choice.values] == ["1", "True", "1.0", "'1'", "None"]
    assert len(choice.options) == 5


def test_a_space_survives_json_and_pickle_before_and_after_its_use():
    for _ in range(2):
        again = SPACE.validate_json(SPACE.dump_json(NESTED))
        assert again == NESTED
        assert repr(again) == repr(NESTED)
        assert json.loads(SPACE.dump_json(NESTED))["c"] == {"type": "choice", "values": [True, None]}
        assert repr(pickle.loads(pickle.dumps(NESTED))) == repr(NESTED)
        list(combinations(NESTED))


@pytest.mark.parametrize("member", MEMBERS)
def test_every_expression_is_described_for_the_form_and_frozen(member):
    assert member.__doc__
    assert all(field.description for field in member.model_fields.values())
    assert next(iter(member.model_fields)) == "type"
    assert member.model_config["frozen"]
    assert member.model_config["extra"] == "forbid"


def test_the_schema_is_a_plain_any_of_with_the_fewest_fields_first():
    members = SPACE.json_schema()["additionalProperties"]["anyOf"]
    assert [member["$ref"].rpartition("/")[2] for member in members] == [
        *("Choice", "RandInt", "Uniform", "Normal", "LogNormal"),
        *("QUniform", "QNormal", "QLogNormal", "LogUniform", "QLogUniform"),
    ]
