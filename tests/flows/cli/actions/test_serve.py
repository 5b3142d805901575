"""`sweepflow serve`: what it serves is started, scheduled, steered and chained through Prefect."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas as pd
import psutil
import pytest
from prefect import flow
from prefect.deployments import run_deployment
from prefect.flow_runs import suspend_flow_run

from ledgers import ledger_of
from prefect_server import talking_to
from serving import Serving, until
from sweepflow.flows.cli.actions.serve import example_spec
from sweepflow.models.registry import Registry
from sweepflow.result import SweepResult
from sweepflow.spec.file import read_spec
from sweeps import function_spec

NONE_OF_THE_EXAMPLES = {
    "data": None,
    "metrics": [],
    "early_termination": None,
    "display_name": "served",
    "on_unchanged_data": {"type": "run"},
}


@pytest.fixture
def at_server(served: Serving) -> Iterator[None]:
    """This process talks to the served server too."""
    with talking_to(f"{served.address}/api"):
        yield


@pytest.fixture
def gates(served: Serving) -> Path:
    """Trials that have a gate wait until a test opens it."""
    (served.gates / "open").unlink(missing_ok=True)
    return served.gates


def spec_of(function: str, values: list[Any], **fields: Any) -> dict[str, Any]:
    return {**NONE_OF_THE_EXAMPLES, **function_spec(function, values), **fields}


def boosting(n_estimators: list[int]) -> dict[str, Any]:
    """The example, with so many trees, and nothing to stop."""
    return {
        **read_spec(example_spec()),
        "search_space": {"n_estimators": {"type": "choice", "values": n_estimators}},
        "sampling_algorithm": {"type": "grid"},
        "limits": {"max_total_trials": len(n_estimators)},
        "early_termination": None,
    }


def test_a_sweep_started_through_the_api_can_be_found_by_its_name_and_tags(served: Serving) -> None:
    started = served.start("tune/manual", spec_of("plain", [1, 2], name="findable", tags={"team": "blue"}))
    ended = served.ended(started)
    assert ended["state_name"] == "Completed"
    assert ended["state"]["message"] == "best score 2 (trial 1); 2 trials (2 completed)"
    assert ended["name"].startswith("served: ")
    assert {"sweepflow", "team:blue", "sweep:findable"} <= set(ended["tags"])
    assert ended["labels"]["team"] == "blue"
    board = json.loads(served.artifacts(started)["leaderboard"]["data"])
    assert [row["trial"] for row in board] == [1, 0]


def test_a_wrong_parameter_is_told_on_the_flow_run_in_the_specs_own_words(served: Serving) -> None:
    wrong = {"early_termination": {"type": "bandit", "slack_factor": -1}, "constraints": ["x >"]}
    ended = served.ended(served.start("tune/manual", wrong))
    assert ended["state_name"] == "Failed"
    assert "early_termination.slack_factor: must be > 0, got -1" in ended["state"]["message"]
    assert "constraints.0: is no condition: invalid syntax in 'x >'" in ended["state"]["message"]


def test_the_next_runs_of_the_recurring_deployments_are_scheduled(served: Serving) -> None:
    for name, hour in (("tune/nightly", "T02:00:00"), ("promote/weekly", "T04:00:00")):
        runs = until(lambda name=name: served.flow_runs(name))
        assert {run["state_name"] for run in runs} == {"Scheduled"}
        assert all(hour in run["expected_start_time"] for run in runs)


def test_a_recurring_sweep_is_skipped_while_the_last_one_runs(served: Serving, gates: Path) -> None:
    first = served.start("tune/nightly", spec_of("gated", ["gate 7"]))
    until(lambda: "gate 7" in (gates / "runs").read_text())
    second = served.ended(served.start("tune/nightly", spec_of("plain", [1])))
    assert second["state_type"] == "CANCELLED"
    assert served.flow_run(first)["state_type"] == "RUNNING"
    (gates / "open").touch()
    assert served.ended(first)["state_type"] == "COMPLETED"


def sweep_state(served: Serving, sweep_id: str) -> str | None:
    with ledger_of(served.home) as ledger:
        sweep = ledger.sweep(sweep_id)
    return sweep and sweep.state


@pytest.mark.usefixtures("at_server")
def test_another_flow_gets_the_result_of_a_deployment_that_it_runs() -> None:
    @flow
    def pipeline() -> SweepResult:
        flow_run = run_deployment("tune/manual", parameters=spec_of("plain", [1, 5]))
        result: SweepResult = flow_run.state.result()  # type: ignore[union-attr]
        return result

    result = pipeline()
    assert isinstance(result, SweepResult)
    assert result.best is not None
    assert (result.best.parameters, result.best.value) == ({"x": 5}, 5.0)


def test_a_promotion_starts_the_deployment_that_scores_with_the_champion(served: Serving) -> None:
    started = served.start("promote/weekly", {"name": "chained", "sweep": boosting([20])})
    assert served.ended(started)["state_name"] == "Completed"
    assert Registry(served.home).champion("chained") is not None
    scored = until(
        lambda: [
            run for run in served.flow_runs("score/on-promotion") if run["parameters"]["name"] == "chained"
        ]
    )
    assert served.ended(scored[0]["id"])["state_name"] == "Completed"
    (path,) = (served.home / "scores").glob("chained-*.parquet")
    table = pd.read_parquet(path)
    assert (table["prediction"] == table["diagnosis"]).mean() > 0.9


def test_a_sweep_that_completes_tells_so_by_an_event(served: Serving) -> None:
    started = served.start("tune/manual", spec_of("plain", [3]))
    served.ended(started)
    wanted = {
        "event": {"name": ["sweepflow.sweep.completed"]},
        "resource": {"id": [f"sweepflow.sweep.{started}"]},
    }
    (event,) = until(lambda: served.post("/events/filter", filter=wanted)["events"])
    assert event["payload"]["best"]["parameters"] == {"x": 3}
    assert event["payload"]["trials"]["completed"] == 1


def test_a_person_can_refuse_a_promotion_that_the_gate_agrees_to(served: Serving) -> None:
    started = served.start(
        "promote/weekly", {"name": "asked", "sweep": boosting([10]), "needs_approval": True}
    )
    until(lambda: served.flow_run(started)["state_type"] == "PAUSED")
    answer = {"approve": False, "comment": "not on a Friday"}
    answered = served.post(f"/flow_runs/{started}/resume", run_input=answer)
    assert answered["status"] == "ACCEPT"
    assert served.ended(started)["state_name"] == "Completed"
    assert Registry(served.home).champion("asked") is None
    gate = served.artifacts(started)
    assert "refused by hand: not on a Friday" in gate["gate"]["data"]


@pytest.mark.usefixtures("at_server")
def test_a_sweep_that_is_suspended_goes_on_when_it_is_resumed(served: Serving, gates: Path) -> None:
    started = served.start("tune/manual", spec_of("gated", ["gate 8", "2", "3"]))
    until(lambda: "gate 8" in (gates / "runs").read_text())
    suspend_flow_run(flow_run_id=UUID(started))
    until(lambda: sweep_state(served, started) == "canceled")
    (gates / "open").touch()
    resumed = served.post(f"/flow_runs/{started}/resume")
    assert resumed["status"] == "ACCEPT", resumed
    assert served.ended(started)["state_name"] == "Completed"
    assert [state for _, state in trials_of(served, started)] == ["completed"] * 3


def test_a_sweep_is_canceled_and_retried_through_prefect(served: Serving, gates: Path) -> None:
    before = (gates / "runs").read_text()
    started = served.start("tune/manual", spec_of("gated", ["11", "gate 12", "gate 13", "14"]))
    until(lambda: (gates / "runs").read_text().removeprefix(before).count("gate") == 2)
    workers = [each for each in psutil.process_iter() if is_worker(each, served.home)]
    assert len(workers) == 2
    set_state(served, started, "CANCELLING", "Cancelling")
    until(lambda: sweep_state(served, started) == "canceled")
    until(lambda: not any(map(psutil.Process.is_running, workers)))
    until(lambda: served.flow_run(started)["state_name"] == "Cancelled")
    assert "CRASHED" not in served.states(started)
    (gates / "open").touch()
    set_state(served, started, "SCHEDULED", "AwaitingRetry")
    until(lambda: served.flow_run(started)["state_name"] == "Completed")
    assert trials_of(served, started) == [
        ("11", "completed"),
        ("gate 12", "completed"),
        ("gate 13", "completed"),
        ("14", "completed"),
    ]
    begun = Counter((gates / "runs").read_text().removeprefix(before).splitlines())
    assert begun == {"11": 1, "gate 12": 2, "gate 13": 2, "14": 1}


def set_state(served: Serving, flow_run_id: str, kind: str, name: str) -> None:
    served.post(f"/flow_runs/{flow_run_id}/set_state", state={"type": kind, "name": name}, force=True)


def trials_of(served: Serving, sweep_id: str) -> list[tuple[Any, str]]:
    with ledger_of(served.home) as ledger:
        return [(row.parameters["x"], row.state) for row in ledger.trials(sweep_id)]


def is_worker(process: psutil.Process, home: Path) -> bool:
    """Whether it trains for that home."""
    try:
        is_ours = process.environ().get("SWEEPFLOW_HOME") == str(home)
        return is_ours and "sweepflow.workers.local.child" in " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
