"""What a person sees of values in a terminal."""

from io import StringIO
from typing import Any

from rich.console import Console

from recorded import curve, recorded, spec_of, trial
from sweepflow.flows.cli.screen.display import show_leaderboard, show_preview
from sweepflow.running.preview import preview


def printed(show: Any, *arguments: Any) -> str:
    console = Console(file=StringIO(), width=160, highlight=False)
    show(console, *arguments)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_a_null_that_was_drawn_differs_from_what_was_not_drawn_and_from_no_value() -> None:
    trials = [trial(0, parameters={"depth": None}), trial(1, "failed", parameters={"other": 1})]
    sweep = recorded(trials, curve(0, 0.5))
    lines = printed(show_leaderboard, sweep.rows, sweep.result, "auc").splitlines()
    (drawn,) = (line for line in lines if "completed" in line)
    (other,) = (line for line in lines if "failed" in line)
    assert "depth=null" in drawn
    assert "depth" not in other
    assert "- " in other  # no value
    assert "null" in sweep._repr_html_()


def test_a_dry_run_shows_a_null_as_in_the_spec() -> None:
    spec = spec_of({"depth": {"type": "choice", "values": [None, 3]}})
    shown = printed(show_preview, preview(spec))
    assert "null, 3" in shown
    assert "depth=null" in shown
