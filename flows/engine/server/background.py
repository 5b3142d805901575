"""A Prefect server that runs in the background on this machine.

`sweepflow server start`, `sweepflow serve --with-server` and `prefect server start --background` leave its
process ID in PREFECT_HOME. Imports no Prefect.
"""

import http.client
import json
import os
import subprocess
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from sweepflow.base.files import private_folder

_RECORD = "server.pid"
"""Prefect's own: `prefect server stop` reads it too."""
_ANSWER_SECONDS = 15.0
_PROC = Path("/proc")


class BackgroundServer(NamedTuple):
    """A server that answers."""

    pid: int
    address: str
    """Of its UI, such as http://127.0.0.1:4200."""

    @property
    def api_url(self) -> str:
        """The URL of its API."""
        return f"{self.address}/api"


def prefect_home() -> Path:
    """Where Prefect keeps its files, unless its own settings say otherwise."""
    return Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()


def running_server(home: Path) -> BackgroundServer | None:
    """The server with this PREFECT_HOME, if it is healthy and of the version that is installed here."""
    try:
        pid = int((home / _RECORD).read_text())
    except (OSError, ValueError):
        return None
    port = _port(_arguments(pid)) if is_running(pid) else None
    if port is None or not answers(port) or _get(port, "/api/admin/version") != version("prefect"):
        return None
    return BackgroundServer(pid, f"http://127.0.0.1:{port}")


def is_running(pid: int) -> bool:
    """Whether that is a process of this user which has not ended; one that nobody waited for has."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return any(_arguments(pid))


def answers(port: int) -> bool:
    """Whether a healthy server listens there."""
    return _get(port, "/api/health") is True


def record_server(home: Path, pid: int) -> None:
    """Record that a server of this PREFECT_HOME is this process."""
    private_folder(home)
    (home / _RECORD).write_text(str(pid))


def forget_server(home: Path, pid: int) -> None:
    """Remove the record, if it is of this process."""
    record = home / _RECORD
    if record.is_file() and record.read_text() == str(pid):
        record.unlink()


def _arguments(pid: int) -> list[str]:
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:  # no Linux
        listing = subprocess.run(
            ["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return listing.stdout.split()


def _port(arguments: list[str]) -> int | None:
    """The port in the command line of a server; None if it is none."""
    for option, value in pairwise(arguments):
        if option == "--port" and value.isdecimal():
            return int(value)
    return None


def _get(port: int, path: str) -> object:
    """What it answers; None if that is no JSON, or nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return json.loads(response.read()) if response.status == http.client.OK else None
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()
