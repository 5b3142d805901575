"""What a person sees of values in a terminal."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from recorded import curve, metric_row, recorded, spec_of, trial
from sweepflow.flows.cli.screen.display import show_leaderboard, show_outcome, show_preview
from sweepflow.report.failures import failures
from sweepflow.report.summary_markdown import summary_markdown
from sweepflow.report.words import summary
from sweepflow.result import SelectedModel, Verdict
from sweepflow.running.preview import preview


def printed(show: Any, *arguments: Any, width: int = 160) -> str:
    console = Console(file=StringIO(), width=width, highlight=False)
    show(console, *arguments)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


@pytest.mark.parametrize(("width", "null"), [(160, "null"), (60, "depth=null")])
def test_a_null_that_was_drawn_differs_from_what_was_not_drawn_and_from_no_value(
    width: int, null: str
) -> None:
    long = {f"a_parameter_with_a_long_name_{n}": 0.1234 for n in range(3)}
    trials = [trial(0, parameters={"depth": None}), trial(1, "failed", parameters={"other": 1})]
    if width < 100:
        trials.append(trial(2, parameters=long))
    sweep = recorded(trials, [*curve(0, 0.5), *curve(2, 0.25)] if width < 100 else curve(0, 0.5))
    shown = printed(show_leaderboard, sweep.rows, sweep.result, "auc", width=width)
    (drawn,) = (line for line in shown.splitlines() if "│     0 │" in line)
    (other,) = (line for line in shown.splitlines() if "│     1 │" in line)
    assert null in drawn
    assert "null" not in other
    assert "depth" not in other
    assert "- " in other  # no value
    assert "null" in sweep._repr_html_()


def test_each_parameter_has_a_column_where_that_fits() -> None:
    trials = [trial(number, parameters={"rate": 0.125, "depth": number}) for number in range(2)]
    sweep = recorded(trials, [*curve(0, 0.75), *curve(1, 0.5)])
    lines = printed(show_leaderboard, sweep.rows, sweep.result, "auc").splitlines()
    (heading,) = (line for line in lines if "trial" in line and "rate" in line)
    (first,) = (line for line in lines if "0.75" in line)
    place = heading.index("rate")
    assert first[place - 2 : place + 5].strip() == "0.125"
    assert "=" not in first


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_narrow_terminal_shows_whole_values_and_whole_words(width: int) -> None:
    parameters = {"learning_rate": 0.0123, "max_leaf_nodes": 31, "solver": "liblinear", "penalty": "l2"}
    sweep = recorded([trial(0, parameters=parameters)], curve(0, 0.98765))
    shown = printed(show_leaderboard, sweep.rows, sweep.result, "auc", width=width)
    assert all(len(line) <= width for line in shown.splitlines())
    for whole in ("0.98765", "learning_rate=0.0123", "max_leaf_nodes=31", "solver=liblinear", "penalty=l2"):
        assert whole in shown


def test_what_the_best_trials_model_costs_is_told() -> None:
    costs = [metric_row(1, 0.25, name="cost.predict_ms"), metric_row(0, 3.0, name="cost.predict_ms")]
    sweep = recorded([trial(0), trial(1)], [*curve(0, 0.5), *curve(1, 0.75), *costs])
    assert "trial 1: predicts a row in 0.25 ms\n" in printed(show_outcome, sweep.result)
    assert sweep.result.as_json()["best"]["metrics"]["predict_ms"] == 0.25
    assert "predicts" not in printed(show_outcome, recorded([trial(0)], curve(0, 0.5)).result)


def test_trials_that_are_not_ranked_are_told_with_the_reason() -> None:
    spec = spec_of(require=["auc < 0.9"])
    sweep = recorded([trial(0), trial(1)], [*curve(0, 0.95), *curve(1, 0.75)], spec)
    shown = printed(show_leaderboard, sweep.rows, sweep.result, "auc")
    (line,) = (line for line in shown.splitlines() if "│     0 │" in line)
    assert "│ not ranked │" in line
    told = (
        "1 trial is not ranked, for what the spec requires; trial 0: it does not meet auc < 0.9: auc is 0.95"
    )
    assert told in shown
    (failure,) = failures(sweep)
    assert failure == ("not ranked: it does not meet auc < 0.9", 1, "0")
    assert "not ranked" not in printed(show_leaderboard, recorded([trial(0)]).rows, sweep.result, "auc")


def test_a_baseline_without_a_value_is_told_once() -> None:
    verdict = Verdict(text="no verdict on the defaults: it failed", kept="tuned", tuned=1, baseline=0)
    spec = spec_of({"x": {"type": "choice", "values": [0, 1]}}, baseline={"x": 1})
    trials = [trial(0, "failed", parameters={"x": 1}), trial(1, parameters={"x": 0})]
    sweep = recorded(trials, curve(1, 0.75), spec, selected=SelectedModel(verdict=verdict))
    shown = printed(show_outcome, sweep.result)
    assert verdict.text in shown
    assert "no comparison" not in shown
    assert "no comparison" in printed(show_outcome, recorded(trials, curve(1, 0.75), spec).result)


def test_why_the_model_is_not_that_of_the_first_trial_is_told_everywhere() -> None:
    why = "handed over is trial 0, not trial 1, the leaderboard's first: its lead is small"
    chosen = SelectedModel(number=0, why_not_first=why)
    sweep = recorded([trial(0), trial(1)], [*curve(0, 0.7), *curve(1, 0.75)], selected=chosen)
    assert why in printed(show_outcome, sweep.result)
    assert sweep.result.as_json()["why_not_first"] == why
    assert f"H{why[1:]}." in summary(sweep).test_note
    assert f"H{why[1:]}." in summary_markdown(sweep).replace("&#39;", "'")
    assert "why_not_first" not in recorded([trial(0)], curve(0, 0.7)).result.as_json()


def test_a_dry_run_shows_a_null_as_in_the_spec() -> None:
    spec = spec_of({"depth": {"type": "choice", "values": [None, 3]}})
    shown = printed(show_preview, preview(spec))
    assert "null, 3" in shown
    assert "depth=null" in shown
