"""The guardian, with real processes and folders that outlive who started them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from pools import TESTS, is_running, until
from sweepflow.base.guardian import Guardian


@pytest.fixture
def sleeper():
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as process:
        yield process
        process.kill()


@pytest.fixture
def guardian():
    made = Guardian()
    yield made
    made.close()


def test_what_is_guarded_ends_with_the_guardian(guardian, sleeper):
    guardian.add(sleeper.pid)
    guardian.close()
    assert sleeper.wait() == -signal.SIGKILL


def test_what_was_removed_stays(guardian, sleeper):
    guardian.add(sleeper.pid)
    guardian.remove(sleeper.pid)
    guardian.close()
    assert sleeper.poll() is None


def test_the_whole_group_behind_a_minus_ends(guardian, tmp_path):
    note = tmp_path / "note"
    command = f"sleep 1000 & echo $! > {note}.new; mv {note}.new {note}; exec sleep 1000"
    with subprocess.Popen(["sh", "-c", command], start_new_session=True) as leader:
        until(note.exists)
        guardian.add(-leader.pid)
        guardian.close()
        assert leader.wait() == -signal.SIGKILL
    until(lambda: not is_running(int(note.read_text())))


def test_a_folder_is_removed_with_what_is_in_it_and_one_that_is_gone_is_no_fault(guardian, tmp_path):
    gone, named, other = tmp_path / "gone", tmp_path / "new\nline", tmp_path / "other"
    for folder in (named, other):
        (folder / "inner").mkdir(parents=True)
    guardian.add_folder(gone)
    guardian.add_folder(named)
    guardian.close()
    assert list(tmp_path.iterdir()) == [other]


def test_one_that_has_gone_already_does_not_keep_the_others_from_ending(guardian, sleeper):
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    guardian.add(-gone.pid)
    guardian.add(sleeper.pid)
    guardian.close()
    assert sleeper.wait() == -signal.SIGKILL


def test_closing_ends_the_guardian_and_may_be_repeated(guardian):
    guardian.close()
    guardian.close()
    assert not is_running(guardian.pid)
    guardian.add(1 << 22)
    guardian.remove(1 << 22)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_everybody_does_not_end_it_before_its_time(guardian, sleeper, number):
    guardian.add(sleeper.pid)
    until(lambda: _ignores(guardian.pid, number))
    os.kill(guardian.pid, number)
    guardian.close()
    assert sleeper.wait() == -signal.SIGKILL


def _ignores(pid, number):
    facts = dict(line.split(":") for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(facts["SigIgn"], 16) >> (number - 1) & 1


def test_a_guardian_that_was_killed_or_hangs_holds_nobody_up(sleeper):
    for number in (signal.SIGKILL, signal.SIGSTOP):
        guardian = Guardian()
        os.kill(guardian.pid, number)
        for _ in range(20_000):  # more than a pipe takes
            guardian.add(sleeper.pid)
        guardian.close()
        assert not is_running(guardian.pid)
    assert sleeper.poll() is None


PARENT = """
import os, subprocess, sys, time
sys.path[:0] = sys.argv[1:]
from sweepflow.base.guardian import Guardian

guardian = Guardian()
sleeper = subprocess.Popen(["sleep", "1000"], start_new_session=True)
guardian.add(-sleeper.pid)
heir = os.fork()  # it keeps the pipe open
if heir:
    print(guardian.pid, sleeper.pid, heir, flush=True)
time.sleep(1000)
"""


def test_it_notices_its_parents_death_although_another_process_keeps_the_pipe_open():
    command = [sys.executable, "-c", PARENT, str(TESTS.parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        guardian, sleeper, heir = map(int, parent.stdout.readline().split())
        parent.kill()
        parent.wait()
        until(lambda: not is_running(sleeper))
        until(lambda: not is_running(guardian))
        assert is_running(heir)
        psutil.Process(heir).kill()
