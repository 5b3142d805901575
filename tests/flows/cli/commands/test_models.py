import json
import os
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from commands import ROOT, call, run
from ledgers import ledger_of
from prefect_server import talking_to
from serving import until
from sweepflow.errors import SpecError
from sweepflow.flows.cli.actions.models import (
    all_models,
    one_model,
    promote_sweep,
    roll_back,
    show_change,
    show_model,
    show_models,
)
from sweepflow.models.registry import Registry
from sweepflow.result import SelectedModel
from sweepflow.trials.state import SweepState, TrialEnd, TrialState
from sweeps import function_spec


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with four sweeps: two with a model, one whose best trial returned none, one that failed."""
    home = tmp_path / "home"
    with ledger_of(home) as ledger:
        for sweep_id, value in {"first": 1.0, "second": 2.0, "no-model": 3.0, "failed": 4.0}.items():
            ledger.start_sweep(sweep_id, function_spec("plain", [value]), "f1")
            ledger.queue_trial(sweep_id, 0, {"x": value})
            ledger.add_metrics(sweep_id, 0, {"score": value}, 1)
            ledger.end_trial(sweep_id, 0, TrialEnd(TrialState.COMPLETED, None, 1.0))
            tested = {"score": {"value": value / 4, "low": 0.0, "high": 1.0}}
            ledger.select(sweep_id, {"test_metrics": tested})
            ledger.end_sweep(sweep_id, SweepState.FAILED if sweep_id == "failed" else SweepState.COMPLETED)
            folder = home / "sweeps" / sweep_id
            folder.mkdir(parents=True)
            if sweep_id != "no-model":
                (folder / "model.skops").write_text(f"the model of {sweep_id}")
                (folder / "model-card.md").write_text("# Card\n")
    return home


@pytest.fixture(autouse=True)
def _at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWEEPFLOW_HOME", str(home))


def shown(show: Callable[[Console, dict[str, Any]], None], found: dict[str, Any]) -> str:
    console = Console(width=160, file=StringIO())
    show(console, found)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_promote_registers_the_model_and_rollback_goes_back(home: Path) -> None:
    own = {
        "PYTHONPATH": str(ROOT),
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": "http://127.0.0.1:9/api",
    }
    done = run({**os.environ, **own}, "promote", "first", "--name", "iris", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert re.fullmatch("no automation was told of it: .* cannot be reached: .*", told.pop("notice"))
    assert told == {
        "name": "iris", "version": 1, "previous": None, "sweep_id": "first",
        "reason": "promoted by hand, without a gate",
        "model_path": str(home / "models/iris/1/model.skops"),
    }  # fmt: skip
    assert (home / "models/iris/1/model.skops").read_text() == "the model of first"
    assert "is version 2 now; it was version 1." in shown(show_change, promote_sweep("second", "iris"))
    with talking_to("http://127.0.0.1:9/api"):
        done = call("rollback", "iris")
    assert done.returncode == 0, done.stderr
    assert "The champion of iris is version 1 now; it was version 2." in done.stdout
    again = call("rollback", "iris", "--json")
    assert again.returncode == 2
    (error,) = json.loads(again.stdout)["errors"]
    assert error == {"path": "", "message": "'iris' has had no champion before version 1"}
    assert "Traceback" not in again.stderr


def test_a_model_that_answers_in_other_labels_is_not_promoted_by_hand(home: Path) -> None:
    with ledger_of(home) as ledger:
        told = (
            "the model answers 0, 1, but the target 'diagnosis' holds 'benign', 'malignant': return another"
        )
        ledger.select("first", SelectedModel(model_path="model.skops", refused=told).model_dump())
    done = call("promote", "first", "--name", "iris", "--json")
    assert done.returncode == 2
    (error,) = json.loads(done.stdout)["errors"]
    assert error == {"path": "", "message": f"the model of sweep 'first' is not to be promoted: {told}"}
    assert not (home / "models").exists()


def test_a_change_by_hand_is_an_event_that_automations_see(home: Path, server: str) -> None:
    with talking_to(server):
        promote_sweep("first", "by-hand")
        promote_sweep("second", "by-hand")
        assert "notice" not in roll_back("by-hand")
    wanted = {"resource": {"id": ["sweepflow.model.by-hand"]}}

    def events() -> list[dict[str, Any]]:
        found = httpx.post(f"{server}/events/filter", json={"filter": wanted}).raise_for_status().json()
        return sorted(found["events"], key=lambda event: event["occurred"]) if found["total"] == 3 else []

    found = until(events)
    assert {event["event"] for event in found} == {"sweepflow.model.promoted"}
    payloads = [event["payload"] for event in found]
    assert [(payload["version"], payload["sweep_id"]) for payload in payloads] == [
        (1, "first"), (2, "second"), (1, "first")
    ]  # fmt: skip
    assert [payload["difference"] for payload in payloads] == [None] * 3
    assert payloads[0]["reason"] == "promoted by hand, without a gate"


def test_a_change_stands_when_the_server_refuses_to_hear_of_it(home: Path) -> None:
    class Deaf(BaseHTTPRequestHandler):
        """Is in good health, and refuses all else."""

        def do_GET(self) -> None:
            self.send_response(200 if self.path.endswith("/health") else 422)
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Deaf) as deaf:
        threading.Thread(target=deaf.serve_forever).start()
        try:
            with talking_to(f"http://127.0.0.1:{deaf.server_port}/api"):
                found = promote_sweep("first", "iris")
        finally:
            deaf.shutdown()
    assert found["version"] == 1
    assert found["notice"].startswith("no automation was told of it: Client error '422")


def test_models_lists_what_is_registered(home: Path) -> None:
    assert all_models() == {"models": []}
    assert "No model is registered" in shown(show_models, all_models())
    promote_sweep("first", "iris")
    promote_sweep("second", "iris")
    expected = {"name": "iris", "champion": 2, "versions": 2, "sweep_id": "second", "test": "score 0.5"}
    assert json.loads(call("models", "--json").stdout) == {"models": [expected]}
    table = shown(show_models, all_models())
    assert "iris" in table
    assert "score 0.5" in table


def test_models_of_a_name_shows_its_versions_and_history(home: Path) -> None:
    promote_sweep("first", "iris")
    promote_sweep("second", "iris")
    found = json.loads(call("models", "iris", "--json").stdout)
    assert found == one_model("iris")
    assert (found["name"], found["champion"]) == ("iris", 2)
    first, second = found["versions"]
    assert first["sweep_id"] == "first"
    assert second["facts"]["best"]["value"] == 2.0
    assert second["facts"]["data_fingerprint"] == "f1"
    assert second["model_path"] == str(home / "models/iris/2/model.skops")
    assert [change["version"] for change in found["history"]] == [1, 2]
    text = shown(show_model, found)
    assert "2 (champion)" in text
    assert "score 2" in text
    assert "score 0.25" in text  # the first's on the test rows
    assert "promote 1: promoted by hand, without a gate" in text


BEST = {"number": 0, "parameters": {"x": 1.0}, "value": 0.5, "metrics": {}}
GATE = {"promote": True, "reason": "accuracy is better", "difference": 0.1, "low": 0.0, "high": 0.2}


@pytest.mark.parametrize(
    ("facts", "validation"),
    [
        ({"best": BEST, "objective": {"primary_metric": "auc", "goal": "maximize"}}, "auc 0.5"),
        # As the flow `promote` of 0.1.0 registered it, and as somebody's own code may.
        ({"best": BEST, "gate": GATE}, "0.5"),
        ({"best": None, "gate": GATE}, ""),
        ({}, ""),
        ({"best": 0.5, "objective": "auc"}, ""),
    ],
)
def test_models_of_a_name_shows_whatever_facts_a_version_was_registered_with(
    home: Path, facts: dict[str, Any], validation: str
) -> None:
    folder, registry = home / "sweeps/first", Registry(home)
    registry.register("iris", "first", folder / "model.skops", folder / "model-card.md", facts)
    registry.promote("iris", 1, "why not")
    found = one_model("iris")
    assert found["versions"][0]["facts"] == facts
    (line,) = [line for line in shown(show_model, found).splitlines() if "(champion)" in line]
    assert line.split("│")[4].strip() == validation
    promote_sweep("second", "iris")
    assert roll_back("iris")["version"] == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: promote_sweep("nowhere", "iris"), "there is no sweep 'nowhere' in"),
        (lambda: promote_sweep("no-model", "iris"), "has no model: its best trial returned none"),
        (lambda: promote_sweep("failed", "iris"), "sweep 'failed' is failed: only a completed one"),
        (lambda: promote_sweep("first", "../iris"), "a model's name must consist of letters"),
        (lambda: roll_back("wine"), "there is no model 'wine': there is none"),
        (lambda: one_model("wine"), "there is no model 'wine'"),
        (lambda: one_model("a/b"), "a model's name must consist of letters"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(
    home: Path, call: Callable[[], object], message: str
) -> None:
    with pytest.raises(SpecError, match=message):
        call()
    assert not (home / "models").exists()


def test_the_nearest_name_is_told() -> None:
    promote_sweep("first", "breast-cancer")
    with pytest.raises(SpecError, match=r"did you mean 'breast-cancer'\?"):
        one_model("brest-cancer")


def test_a_promotion_without_a_name_is_a_wrong_command_line(home: Path) -> None:
    done = call("promote", "first", "--json")
    assert done.returncode == 2
    assert "--name" in json.loads(done.stdout)["errors"][0]["message"]
