"""Processes that really have lost their sweep, and that were stopped so that they do not notice."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pools import is_running, until
from sweepflow.flows.cli.doctor.processes import check_processes, orphans

ROOT = Path(__file__).parents[4]

# A sweep's process with a guardian and a worker, both standing still when it dies.
SWEEP = """
import os, signal, socket, sys
sys.path[:0] = sys.argv[1:]
from sweepflow.workers.local import worker
from sweepflow.base.guardian import Guardian

guardian = Guardian()
ours, theirs = socket.socketpair()
process = worker.start_worker(theirs.fileno(), os.environ)
for pid in (guardian.pid, process.pid):
    os.kill(pid, signal.SIGSTOP)
print(guardian.pid, process.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def sweep() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SWEEP, str(ROOT)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.fixture
def started(sweep: subprocess.Popen[str]) -> Iterator[list[int]]:
    """The guardian's and the worker's process IDs."""
    assert sweep.stdout is not None
    pids = [int(word) for word in sweep.stdout.readline().split()]
    yield pids
    for pid in filter(is_running, pids):
        os.kill(pid, signal.SIGKILL)


def test_processes_of_a_sweep_that_runs_are_fine(sweep: subprocess.Popen[str], started: list[int]) -> None:
    assert set(started).isdisjoint(orphans())


def test_processes_of_a_dead_sweep_are_told_with_the_command_that_ends_them(
    sweep: subprocess.Popen[str], started: list[int]
) -> None:
    sweep.kill()
    sweep.wait()
    until(lambda: set(started) & set(orphans()))
    left = [pid for pid in sorted(started) if pid in orphans()]
    (found,) = check_processes(patience_seconds=0)
    assert not found.is_ok
    (fix,) = found.fixes
    assert fix.startswith("kill -9 ")
    assert set(map(str, left)) <= set(fix.split())
    subprocess.run(["kill", "-9", *map(str, left)], check=True)
    until(lambda: not any(map(is_running, started)))
    assert set(started).isdisjoint(orphans())


def test_a_process_that_notices_by_itself_is_waited_for(
    sweep: subprocess.Popen[str], started: list[int]
) -> None:
    for pid in started:
        os.kill(pid, signal.SIGCONT)
    sweep.kill()
    sweep.wait()
    (found,) = check_processes(patience_seconds=60)
    assert set(map(str, started)).isdisjoint(" ".join(found.fixes).split())
