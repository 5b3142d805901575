from datetime import timedelta

import numpy as np
import plotly.graph_objects as go
import pytest

from recorded import NOON, SPACE, curve, hostile_sweep, large_sweep, recorded, spec_of, trial
from sweepflow import plot
from sweepflow.errors import SweepflowError

NAMES = [chart.name for chart in plot.CHARTS]


def by_name(figure):
    return {trace.name: trace for trace in figure.data}


def points(trace):
    return [(x, y) for x, y in zip(trace.x, trace.y, strict=True) if not np.isnan(x)]


def three_trials(**fields):
    """A completed trial, one that was stopped after two intervals, and a failed one."""
    trials = [
        trial(0, parameters={"lr": 0.5, "depth": 1}),
        trial(1, "terminated", parameters={"lr": 0.25, "depth": 2}),
        trial(2, "failed", parameters={"lr": 0.125, "depth": 3}, error="why"),
    ]
    reports = [*curve(0, 0.5, 0.75, 0.625), *curve(1, 0.25, 0.375), *curve(2, 0.9)]
    return recorded(trials, reports, **fields)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sweep", [large_sweep(40, 5), hostile_sweep()], ids=["large", "hostile"])
def test_every_figure_has_something_to_show(name, sweep):
    figure = getattr(plot, name)(sweep)
    assert isinstance(figure, go.Figure)
    assert figure.data
    assert figure.to_json()


@pytest.mark.parametrize("name", NAMES)
def test_without_trials_every_figure_says_that_there_is_nothing(name):
    figure = getattr(plot, name)(recorded([]))
    assert not figure.data
    assert figure.layout.annotations[0].text


@pytest.mark.parametrize("chart", plot.CHARTS, ids=NAMES)
def test_every_chart_of_the_page_can_be_drawn_in_a_notebook_under_its_name(chart):
    assert getattr(plot, chart.name) is chart.draw


# --- learning curves


def test_curves_are_the_reports_by_interval_and_stopped_trials_are_marked_at_their_last():
    traces = by_name(plot.learning_curves(three_trials()))
    assert points(traces["completed"]) == [(1, 0.5), (2, 0.75), (3, 0.625)]
    assert points(traces["terminated"]) == [(1, 0.25), (2, 0.375)]
    assert points(traces["failed"]) == [(1, 0.9)]
    assert points(traces["stopped here"]) == [(2, 0.375)]
    assert points(traces["best: trial 0"]) == points(traces["completed"])


def test_curves_of_one_state_are_parted_by_gaps():
    sweep = recorded([trial(0), trial(1)], [*curve(0, 0.5, 0.75), *curve(1, 0.25)])
    found = by_name(plot.learning_curves(sweep))["completed"]
    assert np.isnan(found.y).tolist() == [False, False, True, False, True]
    assert found.customdata.tolist() == [0, 0, 0, 1, 1]


def test_a_diverged_trial_does_not_squeeze_the_others():
    values = [0.5 + number / 100 for number in range(20)]
    trials = [trial(number) for number in range(21)]
    reports = [report for number, value in enumerate(values) for report in curve(number, value)]
    calm = plot.history(recorded(trials, [*reports, *curve(20, 0.4)]))
    wild = plot.history(recorded(trials, [*reports, *curve(20, -1000.0)]))
    assert calm.layout.yaxis.range is None
    low, high = wild.layout.yaxis.range
    assert 0 < low < high < 1


# --- history


def test_the_best_so_far_follows_the_ranked_trials_alone():
    states = ["completed", "failed", "terminated", "completed"]
    trials = [trial(number, state) for number, state in enumerate(states)]
    reports = [report for number in range(4) for report in curve(number, [0.5, 0.9, 0.75, 0.6][number])]
    best = by_name(plot.history(recorded(trials, reports)))["best so far"]
    assert list(best.x) == [0, 2, 3]
    assert list(best.y) == [0.5, 0.75, 0.75]


def test_the_best_so_far_goes_down_when_the_goal_is_to_minimize():
    spec = spec_of(objective={"primary_metric": "auc", "goal": "minimize"})
    reports = [*curve(0, 0.5), *curve(1, 0.25), *curve(2, 0.75)]
    figure = plot.history(recorded([trial(n) for n in range(3)], reports, spec))
    assert list(by_name(figure)["best so far"].y) == [0.5, 0.25, 0.25]


# --- parallel coordinates


def test_the_last_axis_is_the_metric_and_failed_trials_have_no_line():
    dimensions = plot.parallel_coordinates(three_trials()).data[0].dimensions
    assert [each.label for each in dimensions] == ["lr", "depth", "auc"]
    assert list(dimensions[-1]["values"]) == [0.375, 0.75]


def test_a_log_axis_lies_at_logarithms_with_labels_of_the_values():
    lr = plot.parallel_coordinates(three_trials()).data[0].dimensions[0]
    np.testing.assert_allclose(lr["values"], np.log10([0.25, 0.5]))
    assert dict(zip(lr.ticktext, lr.tickvals, strict=True))["0.5"] == pytest.approx(np.log10(0.5))


def test_what_was_not_drawn_lies_below_the_axis():
    trials = [
        trial(0, parameters={"model": 0, "C": 1.0}),
        trial(1, parameters={"model": 0, "C": 10.0}),
        trial(2, parameters={"model": 1, "trees": 10}),
    ]
    reports = [report for number in range(3) for report in curve(number, 0.5 + number / 10)]
    dimensions = plot.parallel_coordinates(recorded(trials, reports)).data[0].dimensions
    penalty = next(each for each in dimensions if each.label == "C")
    absent, *_ = penalty.tickvals
    assert penalty.ticktext[0] == "absent"
    assert list(penalty["values"]) == [0.0, 1.0, absent]  # the best last
    assert absent == penalty.range[0] < 0


# --- scatter


def test_a_scatter_shows_what_is_asked_for_with_the_best_trial_in_a_ring():
    figure = plot.scatter(three_trials(), "lr", "auc")
    all_trials, best = figure.data
    assert list(zip(all_trials.x, all_trials.y, strict=True)) == [(0.25, 0.375), (0.5, 0.75)]
    assert (list(best.x), list(best.y)) == ([0.5], [0.75])
    assert list(all_trials.marker.symbol) == ["x", "circle"]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("lr", "auc")


def test_without_names_a_scatter_takes_the_first_parameters_that_differ():
    trials = [trial(n, parameters={"lr": 0.5, "depth": 1 + n, "kind": "tree"}) for n in range(2)]
    figure = plot.scatter(recorded(trials, [*curve(0, 0.5), *curve(1, 0.75)]))
    assert figure.layout.xaxis.title.text == "depth"


def test_an_unknown_name_is_an_error_that_suggests_the_nearest():
    for draw in (plot.scatter, plot.scatter_3d):
        with pytest.raises(SweepflowError, match=r"no trial has 'dept'; did you mean 'depth'\?"):
            draw(three_trials(), "lr", "dept")
    with pytest.raises(SweepflowError, match="no trial has a parameter 'auc'; known: lr, depth"):
        plot.slices(three_trials(), ["auc"])


@pytest.mark.parametrize(("goal", "is_reversed"), [("maximize", False), ("minimize", True)])
def test_what_is_good_has_the_same_colour_for_both_goals(goal, is_reversed):
    spec = spec_of(objective={"primary_metric": "auc", "goal": goal})
    figure = plot.scatter(three_trials(spec=spec))
    assert figure.data[0].marker.reversescale is is_reversed


# --- the others


def test_a_slice_for_each_parameter_that_differs():
    figure = plot.slices(three_trials())
    assert [figure.layout[f"xaxis{n}"].title.text for n in ("", "2")] == ["lr", "depth"]
    assert list(plot.slices(three_trials(), ["lr"]).data[0].x) == [0.25, 0.5]


def test_importances_are_bars_that_add_up_to_one():
    assert sum(plot.importance(large_sweep(40, 5)).data[0].x) == pytest.approx(1)


def test_trials_lie_on_the_first_slot_that_was_free():
    spans = [(0, 4), (0, 2), (2, 3), (3, 5), (4, 6)]
    at = [[NOON + timedelta(seconds=second) for second in span] for span in spans]
    trials = [trial(n, started=started, ended=ended) for n, (started, ended) in enumerate(at)]
    [bars] = plot.timeline(recorded(trials)).data
    assert list(zip(bars.y, bars.base, bars.x, strict=True)) == [
        (1, 0, 4), (2, 0, 2), (2, 2, 1), (2, 3, 2), (1, 4, 2),
    ]  # fmt: skip


def test_a_trial_that_runs_lasts_until_the_last_sign_of_life():
    trials = [trial(0), trial(1, "running", started=NOON, ended=None)]
    bars = by_name(plot.timeline(recorded(trials, ended=None)))["running"]
    assert list(bars.x) == [2]


def test_savings_count_the_trials_that_were_stopped_after_each_interval():
    [bars] = plot.savings(three_trials()).data
    assert list(zip(bars.x, bars.y, strict=True)) == [(1, 0), (2, 1), (3, 0)]


def test_nested_parameters_are_on_every_figure_that_shows_parameters():
    sweep = large_sweep(40, 5)
    assert sweep.spec == spec_of(
        SPACE, early_termination={"type": "median_stopping"}, display_name="A large sweep"
    )
    labels = [each.label for each in plot.parallel_coordinates(sweep).data[0].dimensions]
    assert labels == ["lr", "depth", "kind", "model", "C", "trees", "name", "auc"]


def test_with_folds_the_best_so_far_is_the_one_that_lacks_fewest_of_them() -> None:
    trials = [trial(0, "terminated"), trial(1), trial(2, "terminated"), trial(3)]
    reports = [*curve(0, 0.9), *curve(1, 0.9, 0.7), *curve(2, 0.95), *curve(3, 0.7, 0.8)]
    sweep = recorded(trials, reports, spec_of(data={"path": "t.csv", "target": "y"}, validation={"folds": 2}))
    assert list(by_name(plot.history(sweep))["best so far"].y) == [0.9, 0.7, 0.7, 0.8]
    assert [row.number for row in sweep.rows] == [3, 1, 2, 0]
