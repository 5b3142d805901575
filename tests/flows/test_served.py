"""A served flow: started, canceled and retried through Prefect's API, as its UI does."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.deployments import run_deployment
from prefect.states import AwaitingRetry, Cancelling

from sweepflow.ledger import Ledger
from sweepflow.settings import sqlite_url
from sweeps import function_spec

SERVE = "from flows.tune import tune; tune.serve(name='served')"
PATIENCE_SECONDS = 240


@pytest.fixture
def gates(tmp_path: Path) -> Path:
    folder = tmp_path / "gates"
    folder.mkdir()
    (folder / "runs").touch()
    return folder


@pytest.fixture
def served(environment: dict[str, str], gates: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that serves the flow, with the trainers allowed."""
    own = {
        "TRIAL_GATES": str(gates),
        "SWEEPFLOW_FUNCTION_MODULES": "flow_trainers",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }
    process = subprocess.Popen([sys.executable, "-c", SERVE], env={**environment, **own})
    yield process
    process.terminate()
    process.wait()


def until(condition: Callable[[], Any]) -> Any:
    """What the condition gives, once it is true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


def set_state(flow_run: FlowRun, state: State[Any]) -> None:
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(flow_run.id, state, force=True)


def state_name(flow_run: FlowRun) -> str | None:
    with get_client(sync_client=True) as client:
        return client.read_flow_run(flow_run.id).state_name


def sweep_state(home: Path, flow_run: FlowRun) -> str | None:
    with closing(Ledger(sqlite_url(home / "ledger.db"))) as ledger:
        sweep = ledger.sweep(str(flow_run.id))
    return sweep and sweep["state"]


def has_deployment() -> bool:
    with get_client(sync_client=True) as client:
        found = client.request("POST", "/deployments/filter", json={}).json()
    return any(deployment["name"] == "served" for deployment in found)


def test_a_served_sweep_is_canceled_and_retried_through_prefect(
    served: "subprocess.Popen[bytes]", home: Path, gates: Path
) -> None:
    until(has_deployment)
    spec = function_spec("gated", ["1", "gate 2", "gate 3", "4"])
    flow_run = run_deployment("tune/served", parameters=spec, timeout=0)
    assert isinstance(flow_run, FlowRun)
    assert isinstance(flow_run.id, UUID)
    until(lambda: (gates / "runs").read_text().count("gate") == 2)
    workers = [each for each in psutil.process_iter() if is_worker(each, home)]
    assert len(workers) == 2
    set_state(flow_run, Cancelling())
    until(lambda: sweep_state(home, flow_run) == "canceled")
    until(lambda: not any(map(psutil.Process.is_running, workers)))
    until(lambda: state_name(flow_run) == "Cancelled")
    (gates / "open").touch()
    set_state(flow_run, AwaitingRetry())
    until(lambda: state_name(flow_run) == "Completed")
    assert sweep_state(home, flow_run) == "completed"
    with closing(Ledger(sqlite_url(home / "ledger.db"))) as ledger:
        trials = ledger.trials(str(flow_run.id))
    assert [(row["parameters"]["x"], row["state"]) for row in trials] == [
        ("1", "completed"),
        ("gate 2", "completed"),
        ("gate 3", "completed"),
        ("4", "completed"),
    ]
    begun = Counter((gates / "runs").read_text().splitlines())
    assert begun == {"1": 1, "gate 2": 2, "gate 3": 2, "4": 1}


def is_worker(process: psutil.Process, home: Path) -> bool:
    """Whether it trains for that home."""
    try:
        is_ours = process.environ().get("SWEEPFLOW_HOME") == str(home)
        return is_ours and "sweepflow.workers.child" in " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
