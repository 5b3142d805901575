"""What `sweepflow server` does: keep a Prefect server running in the background."""

import os
import signal
import subprocess
import sys
import time
from typing import IO, Any

from sweepflow.base.files import private_folder
from sweepflow.base.settings import home
from sweepflow.errors import Problem, SpecError
from sweepflow.flows.engine.server.background import (
    BackgroundServer,
    answers,
    forget_server,
    is_running,
    prefect_home,
    record_server,
    running_server,
)

# Alembic puts the working directory first on the path, and Prefect has read its settings there by then.
_SERVER = """
import os, runpy, sys, prefect
os.chdir(sys.argv.pop(1))
runpy.run_module("prefect", run_name="__main__", alter_sys=True)
"""
_LOG = "server.log"
_PATIENCE_SECONDS, _STOP_SECONDS = 120.0, 15.0
_POLL_SECONDS = 0.1


def start_background(port: int) -> BackgroundServer:
    """The server that runs in the background, started if none does; SpecError if it does not answer."""
    if running := running_server(prefect_home()):
        return running
    with (private_folder(home()) / _LOG).open("ab") as log:
        process = start_process(port, log)
    record_server(prefect_home(), process.pid)
    try:
        wait_until_healthy(port, process, "server start")
    except BaseException:
        process.kill()
        process.wait()
        forget_server(prefect_home(), process.pid)
        raise
    process.returncode = 0  # it goes on without us, and nobody waits for it
    return BackgroundServer(process.pid, f"http://127.0.0.1:{port}")


def stop_background() -> BackgroundServer | None:
    """Stop the server that runs in the background, and return once it is gone; None if there is none."""
    server = running_server(prefect_home())
    if server is None:
        return None
    os.kill(server.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while is_running(server.pid):
        if time.monotonic() > deadline:  # a flow run keeps a connection open
            os.kill(server.pid, signal.SIGKILL)
            break
        time.sleep(_POLL_SECONDS)
    forget_server(prefect_home(), server.pid)
    return server


def start_process(port: int, log: IO[bytes] | int) -> "subprocess.Popen[Any]":
    """Start a server with its UI, in a session of its own: Ctrl-C is not for it.

    SpecError if something answers at that port.
    """
    if answers(port):
        rule = f"something answers at http://127.0.0.1:{port} already: choose another port"
        raise SpecError([Problem("--port", rule)])
    arguments = ["server", "start", "--host", "127.0.0.1", "--port", str(port)]
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _SERVER, str(private_folder(home())), *arguments],
        # Otherwise its UI calls port 4200, whatever the server's own port is.
        env={**os.environ, "PREFECT_SERVER_UI_API_URL": "/api"},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=None if log == subprocess.DEVNULL else log,
        start_new_session=True,
    )


def wait_until_healthy(port: int, process: "subprocess.Popen[Any]", option: str) -> None:
    """Wait until it answers; SpecError if it does not within two minutes."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            why = f"see what `prefect server start --port {port}` says"
            raise SpecError([Problem(option, f"the Prefect server does not start: {why}")])
        time.sleep(_POLL_SECONDS)
