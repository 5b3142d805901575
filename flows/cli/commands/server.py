"""`sweepflow server`."""

from typing import Literal

from rich.console import Console

from sweepflow.flows.cli.screen.answer import DONE, FAILED, IsJson, answer
from sweepflow.flows.cli.screen.text import text


def server(
    action: Literal["start", "stop", "status"], /, *, port: int = 4200, is_json: IsJson = False
) -> int:
    """Keep a Prefect server running in the background: sweeps use it, start sooner, and stay in its UI.

    Without one, each sweep starts a server of its own. `status` has exit code 1 if none runs.

    Example: sweepflow server start

    Parameters
    ----------
    action
        start, stop or status.
    port
        Where it listens.
    is_json
        Print one JSON object to standard output.
    """
    from sweepflow.flows.cli.actions.server import start_background, stop_background
    from sweepflow.flows.engine.server.background import prefect_home, running_server

    if action == "stop":
        running, stopped = None, stop_background()
    else:
        running = start_background(port) if action == "start" else running_server(prefect_home())
        stopped = None
    shown, state = running or stopped, "running" if running else "stopped"
    if is_json:
        answer({"state": state, "address": shown and shown.address, "pid": running and running.pid})
    else:
        none = "No Prefect server runs in the background."
        words = f"The Prefect server at {shown.address} is {state}." if shown else none
        Console(highlight=False).print(text(words), soft_wrap=True)
    return FAILED if action == "status" and running is None else DONE
