"""`sweepflow list` and `sweepflow show`, over a record of four sweeps."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import ROOT, call, run
from ledgers import ledger_of
from sweepflow.archive.folder import SweepFolder
from sweepflow.errors import SpecError
from sweepflow.fields.yaml import parse_yaml
from sweepflow.flows.cli.actions.list import list_sweeps
from sweepflow.flows.cli.actions.show import read_shown, shown_fields
from sweepflow.flows.cli.app import app
from sweepflow.trials.state import SweepState, TrialEnd, TrialState
from sweeps import function_spec

IDS = {"done": "aaaaaaaa-1", "failed": "aaaaaaaa-2", "dead": "bbbbbbbb-3", "alive": "cccccccc-4"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a sweep that has completed, one that failed, one that was killed, and one to run."""
    home = tmp_path_factory.mktemp("record") / "home"
    with ledger_of(home) as ledger:
        for name, sweep_id in IDS.items():
            spec = function_spec("plain", [1, 2]) | {
                "display_name": f"the {name} one",
                "tags": {"kind": name[:1]},
            }
            ledger.start_sweep(sweep_id, spec)
            SweepFolder(home, sweep_id).create()
            ledger.queue_trial(sweep_id, 0, {"x": 1})
            ledger.queue_trial(sweep_id, 1, {"x": 2})
            ledger.add_metrics(sweep_id, 0, {"score": 0.75}, 1)
            ledger.end_trial(sweep_id, 0, TrialEnd(TrialState.COMPLETED, None, 1.0))
        ledger.end_trial(IDS["done"], 1, TrialEnd(TrialState.FAILED, "ValueError: no good", 1.0))
        tested = {"score": {"value": 0.625, "low": 0.5, "high": 0.75}}
        ledger.select(IDS["done"], {"test_metrics": tested})
        ledger.end_sweep(IDS["done"], SweepState.COMPLETED)
        ledger.end_sweep(IDS["failed"], SweepState.FAILED, "no \x1b[31mluck")
    return home


@pytest.fixture(autouse=True)
def _at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWEEPFLOW_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command in this process, and gives what it printed."""

    def run(*arguments: str) -> str:
        assert app(arguments, exit_on_error=False, result_action="return_value") == 0
        return capsys.readouterr().out

    return run


def names(states: list[SweepState] | None = None, tags: list[str] | None = None, most: int = 20) -> list[str]:
    return [str(each.summary.name) for each in list_sweeps(states or [], tags or [], most)]


def test_the_command_answers_with_one_object(home: Path) -> None:
    own = {"PYTHONPATH": str(ROOT), "PREFECT_API_URL": "http://127.0.0.1:9/api"}
    done = run({**os.environ, **own}, "list", "--tag", "kind=x", "--json")
    assert (done.returncode, list(json.loads(done.stdout))) == (0, ["sweeps"]), done.stderr
    done = call("show", "x", "--json")
    assert (done.returncode, list(json.loads(done.stdout))) == (2, ["state", "errors"]), done.stderr


def test_a_line_for_each_sweep_the_latest_first_by_as_much_of_the_id_as_is_needed(
    home: Path, printed: Callable[..., str]
) -> None:
    with SweepFolder(home, IDS["alive"]).locked():
        out = printed("list")
    heading, *lines = [line.split() for line in out.splitlines()]
    assert heading == ["id", "name", "state", "metric", "best", "test", "trials", "started"]
    assert [line[0] for line in lines[:4]] == ["cccccccc-4", "bbbbbbbb-3", "aaaaaaaa-2", "aaaaaaaa-1"]
    assert [line[4] for line in lines[:4]] == ["running", "stalled", "failed", "completed"]
    assert lines[3][1:9] == ["the", "done", "one", "completed", "score", "0.75", "0.625", "2"]
    assert lines[2][6:8] == ["0.75", "-"]
    assert "stalled: no process runs it any more; sweepflow resume ID goes on" in out


@pytest.mark.parametrize("width", [40, 60])
def test_a_narrow_terminal_lists_whole_words_in_fewer_columns(
    width: int, printed: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = printed("list").splitlines()
    assert all(len(line) <= width for line in lines if not line.startswith("stalled:"))
    assert {"id", "name", "state", "best"} <= set(lines[0].split())
    for whole in ("aaaaaaaa-1", "completed", "0.75"):
        assert whole in "\n".join(lines)


def test_only_a_running_sweep_is_alive_or_not(home: Path) -> None:
    with SweepFolder(home, IDS["alive"]).locked():
        found = {each.summary.sweep_id: each.is_alive for each in list_sweeps([], [], 20)}
    assert found == {IDS["done"]: None, IDS["failed"]: None, IDS["dead"]: False, IDS["alive"]: True}


def test_sweeps_are_chosen_by_state_and_tag_and_limited() -> None:
    assert names([SweepState.COMPLETED]) == ["the done one"]
    assert names([SweepState.COMPLETED, SweepState.FAILED]) == ["the failed one", "the done one"]
    assert names(tags=["kind=d"]) == ["the dead one", "the done one"]
    assert names(tags=["kind=d"], most=1) == ["the dead one"]
    assert names(tags=["kind=x"]) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "--tag", "kind"], "--tag: must be KEY=VALUE, got 'kind'"),
        (["list", "--limit", "0"], "--limit: must be >= 1, got 0"),
        (["show", "x"], "there is no sweep 'x' in"),
        (["show", "aaaa"], "'aaaa' begins the IDs of 2 sweeps (aaaaaaaa-2, aaaaaaaa-1): type more of the ID"),
        (["report", "x"], "there is no sweep 'x' in"),
        (["resume", "aaaa"], "'aaaa' begins the IDs of 2 sweeps"),
        (["promote", "aaaa", "--name", "m"], "'aaaa' begins the IDs of 2 sweeps"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(SpecError, match=re.escape(message)):
        app(arguments, exit_on_error=False, result_action="return_value")


def test_an_empty_ledger_says_how_to_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: Callable[..., str]
) -> None:
    monkeypatch.setenv("SWEEPFLOW_HOME", str(tmp_path))
    assert printed("list") == "There is no such sweep: sweepflow run SPEC.yml makes one.\n"


def test_show_tells_of_a_sweep_that_has_ended(printed: Callable[..., str]) -> None:
    out = printed("show", "aaaaaaaa-1")
    assert out.startswith("the done one: completed\nsweep aaaaaaaa-1, flow_trainers:plain, started 20")
    assert "Best 2 of 2 trials" in out
    assert "2 trials (1 completed, 1 failed)" in out
    assert "1 trial failed: 1 x ValueError: no good" in out.splitlines()
    assert "to go on" not in out


def test_show_tells_of_a_sweep_that_runs_and_of_one_that_was_killed(
    home: Path, printed: Callable[..., str]
) -> None:
    with SweepFolder(home, IDS["alive"]).locked():
        out = printed("show", "latest")
    assert "the alive one: running" in out
    assert "Best 2 of 2 trials" in out
    assert "trials that have not ended: 1" in out
    assert "to go on" not in out
    out = printed("show", "b")
    assert "the dead one: stalled" in out
    assert "to go on: sweepflow resume bbbbbbbb-3" in out


def test_an_error_is_shown_and_obeyed_by_no_terminal(printed: Callable[..., str]) -> None:
    assert "failed: no \\x1b[31mluck" in printed("show", "aaaaaaaa-2")


def test_show_as_json_is_the_result_of_the_run_and_what_was_asked() -> None:
    found = shown_fields(read_shown("aaaaaaaa-1"), with_spec=False)
    assert (found["sweep_id"], found["state"], found["trials"]["failed"]) == ("aaaaaaaa-1", "completed", 1)
    assert found["best"] == {"number": 0, "parameters": {"x": 1}, "value": 0.75, "metrics": {"score": 0.75}}
    assert (found["name"], found["tags"], found["is_alive"]) == ("the done one", {"kind": "d"}, None)
    assert "spec" not in found
    assert shown_fields(read_shown("aaaaaaaa-1"), with_spec=True)["spec"]["limits"]


def test_the_spec_that_is_shown_can_be_run(printed: Callable[..., str]) -> None:
    shown = parse_yaml(printed("show", "b", "--spec"))
    assert shown["trial"] == {"function": "flow_trainers:plain"}
    assert shown["search_space"] == {"x": {"type": "choice", "values": [1, 2]}}


def test_a_report_is_written_by_the_beginning_of_the_id(home: Path, printed: Callable[..., str]) -> None:
    assert printed("report", "b") == f"report      {home / 'sweeps/bbbbbbbb-3/report.html'}\n"
