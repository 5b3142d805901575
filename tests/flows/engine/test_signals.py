"""A command that is told to stop at any moment stops, says how to go on, and leaves nothing behind."""

import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from commands import line
from proxies import Proxy
from signalled import ROOT, SPEC, SUPPORT, Signalled, check_stopped, heed_signals, recorded, write_spec
from sweepflow.flows.cli.actions.resume import check_resumable
from sweeps import function_spec

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
SLOW = function_spec("slow", [1, 2, 3])


@pytest.fixture
def started(tmp_path: Path) -> Path:
    """Where the slow trials tell that they run."""
    folder = tmp_path / "started"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def prefect_home(tmp_path_factory: pytest.TempPathFactory, migrated_prefect: Callable[[Path], None]) -> Path:
    """A PREFECT_HOME whose database is there already; the runs copy it."""
    folder = tmp_path_factory.mktemp("before") / "prefect"
    migrated_prefect(folder)
    return folder


@pytest.fixture
def proxy(server: str) -> Iterator[Proxy]:
    """What stands before the tests' server."""
    with closing(Proxy(server)) as found:
        yield found


def in_its_trials(run: Signalled, started: Path) -> Signalled:
    run.until(lambda: len(list(started.iterdir())) == 2)
    return run


def test_a_signal_to_the_group_cancels_the_sweep_though_the_server_is_in_the_group(
    tmp_path: Path, prefect_home: Path, started: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = in_its_trials(
        Signalled(tmp_path / "run", SLOW, prefect=prefect_home, TRIAL_STARTED=str(started)), started
    )
    run.send(TERM)
    run.send(TERM)  # as `timeout` does
    check_stopped(run, TERM)
    assert run.process.returncode == 128 + TERM
    answer = run.answer()
    assert Path(answer["report_path"]).is_file()
    monkeypatch.setenv("SWEEPFLOW_HOME", str(run.home))
    monkeypatch.syspath_prepend(str(SUPPORT))
    assert check_resumable(answer["sweep_id"])[0] == answer["sweep_id"]


def test_a_closed_terminal_cancels_the_sweep(
    environment: dict[str, str], home: Path, tmp_path: Path, started: Path
) -> None:
    own = {"TRIAL_STARTED": str(started), "TERM": "xterm"}
    spec = write_spec(tmp_path, SLOW)
    pid, terminal = pty.fork()
    if pid == 0:
        heed_signals()
        os.execve(sys.executable, line("run", spec), {**environment, **own})
    while len(list(started.iterdir())) < 2:
        os.read(terminal, 65536)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 128 + HUP
    (sweep,) = recorded(home)
    assert (sweep.state, sweep.error) == ("canceled", "interrupted")


def test_nobody_has_to_read_what_a_sweep_prints(
    environment: dict[str, str], home: Path, tmp_path: Path
) -> None:
    spec = write_spec(tmp_path, function_spec("plain", [1, 2]))
    reader, writer = os.pipe()
    process = subprocess.Popen(
        line("run", spec), env=environment, stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)
    os.close(reader)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert [sweep.state for sweep in recorded(home)] == ["completed"]


def test_an_embedded_server_that_is_killed_is_told_in_a_sentence(
    tmp_path: Path, prefect_home: Path, started: Path
) -> None:
    run = in_its_trials(
        Signalled(tmp_path / "run", SLOW, prefect=prefect_home, TRIAL_STARTED=str(started)), started
    )
    server = run.server()
    assert server is not None
    server.kill()
    assert run.ended() == 1, run.output
    check_unserved(run, "Prefect's embedded server has ended, killed by SIGKILL")


def test_an_embedded_server_that_is_killed_before_it_answers_is_told_in_a_sentence(tmp_path: Path) -> None:
    run = Signalled(tmp_path / "run")
    run.until(run.server).kill()
    assert run.ended() == 1, run.output
    answer = run.answer()
    assert (answer["state"], answer["sweep_id"]) == ("failed", None)
    assert answer["error"] == "Prefect's embedded server has ended, killed by SIGKILL"
    assert run.sweeps() == run.leftover_processes() == []
    assert "Traceback" not in run.output


def test_a_named_server_that_goes_away_is_told_in_a_sentence(
    proxy: Proxy, tmp_path: Path, started: Path
) -> None:
    run = Signalled(tmp_path / "run", SLOW, PREFECT_API_URL=proxy.address, TRIAL_STARTED=str(started))
    in_its_trials(run, started)
    proxy.go_away()
    assert run.ended() == 1, run.output
    check_unserved(run, f"Prefect's server at {proxy.address} (PREFECT_API_URL) does not answer any more: ")


def test_a_server_that_has_fallen_silent_does_not_keep_a_sweep_from_being_canceled(
    proxy: Proxy, tmp_path: Path, started: Path
) -> None:
    run = Signalled(tmp_path / "run", SLOW, PREFECT_API_URL=proxy.address, TRIAL_STARTED=str(started))
    in_its_trials(run, started)
    proxy.fall_silent()
    run.send(HUP)
    check_stopped(run, HUP)
    assert run.process.returncode == 128 + HUP


def check_unserved(run: Signalled, told: str) -> None:
    """The sweep has failed for want of its server, and can go on."""
    answer = run.answer()
    assert answer["state"] == "failed"
    assert answer["error"].startswith(told)
    assert "\n" not in answer["error"]
    assert "Traceback" not in run.output
    assert "bug" not in run.output
    assert f"to go on: sweepflow resume {answer['sweep_id']}" in run.output
    assert [sweep.state for sweep in run.sweeps()] == ["failed"]
    assert {trial.state for trial in run.trials(answer["sweep_id"])} == {"canceled"}
    assert run.leftover_processes() == []


@pytest.mark.parametrize(
    ("module", "number"),
    [
        ("cyclopts", TERM),
        ("sqlalchemy", INT),
        ("sweepflow.running.preflight", HUP),
        ("prefect.flows", INT),
    ],
)
def test_a_signal_during_an_import_ends_the_command_before_anything_is_recorded(
    server: str, tmp_path: Path, module: str, number: int
) -> None:
    moment = {"SIGNAL_AT": module, "SIGNAL_NUMBER": str(int(number))}
    run = Signalled(tmp_path / "run", PREFECT_API_URL=server, **moment)
    check_stopped(run, number)
    assert run.process.returncode == 128 + number
    assert run.answer() == {"state": "canceled", "errors": []}
    assert run.stderr == "Interrupted.\n"


def test_a_signal_while_the_model_is_selected_cancels_the_sweep(server: str, tmp_path: Path) -> None:
    # Without a toy of an estimator to save, skops is not imported before the winner's model is loaded.
    trial = {"trial": {"function": "flow_trainers:counted"}}
    space = {"search_space": {"C": {"type": "uniform", "min_value": 0.1, "max_value": 1.0}}}
    moment = {"SIGNAL_AT": "skops.io", "SIGNAL_NUMBER": str(int(INT)), "FITS": str(tmp_path / "fits")}
    run = Signalled(tmp_path / "run", {**SPEC, **trial, **space}, PREFECT_API_URL=server, **moment)
    check_stopped(run, INT)
    assert run.answer()["trials"]["completed"] == 4
    assert run.process.returncode == 128 + INT


def test_a_signal_after_the_answer_changes_nothing(tmp_path: Path, prefect_home: Path) -> None:
    run = Signalled(tmp_path / "run", prefect=prefect_home)
    run.until(lambda: run.stdout.endswith("\n"))
    run.send(INT)
    check_stopped(run, INT)
    assert run.process.returncode == 0


@pytest.mark.soak
def test_a_sweep_may_be_told_to_stop_at_any_of_fifty_moments(tmp_path: Path, prefect_home: Path) -> None:
    began = time.monotonic()
    undisturbed = Signalled(tmp_path / "undisturbed", prefect=prefect_home)
    assert undisturbed.ended(300) == 0, undisturbed.output
    life = time.monotonic() - began
    for moment in range(50):
        number = (INT, TERM, HUP)[moment % 3]
        run = Signalled(tmp_path / str(moment), prefect=prefect_home)
        deadline = time.monotonic() + life * (moment + 0.5) / 50
        while run.process.poll() is None and time.monotonic() < deadline:
            run.record_children()
            time.sleep(0.02)
        run.send(number)
        check_stopped(run, number)
        shutil.rmtree(tmp_path / str(moment))


def script(lines: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The end of a process that runs these lines, the handlers in place."""
    code = (
        f"import signal, sys\nfrom sweepflow.flows.engine import signals\nsignals.install_handlers()\n{lines}"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=heed_signals,
    )


def test_nothing_can_swallow_a_signal_while_there_is_nothing_to_undo() -> None:
    done = script("try:\n  signal.raise_signal(15)\nexcept BaseException: pass\nprint('went on')", "--json")
    assert (done.returncode, done.stdout, done.stderr) == (
        143,
        '{"state": "canceled", "errors": []}\n',
        "Interrupted.\n",
    )


def test_a_second_signal_ends_the_command_at_once() -> None:
    lines = """
import time
signals.raise_from_now()
for _ in range(2):
    try:
        signal.raise_signal(signal.SIGINT)  # twice at once is one signal
    except KeyboardInterrupt:
        print("stopping", flush=True)
time.sleep(signals._ONE_SIGNAL_SECONDS)
signal.raise_signal(signal.SIGINT)
print("went on")
"""
    done = script(lines)
    assert (done.returncode, done.stdout, done.stderr) == (130, "stopping\n", "Interrupted.\n")


def test_what_is_postponed_is_raised_after_the_block() -> None:
    lines = """
signals.raise_from_now()
try:
    with signals.postponed():
        signal.raise_signal(signal.SIGTERM)
        print("in the block")
    print("went on")
except KeyboardInterrupt:
    print(signals.exit_code())
"""
    assert script(lines).stdout == "in the block\n143\n"


def test_a_signal_when_all_is_said_does_not_change_the_exit_code() -> None:
    lines = """
import atexit
atexit.register(lambda: signal.raise_signal(signal.SIGTERM))
print("said")
signals.exit_with(0)
"""
    done = script(lines)
    assert (done.returncode, done.stdout, done.stderr) == (0, "said\n", "")


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    code = "signal.raise_signal(signal.SIGHUP); print('went on')"
    before = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    program = f"{before}from sweepflow.flows.engine import signals\nsignals.install_handlers()\n{code}"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "went on\n")
