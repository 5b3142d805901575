from dataclasses import replace
from itertools import pairwise

import pytest

from recorded import large_sweep, spec_of
from sweepflow import plot
from sweepflow.report import write_report_page
from sweepflow.report.thinning import thinned, thinning_note


@pytest.fixture(scope="module")
def sweep():
    return large_sweep(10_000, 3)


def test_up_to_two_thousand_trials_are_all_drawn_and_nothing_is_said_of_it():
    sweep = large_sweep(2_000, 1)
    assert thinned(sweep) is sweep
    assert thinning_note(sweep, thinned(sweep)) == ""


def test_of_more_the_best_are_drawn_and_others_down_to_the_last(sweep):
    drawn = thinned(sweep)
    assert 2_000 <= len(drawn.rows) < 2_030
    assert drawn.rows[:1000] == sweep.rows[:1000]
    ranks = {row.number: rank for rank, row in enumerate(sweep.rows)}
    places = [ranks[row.number] for row in drawn.rows]
    assert places == sorted(places)
    assert max(after - before for before, after in pairwise(places)) == 9
    assert {report.number for report in drawn.reports} <= {row.number for row in drawn.rows}


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_the_best_so_far_is_that_of_all_trials(sweep, goal):
    rows = sweep.rows if goal == "maximize" else sweep.rows[::-1]
    spec = spec_of(objective={"primary_metric": "auc", "goal": goal})
    whole = replace(sweep, spec=spec, rows=rows)
    assert steps(plot.history(thinned(whole))) == steps(plot.history(whole))


def steps(figure):
    """Where the line of the best so far goes to another value."""
    (line,) = [trace for trace in figure.data if trace.name == "best so far"]
    found = []
    for x, y in zip(line.x, line.y, strict=True):
        if not found or y != found[-1][1]:
            found.append((x, y))
    return found


def test_the_page_of_ten_thousand_trials_says_what_is_drawn_and_lists_them_all(sweep, tmp_path):
    page = write_report_page(sweep, tmp_path / "report.html").read_text(encoding="utf-8")
    assert len(page) < 15_000_000
    n_drawn = len(thinned(sweep).rows)
    note = (
        f"Of 10,000 trials {n_drawn:,} are drawn: the best 1,000, and as many of the others, evenly by rank."
    )
    assert page.count(note) == sum(chart.draws_each for chart in plot.CHARTS)
    assert page.count('"completed"') > 6_000  # in the table
