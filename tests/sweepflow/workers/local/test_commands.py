"""Commands in a pool: whatever ends one leaves no process of it, and a worker that is fit for the next."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from pools import OBJECTIVE, TESTS, Recorder, is_running, until
from sweepflow.training import CommandTrial
from sweepflow.training.job import Job
from sweepflow.trials.state import TrialEnd, TrialState
from sweepflow.workers import LocalCompute, Pool, Work
from sweepflow.workers.ends import out_of_time, stopped, timed_out
from sweepflow.workers.log import tail

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the process group is known")

MEGABYTE = 1_000_000
LIMIT = 300 * MEGABYTE
TRIAL = CommandTrial(command='eval "$AZUREML_SWEEP_line"')
HIDE = f"python {TESTS / 'support/hides.py'} outputs/hidden"
LOG = """echo '{"score": 1}' >> "$SWEEPFLOW_METRICS" """
SAVES = "trap 'echo saved > outputs/saved; exit' TERM; echo > outputs/begun; while true; do sleep 0.01; done"


class Commands:
    """Runs command lines as trials, each with a folder of its own."""

    def __init__(self, pool: Pool, home: Path) -> None:
        self.pool = pool
        self._home = home
        self._numbers = count()

    def work(self, line: str, **limits: float) -> Work:
        folder = self._home / f"sweeps/id/trials/{next(self._numbers):04d}"
        folder.mkdir(parents=True)
        job = Job(parameters={"line": line}, data=None, objective=OBJECTIVE, metrics=(), folder=folder)
        return Work(job, folder / "log.txt", folder / "model.skops", **limits)

    def run(self, line: str, recorder: Recorder | None = None, **limits: float) -> tuple[TrialEnd, Work]:
        """Run it, and clean up after it as a sweep does."""
        work = self.work(line, **limits)
        end = self.pool.run(work, (recorder or Recorder()).judge)
        TRIAL.clean_up(work.job.needed_folder)
        return end, work

    def worker(self) -> str:
        """The process ID of the worker, as its next trial tells it."""
        end, work = self.run("cut -d ' ' -f 4 /proc/$PPID/stat > outputs/worker; " + LOG)
        assert end == TrialEnd(TrialState.COMPLETED, None, end.seconds)
        return written(work, "worker")


def written(work: Work, name: str) -> str:
    return (work.job.needed_folder / "outputs" / name).read_text()


def has_written(work: Work, name: str) -> bool:
    return (work.job.needed_folder / "outputs" / name).exists()


def hidden(work: Work) -> int:
    return int(written(work, "hidden"))


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    folder = tmp_path_factory.mktemp("commands")
    with LocalCompute().pool(TRIAL, 1, 2, folder / "workers.log", LIMIT) as pool:
        yield Commands(pool, folder)


def test_a_worker_runs_one_command_after_another_however_they_end(commands: Commands) -> None:
    before = commands.worker()
    failed, work = commands.run("exit 3")
    assert (failed.state, failed.reason) == (TrialState.FAILED, "the command ended with exit code 3")
    assert tail(work.log) == ""
    lost, _ = commands.run("kill -9 $$")
    assert (lost.state, lost.is_lost) == (TrialState.FAILED, True)
    recorder = Recorder(stop_at=1)
    terminated, work = commands.run(f"{HIDE}; {LOG}; sleep 1000", recorder)
    assert (terminated.state, recorder.reports) == (TrialState.COMPLETED, [{"score": 1.0}])
    assert not is_running(hidden(work))
    assert commands.worker() == before


def test_at_its_timeout_nothing_is_left(commands: Commands) -> None:
    end, work = commands.run(f"trap '' TERM; {HIDE}; while true; do sleep 0.01; done", timeout=2.0)
    assert end == timed_out(work, end.seconds or 0.0)
    assert not is_running(hidden(work))
    assert sorted(path.name for path in work.job.needed_folder.iterdir()) == ["log.txt", "outputs"]


def test_one_that_has_stopped_what_guards_it_leaves_nothing_either(commands: Commands) -> None:
    end, work = commands.run(f"{HIDE}; kill -STOP $PPID; sleep 1000", timeout=2.0)
    assert end == timed_out(work, end.seconds or 0.0)
    assert not is_running(hidden(work))


def test_memory_is_that_of_all_its_processes_also_of_hidden_ones(commands: Commands) -> None:
    end, work = commands.run(f"{HIDE} {LIMIT + 100 * MEGABYTE}; sleep 1000", timeout=60.0)
    reason = f"killed: it used more than limits.trial_memory ({LIMIT} bytes)"
    assert (end.state, end.reason, end.is_lost) == (TrialState.FAILED, reason, False)
    assert not is_running(hidden(work))


def test_when_its_worker_is_killed_nothing_is_left_and_it_is_lost(commands: Commands) -> None:
    line = f"{HIDE}; kill -9 $(cut -d ' ' -f 4 /proc/$PPID/stat); sleep 1000"
    end, work = commands.run(line)
    assert (end.state, end.is_lost) == (TrialState.FAILED, True)
    assert not is_running(hidden(work))


@pytest.mark.parametrize("end_of_line", ["\\n", ""])
def test_of_a_hundred_megabytes_of_output_the_last_ones_stay(commands: Commands, end_of_line: str) -> None:
    program = f"import sys; [sys.stdout.write('x' * 999 + '{end_of_line}') for _ in range(100_000)]"
    end, work = commands.run(f'python -c "{program}"; echo; echo the end; {LOG}')
    assert end.state is TrialState.COMPLETED
    assert 9.9 * MEGABYTE < work.log.stat().st_size <= 15 * MEGABYTE
    assert work.log.read_bytes().endswith(
        b"x" * 999 + end_of_line.encode().replace(b"\\n", b"\n") + b"\nthe end\n"
    )


def test_at_the_end_of_the_sweeps_time_it_may_save_what_it_has(commands: Commands) -> None:
    commands.worker()  # so that one is ready
    end, work = commands.run(f"{LOG}; {SAVES}", time_left=2.0)
    assert end == out_of_time(end.seconds)
    assert written(work, "saved") == "saved\n"


def test_when_the_sweep_is_stopped_it_may_save_what_it_has(tmp_path: Path) -> None:
    with LocalCompute().pool(TRIAL, 1, 2, tmp_path / "workers.log") as pool, ThreadPoolExecutor() as threads:
        commands = Commands(pool, tmp_path)
        work = commands.work(f"{HIDE}; {SAVES}")
        running = threads.submit(pool.run, work, Recorder().judge)
        until(lambda: has_written(work, "begun"))
        pool.stop()
        end = running.result(timeout=60)
    assert end == stopped(end.seconds)
    assert written(work, "saved") == "saved\n"
    assert not is_running(hidden(work))


PARENT = """
import sys, threading
sys.path[:0] = sys.argv[3:]
from pathlib import Path
from pools import Recorder
from sweepflow.workers import LocalCompute
from test_commands import TRIAL, Commands

folder = Path(sys.argv[1])
pool = LocalCompute().pool(TRIAL, 1, 2, folder / "workers.log")
work = Commands(pool, folder).work(sys.argv[2])
threading.Thread(target=pool.run, args=(work, Recorder().judge)).start()
"""


def test_when_the_flow_is_killed_nothing_is_left(tmp_path: Path) -> None:
    paths = [str(TESTS / "support"), str(Path(__file__).parent), str(TESTS.parent)]
    line = f"trap '' TERM; {HIDE}; echo $PPID > outputs/warden; while true; do sleep 0.01; done"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path), line, *paths])
    outputs = tmp_path / "sweeps/id/trials/0000/outputs"
    try:
        until(lambda: (outputs / "warden").exists() and (outputs / "warden").read_text())
        pids = [int((outputs / name).read_text()) for name in ("hidden", "warden")]
        assert all(map(is_running, pids))
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    until(lambda: not any(map(is_running, pids)))
