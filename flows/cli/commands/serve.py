"""`sweepflow serve`."""

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from sweepflow.flows.cli.screen.answer import INTERRUPTED, IsJson, answer
from sweepflow.flows.cli.screen.text import text
from sweepflow.flows.engine.signals import received_signal, restore_handlers


def serve(
    spec: Path | None = None,
    /,
    *,
    with_server: Annotated[bool, Parameter(name="--with-server", negative="")] = False,
    port: int = 4200,
    is_json: IsJson = False,
) -> int:
    """Serve the deployments tune/manual, tune/nightly, promote/weekly and score/on-promotion until Ctrl-C.

    Example: sweepflow serve --with-server

    Parameters
    ----------
    spec
        The YAML file whose fields the forms start from; by default the example of breast cancer.
    with_server
        Start a Prefect server too, and stop it at the end.
    port
        Where that server listens.
    is_json
        Print one JSON object to standard output, where the server is, and all else to standard error.
    """
    from sweepflow.flows.cli.actions.serve import example_spec, prefect_server, serve_deployments, served_spec

    job, checked = served_spec(spec or example_spec())
    console = Console(stderr=is_json, highlight=False)
    for notice in job.notices:
        console.print(text(f"note: {notice}"), soft_wrap=True)
    with prefect_server(port) if with_server else nullcontext(_address()) as address:
        os.environ["PREFECT_API_URL"] = f"{address}/api"
        console.print(text(f"Prefect's UI: {address}/deployments"), soft_wrap=True)
        if is_json:
            answer({"address": address})
        if received_signal():  # a library has swallowed its KeyboardInterrupt
            raise KeyboardInterrupt
        restore_handlers()  # Prefect's own handlers let its flow runs end in an orderly way
        serve_deployments(job.fields, checked)
    return INTERRUPTED


def _address() -> str:
    """The Prefect server's address, from the environment or Prefect's profile; SpecError if there is none."""
    from prefect.settings import PREFECT_API_URL

    from sweepflow.errors import Problem, SpecError
    from sweepflow.flows.engine.server.background import prefect_home, running_server

    address = PREFECT_API_URL.value()
    if not address and (running := running_server(prefect_home())):
        return running.address
    if not address:
        how = "start one with --with-server, or name yours in PREFECT_API_URL"
        raise SpecError([Problem("", f"there is no Prefect server to serve: {how}")])
    return str(address).removesuffix("/api")
