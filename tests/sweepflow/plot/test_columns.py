import numpy as np

from recorded import curve, recorded, spec_of, trial
from sweepflow.plot.columns import fact_columns, parameter_columns

UNIFORM = {"type": "uniform", "min_value": 0, "max_value": 1}


def columns(space, *parameters):
    trials = [trial(number, parameters=each) for number, each in enumerate(parameters)]
    sweep = recorded(trials, spec=spec_of(space))
    return {column.name: column for column in parameter_columns(sweep, sweep.rows)}


def test_a_number_lies_at_itself_and_nowhere_where_it_was_not_drawn():
    space = {"x": {"type": "choice", "values": [{"a": UNIFORM}, {"b": UNIFORM}]}}
    found = columns(space, {"x": 0, "a": 0.25}, {"x": 1, "b": 0.5})
    np.testing.assert_array_equal(found["a"].positions, [0.25, np.nan])
    assert found["a"].axis["type"] == "linear"
    assert "tickvals" not in found["a"].axis


def test_categories_lie_at_whole_numbers_with_their_labels():
    space = {"x": {"type": "choice", "values": ["<b>", None, 2, "never"]}}
    found = columns(space, {"x": 2}, {"x": "<b>"}, {"x": None})["x"]
    assert found.categories == ("<b>", "null", "2")
    assert found.positions.tolist() == [2, 0, 1]
    assert found.axis["ticktext"] == ["&lt;b&gt;", "null", "2"]
    assert found.axis_in_space["ticktext"] == ["<\u200bb>", "null", "2"]


def test_categories_are_spread_but_never_as_far_as_the_next():
    space = {"x": {"type": "choice", "values": ["a", "b"]}}
    found = columns(space, *({"x": "ab"[number % 2]} for number in range(100)))["x"]
    assert len(set(found.spread.tolist())) == 100
    assert np.abs(found.spread - found.positions).max() < 0.2


def test_a_wide_log_axis_is_labelled_by_powers_of_ten():
    space = {"x": {"type": "loguniform", "min_value": -5, "max_value": 5}}
    assert columns(space, {"x": 0.5}, {"x": 15.0})["x"].axis["dtick"] == 1
    narrow = columns(space, {"x": 0.5}, {"x": 14.9})["x"].axis
    assert narrow["type"] == "log"
    assert "dtick" not in narrow


def test_facts_are_the_metrics_the_time_and_the_number():
    trials = [trial(0), trial(1, seconds=None)]
    sweep = recorded(trials, [*curve(0, 0.5), *curve(1, 0.75), *curve(1, 2.0, name="loss")])
    found = {column.name: column.positions for column in fact_columns(sweep, sweep.rows)}
    assert list(found) == ["auc", "loss", "training seconds", "trial number"]
    np.testing.assert_array_equal(found["auc"], [0.75, 0.5])
    np.testing.assert_array_equal(found["loss"], [2, np.nan])
    np.testing.assert_array_equal(found["training seconds"], [np.nan, 2])
    np.testing.assert_array_equal(found["trial number"], [1, 0])
