"""A Prefect server in the background: who keeps it, and who finds it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest

from commands import call
from pools import until
from sweepflow.flows.engine.server.background import answers, is_running, record_server, running_server

STAND_IN = """
import http.server, json, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(True if self.path == "/api/health" else sys.argv[1]).encode())

http.server.HTTPServer(("127.0.0.1", int(sys.argv[3])), Handler).serve_forever()
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def stand_in(number: str) -> Iterator[tuple[int, int]]:
    """The process ID and the port of something that answers like a Prefect server of that version."""
    port = free_port()
    command = [sys.executable, "-c", STAND_IN, number, "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        until(lambda: answers(port))
        yield process.pid, port
    finally:
        process.kill()
        process.wait()


def test_a_server_in_the_background_is_found_until_it_is_gone(tmp_path: Path) -> None:
    with stand_in(version("prefect")) as (pid, port):
        assert running_server(tmp_path) is None
        record_server(tmp_path, pid)
        found = running_server(tmp_path)
        assert found is not None
        assert (found.pid, found.api_url) == (pid, f"http://127.0.0.1:{port}/api")
    assert running_server(tmp_path) is None


def test_a_server_of_another_version_is_not_used(tmp_path: Path) -> None:
    with stand_in("2.20.0") as (pid, _):
        record_server(tmp_path, pid)
        assert running_server(tmp_path) is None


@pytest.mark.parametrize(
    "record", ["", "no number", str(os.getpid()), "999999999"], ids=["empty", "words", "another", "nobody"]
)
def test_a_record_that_names_no_server_is_passed_over(tmp_path: Path, record: str) -> None:
    (tmp_path / "server.pid").write_text(record)
    assert running_server(tmp_path) is None


WHICH_SERVER = """
import sweepflow.flows.tune
from prefect.client.orchestration import get_client
print(get_client(sync_client=True).api_url)
"""


def test_a_server_that_is_kept_in_the_background_is_used_until_it_is_stopped(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_prefect: Callable[[Path], None]
) -> None:
    migrated_prefect(tmp_path / "prefect")
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert call("server", "status", "--json").returncode == 1
    started = json.loads(call("server", "start", "--port", free_port(), "--json").stdout)
    try:
        assert json.loads(call("server", "status", "--json").stdout) == started
        assert json.loads(call("server", "start", "--json").stdout) == started  # once is enough
        done = subprocess.run(
            [sys.executable, "-c", WHICH_SERVER], capture_output=True, text=True, check=True, cwd=tmp_path
        )
        assert done.stdout.strip().rstrip("/") == f"{started['address']}/api"
    finally:
        stopped = json.loads(call("server", "stop", "--json").stdout)
    assert stopped == {"state": "stopped", "address": started["address"], "pid": None}
    assert not is_running(started["pid"])
    assert call("server", "stop").stdout == "No Prefect server runs in the background.\n"
