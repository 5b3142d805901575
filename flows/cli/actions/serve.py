"""What `sweepflow serve` does: serve the deployments, with a Prefect server of their own if requested."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sweepflow
from sweepflow.base.guardian import Guardian
from sweepflow.flows.cli.actions.server import start_process, wait_until_healthy
from sweepflow.flows.engine.server.background import (
    forget_server,
    prefect_home,
    record_server,
    running_server,
)
from sweepflow.importing.folders import import_beside
from sweepflow.spec.file import read_job
from sweepflow.spec.spec import Spec
from sweepflow.sweep_job import Translation

_EXAMPLE = "examples/breast_cancer.yml"


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
    guardian = Guardian()
    # In its own session: Ctrl-C ends the flow runs, which still report to the server how they ended.
    process = start_process(port, subprocess.DEVNULL)
    guardian.add(-process.pid)
    is_alone = running_server(prefect_home()) is None
    try:
        wait_until_healthy(port, process, "--with-server")
        if is_alone:
            record_server(prefect_home(), process.pid)
        yield f"http://127.0.0.1:{port}"
    finally:
        forget_server(prefect_home(), process.pid)
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
