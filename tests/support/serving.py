"""`sweepflow serve --with-server` as a process, and its Prefect API."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

import pools
from traps import set_traps

ROOT = Path(__file__).parents[2]
until = partial(pools.until, seconds=300, pause=0.2)  # a flow run takes seconds to begin
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


@dataclass(frozen=True)
class Serving:
    """A serving process: its address and its folders."""

    address: str
    home: Path
    gates: Path
    """The folder where gated trials write that they run, and wait for a file `open`."""
    process: "subprocess.Popen[bytes]"

    def post(self, path: str, **body: Any) -> Any:
        """The API's answer to a POST request."""
        return self._answer("POST", path, body)

    def deployment(self, name: str) -> dict[str, Any]:
        """The deployment `flow/name`."""
        deployment: dict[str, Any] = self._answer("GET", f"/deployments/name/{name}")
        return deployment

    def start(self, name: str, parameters: dict[str, Any]) -> str:
        """Start a flow run of the deployment, as its form does; gives the flow run's ID."""
        path = f"/deployments/{self.deployment(name)['id']}/create_flow_run"
        return str(self.post(path, parameters=parameters, state={"type": "SCHEDULED"})["id"])

    def flow_run(self, flow_run_id: str) -> dict[str, Any]:
        """The flow run as it is now."""
        flow_run: dict[str, Any] = self._answer("GET", f"/flow_runs/{flow_run_id}")
        return flow_run

    def states(self, flow_run_id: str) -> list[str]:
        """The types of all the states that the flow run has had."""
        return [
            state["type"] for state in self._answer("GET", f"/flow_run_states/?flow_run_id={flow_run_id}")
        ]

    def flow_runs(self, deployment: str) -> list[dict[str, Any]]:
        """The flow runs of the deployment, the latest expected one first."""
        flow_runs: list[dict[str, Any]] = self.post(
            "/flow_runs/filter",
            deployments={"id": {"any_": [self.deployment(deployment)["id"]]}},
            sort="EXPECTED_START_TIME_DESC",
        )
        return flow_runs

    def ended(self, flow_run_id: str) -> dict[str, Any]:
        """The flow run, once it has ended."""
        return until(lambda: _if_ended(self.flow_run(flow_run_id)))

    def artifacts(self, flow_run_id: str) -> dict[str, Any]:
        """The flow run's artifacts by their keys."""
        artifacts = self.post("/artifacts/filter", artifacts={"flow_run_id": {"any_": [flow_run_id]}})
        return {artifact["key"]: artifact for artifact in artifacts if artifact["key"]}

    def _answer(self, method: str, path: str, body: Any = None) -> Any:
        response = until(lambda: self._response(method, path, body))
        response.raise_for_status()
        return response.json() if response.content else None

    def _response(self, method: str, path: str, body: Any) -> httpx.Response | None:
        """The response; None if the server is too busy, which it answers when its database is locked."""
        response = httpx.request(method, f"{self.address}/api{path}", json=body, timeout=60)
        return None if response.status_code == httpx.codes.SERVICE_UNAVAILABLE else response


@contextmanager
def serving(
    folder: Path,
    *arguments: object,
    secrets: Mapping[str, str] = {},
    last_deployment: str = "score/on-promotion",
) -> Iterator[Serving]:
    """Serve the example, or the spec of the arguments, with a server of its own, until the block ends.

    It starts in a folder full of traps, and with these secrets in its environment.
    """
    home, gates, port = folder / "home", folder / "gates", _free_port()
    gates.mkdir()
    (gates / "runs").touch()
    environment = {
        **os.environ,
        **secrets,
        "SWEEPFLOW_HOME": str(home),
        "PREFECT_HOME": str(folder / "prefect"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests/support")]),
        "SWEEPFLOW_FUNCTION_MODULES": "flow_trainers",
        "TRIAL_GATES": str(gates),
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }
    executed = set_traps(folder / "project")
    command = [sys.executable, "-m", "sweepflow", "serve", *map(str, arguments)]
    command += ["--with-server", "--port", str(port)]
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder / "project", stdout=log, stderr=log)
    server = Serving(f"http://127.0.0.1:{port}", home, gates, process)
    try:
        until(lambda: _is_serving(server, last_deployment))
        yield server
    finally:
        process.terminate()
        process.wait()
    assert executed.read_text() == "", "a file in the working directory stood in for a module"


def _if_ended(flow_run: dict[str, Any]) -> dict[str, Any] | None:
    return flow_run if flow_run["state_type"] in ENDED else None


def _is_serving(server: Serving, last_deployment: str) -> bool:
    assert server.process.poll() is None, "it has ended: see serve.log"
    try:
        server.deployment(last_deployment)
    except (httpx.TransportError, httpx.HTTPStatusError):
        return False
    return True


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
