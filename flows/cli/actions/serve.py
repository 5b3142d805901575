"""What `sweepflow serve` does: serve the deployments, with a Prefect server of their own if requested."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

import sweepflow
from sweepflow.base.files import private_folder
from sweepflow.base.guardian import Guardian
from sweepflow.base.settings import home
from sweepflow.errors import Problem, SpecError
from sweepflow.importing.folders import import_beside
from sweepflow.spec.file import read_job
from sweepflow.spec.spec import Spec
from sweepflow.sweep_job import Translation

_EXAMPLE = "examples/breast_cancer.yml"
# Alembic puts the working directory first on the path, and Prefect has read its settings there by then.
_SERVER = """
import os, runpy, sys, prefect
os.chdir(sys.argv.pop(1))
runpy.run_module("prefect", run_name="__main__", alter_sys=True)
"""
_PATIENCE_SECONDS = 120.0
_POLL_SECONDS = 0.2


def example_spec() -> Path:
    """The spec that fills the forms in if no other spec is named."""
    package = Path(sweepflow.__file__).resolve().parent
    shipped = package / "example"  # an installed package has it with its data; a clone has both at its top
    return (shipped if shipped.is_dir() else package.parent) / _EXAMPLE


def served_spec(path: Path) -> tuple[Translation, Spec]:
    """What the file asks for, and the checked spec; the flow runs may then run its code."""
    job = read_job(path)
    import_beside(path)
    with job.in_the_users_words():
        spec = Spec.checked(job.fields, is_trusted=True)
    spec.allow_in_deployments()
    return job, spec


@contextmanager
def prefect_server(port: int) -> Iterator[str]:
    """Run a Prefect server with its UI on this machine during the block; gives its address.

    SpecError if it does not answer within two minutes, or if the port is in use.
    """
    address = f"http://127.0.0.1:{port}"
    if _answers(address):
        raise SpecError([Problem("--port", f"something answers at {address} already: choose another port")])
    arguments = ["server", "start", "--host", "127.0.0.1", "--port", str(port)]
    command = [sys.executable, "-P", "-c", _SERVER, str(home()), *arguments]
    private_folder(home())
    guardian = Guardian()
    # Otherwise its UI calls port 4200, whatever the server's own port is.
    environment = {**os.environ, "PREFECT_SERVER_UI_API_URL": "/api"}
    # In its own process group: Ctrl-C ends the flow runs, which still report to the server how they ended.
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    guardian.add(-process.pid)
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        guardian.close()
        process.wait()


def serve_deployments(fields: dict[str, Any], spec: Spec) -> None:
    """Serve with the Prefect server of $PREFECT_API_URL until interrupted."""
    # Prefect reads its settings, including that address, when it is first imported.
    from prefect import serve

    from sweepflow.flows.cli.actions.deployments import deployments

    model = (spec.name or spec.display_name or "model") if spec.trial.has_model else None
    serve(*deployments(fields, model))


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not _answers(address):
        if process.poll() is not None or time.monotonic() > deadline:
            why = f"see what `prefect server start --port {address.rpartition(':')[2]}` says"
            raise SpecError([Problem("--with-server", f"the Prefect server does not start: {why}")])
        time.sleep(_POLL_SECONDS)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/api/health").is_success
    except httpx.TransportError:
        return False
