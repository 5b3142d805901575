"""One Prefect server for all processes of a test run, and a copy of its database as it was at the start."""

import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx

from pools import until

_PROCESS = Path(__file__).with_name("prefect_server_process.py")
_STARTUP_SECONDS = 240.0


@contextmanager
def shared_server(folder: Path) -> Iterator[str]:
    """Run a server during the block and give its API's address; the same folder means the same server."""
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        users = stack.enter_context((folder / "users").open("w"))
        fcntl.flock(users, fcntl.LOCK_SH)
        with (folder / "turn").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            if not _answers(folder):
                process = _start(folder)
                stack.callback(process.wait)
                stack.callback(users.close)  # first, or the process would never end
        yield _address(folder)


@contextmanager
def talking_to(address: str) -> Iterator[None]:
    """Let the flows of this process use the server at that address during the block."""
    from prefect.events.worker import EventsWorker  # the core's tests need no Prefect
    from prefect.logging.handlers import APILogWorker
    from prefect.settings import PREFECT_API_URL, temporary_settings

    def drain() -> None:
        # These threads go on with the server that they were started for, and know nothing of another.
        APILogWorker.drain_all()
        EventsWorker.drain_all()

    drain()
    with temporary_settings({PREFECT_API_URL: address}):
        try:
            yield
        finally:
            drain()


def copy_template(folder: Path, prefect_home: Path) -> None:
    """Copy a migrated database for a server that has not started yet: to migrate one takes seconds."""
    prefect_home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / "template.db", prefect_home / "prefect.db")


def _start(folder: Path) -> "subprocess.Popen[bytes]":
    (folder / "address").unlink(missing_ok=True)
    own = {"PREFECT_HOME": str(folder), "PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1"}
    with (folder / "server.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", str(_PROCESS), str(folder)],
            env={**os.environ, **own, "PREFECT__SERVER_FINAL": "1"},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C must interrupt the tests, not the server
        )

    def is_up() -> bool:
        assert process.poll() is None, (folder / "server.log").read_text()
        return _answers(folder)

    until(is_up, seconds=_STARTUP_SECONDS, pause=0.1)
    if not (folder / "template.db").exists():
        with (
            closing(sqlite3.connect(folder / "prefect.db")) as database,
            closing(sqlite3.connect(folder / "template.db")) as template,
        ):
            database.backup(template)
    return process


def _address(folder: Path) -> str:
    return (folder / "address").read_text()


def _answers(folder: Path) -> bool:
    try:
        return httpx.get(f"{_address(folder)}/health", timeout=60).is_success
    except (FileNotFoundError, httpx.TransportError):
        return False
