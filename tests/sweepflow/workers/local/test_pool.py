"""The pool, with real child processes."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path

import pytest

from ledgers import ledger_of
from pools import OBJECTIVE, TESTS, Recorder, Runner, has_note, is_known, is_running, new_pool, note, until
from sweepflow.base.guardian import Guardian
from sweepflow.base.settings import cores
from sweepflow.models.model_file import load_model
from sweepflow.running.monitor import Monitor
from sweepflow.training import FunctionTrial
from sweepflow.trials.state import TrialEnd, TrialState
from sweepflow.workers import Judge, LocalCompute
from sweepflow.workers.local import pool as local_pool
from sweepflow.workers.local.pool import LocalPool

# --- reports


def test_reports_arrive_in_order_and_become_intervals(runner, tmp_path):
    with ledger_of(tmp_path) as ledger:
        ledger.start_sweep("s", {}, None)
        monitor = Monitor(ledger, "s", OBJECTIVE, None)
        monitor.queue(0, {})
        monitor.start(0)
        judge = Judge(lambda metrics: monitor.report(0, metrics), lambda metrics: monitor.trained(0, metrics))
        end = runner.pool.run(runner.work("score", values="[0.5, 0.75, 0.25]"), judge)
        assert monitor.end(0, end).state is TrialState.COMPLETED
        rows = [(row.name, row.interval, row.value) for row in ledger.metrics("s")]
        assert rows[:3] == [("score", 1, 0.5), ("score", 2, 0.75), ("score", 3, 0.25)]
        assert [row[:2] for row in rows[3:]] == [("cost.fit_seconds", 3)]


def test_values_that_are_numbers_become_floats_and_all_others_text(runner):
    recorder = Recorder()
    end, _ = runner.run("report_values", recorder)
    first, second = recorder.reports
    assert end.state is TrialState.COMPLETED
    assert str(first.pop("nan")) == "nan"
    assert {name: value for name, value in first.items() if isinstance(value, float)} == {
        "float32": 0.5,
        "int": 2.0,
        "array": 3.0,
        "decimal": 0.25,
    }
    assert {name: value for name, value in first.items() if not isinstance(value, float)} == {
        "text": "'high'",
        "none": "None",
        "list": "[1, 2]",
        "complex": "1j",
        "huge": "1" + "0" * 17 + "..." + "0" * 19,
    }
    assert second == {r"a name \udc80": 1.0, "score": 2.0}


def test_threads_of_a_trial_may_report_at_once(runner):
    begun = threading.Event()

    def report(_metrics):
        if not begun.is_set():
            time.sleep(0.2)  # the other threads report too, and wait for their turns
            begun.set()
        return False

    end = runner.pool.run(runner.work("report_from_threads", timeout=30), Judge(report, lambda _: False))
    assert end == TrialEnd(TrialState.COMPLETED, None, end.seconds)


def test_a_thread_that_a_trial_left_behind_cannot_report_for_the_next_one(runner):
    first, second = Recorder(), Recorder()
    runner.run("leave_thread", first)
    end, _ = runner.run("meet_thread", second, timeout=60)
    assert end.state is TrialState.COMPLETED
    assert (first.reports, second.reports) == ([{"score": 1.0}], [{"score": 2.0}])


def test_a_judge_that_breaks_ends_the_run_and_leaves_the_slot_fit_for_the_next_trial(runner):
    def break_down(_metrics):
        raise RuntimeError("disk full")

    before = runner.pid()
    with pytest.raises(RuntimeError, match="disk full"):
        runner.pool.run(runner.work("score"), Judge(break_down, break_down))
    assert not is_running(before)
    recorder = Recorder()
    assert runner.run("score", recorder)[0].state is TrialState.COMPLETED
    assert recorder.reports == [{"score": 1.0}]


# --- stopping


def test_a_stopped_trainer_may_clean_up_and_its_process_stays(runner):
    before, recorder = runner.pid(), Recorder(stop_at=3)
    end, work = runner.run("clean_up", recorder)
    assert end.state is TrialState.COMPLETED
    assert len(recorder.reports) == 3
    assert recorder.n_trained == 1
    assert note(work) == "cleaned up"
    assert runner.pid() == before


def test_a_trainer_that_catches_exceptions_does_not_swallow_the_stop(runner):
    before, recorder = runner.pid(), Recorder(stop_at=3)
    _, work = runner.run("swallow_exceptions", recorder)
    assert len(recorder.reports) == 3
    assert recorder.n_trained == 1
    assert not has_note(work)
    assert runner.pid() == before


def test_a_trainer_that_goes_on_after_the_stop_is_killed_after_the_grace(runner):
    recorder = Recorder(stop_at=2)
    end, work = runner.run("ignore_stop", recorder, grace=0.2)
    assert len(recorder.reports) == 2
    assert recorder.n_trained == 0
    assert end.state is TrialState.COMPLETED  # as asked; the monitor knows that it was terminated
    assert not is_running(int(note(work)))
    assert runner.pid() != int(note(work))


def test_a_process_that_exits_when_stopped_is_replaced(runner):
    before = runner.pid()
    end, _ = runner.run("exit_when_stopped", Recorder(stop_at=1))
    assert end.state is TrialState.COMPLETED
    assert not is_running(before)
    assert runner.pid() != before


# --- timeouts


def test_a_timeout_kills_a_fit_in_c_code_and_the_next_trial_runs(runner):
    runner.run("import_svm")
    end, work = runner.run("fit_for_long", timeout=1.5)
    assert end.state is TrialState.TIMED_OUT
    assert end.reason == "killed after its timeout of 1.5 s"
    assert not is_running(int(note(work)))
    assert runner.pid() != int(note(work))


def test_what_a_killed_trial_had_printed_is_in_its_log(runner):
    runner.pid()
    _, work = runner.run("print_and_block", timeout=0.5)
    assert has_note(work)
    assert work.log.read_text() == "before it was killed\n"


@pytest.mark.parametrize("timeout", [None, 3600])
def test_the_deadline_of_the_sweep_cancels_what_has_not_reported(runner, timeout):
    runner.pid()
    end, work = runner.run("print_and_block", timeout=timeout, time_left=0.5, grace=3600)
    assert (end.state, end.reason) == (TrialState.CANCELED, "the sweep's timeout was over")
    assert not is_running(int(note(work)))


def test_a_trial_that_reports_when_the_sweeps_time_is_over_stops_there_and_keeps_its_model(runner):
    before, recorder = runner.pid(), Recorder(keep=True)
    end, work = runner.run("train_until_told", recorder, time_left=0.5, grace=60.0)
    assert (end.state, end.reason) == (TrialState.CANCELED, "the sweep's timeout was over")
    assert load_model(work.model) == {"weights": [1.0]}
    assert runner.pid() == before


def test_a_trial_that_does_not_report_again_is_killed_a_while_after_the_sweeps_time(runner):
    before, recorder = runner.pid(), Recorder()
    end, _ = runner.run("report_and_block", recorder, time_left=0.5, grace=0.2)
    assert (end.state, end.reason) == (TrialState.CANCELED, "the sweep's timeout was over")
    assert (len(recorder.reports), recorder.n_trained) == (1, 0)
    assert not is_running(before)


def test_a_trial_that_ends_before_its_bounds_is_not_touched(runner):
    end, _ = runner.run("score", timeout=3600, time_left=3600)
    assert end.state is TrialState.COMPLETED


# --- crashes


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("exit_hard", "its process ended with exit code 3"),
        (
            "kill_itself",
            "its process was ended by SIGKILL (somebody killed it, or the system ran out of memory)",
        ),
        ("crash_in_c", "its process was ended by SIGSEGV (a crash in native code)"),
    ],
)
def test_a_crash_is_that_trials_failure_and_nothing_elses(runner, act, reason):
    before, recorder = runner.pid(), Recorder(keep=True)
    end, work = runner.run(act, recorder)
    assert (end.state, end.reason) == (TrialState.FAILED, reason)
    assert recorder.n_trained == 0
    assert not work.model.exists()
    assert not is_running(before)
    assert runner.pid() != before


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("SIGTERM", " (somebody ended it)"),
        ("SIGABRT", " (native code gave up)"),
        ("SIGXCPU", " (it used more processor time than the system allows)"),
        ("SIGUSR1", ""),
    ],
)
def test_a_signal_is_told_by_its_name_and_likely_cause(runner, name, cause):
    end, _ = runner.run("end_by", signal=name, timeout=60)
    assert (end.state, end.reason) == (TrialState.FAILED, f"its process was ended by {name}{cause}")


@pytest.mark.parametrize(
    ("act", "is_lost"),
    [
        ("kill_itself", True),
        ("crash_in_c", True),
        ("exit_hard", False),
        ("exit_softly", False),
        ("fail", False),
    ],
)
def test_only_a_trial_whose_process_died_by_a_signal_is_lost(runner, act, is_lost):
    end, _ = runner.run(act)
    assert end.is_lost == is_lost


def test_a_trial_that_is_killed_for_being_late_or_stopped_is_not_lost(runner):
    assert not runner.run("ignore_signals", timeout=0.5)[0].is_lost
    assert not runner.run("ignore_stop", Recorder(stop_at=2), grace=0.2)[0].is_lost


def test_a_crash_in_native_code_leaves_where_it_was_in_the_log(runner):
    _, work = runner.run("crash_in_c")
    log = work.log.read_text()
    assert "Fatal Python error: Segmentation fault" in log
    assert "in crash_in_c" in log


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"act": "exit_softly"}, "it called sys.exit(3)"),
        ({"act": "exit_with_text"}, "it called sys.exit('no such file')"),
        ({"error": "plain"}, "ValueError: bad value"),
        ({"error": "empty"}, "KeyError"),
        ({"error": "unpicklable"}, "Unpicklable: code 7 for /here"),
        ({"error": "broken"}, "Broken"),
        ({"error": "base"}, "NoException: out of here"),
        ({"error": "interrupt"}, "KeyboardInterrupt"),
        ({"error": "surrogate"}, r"OSError: no file \udc80"),
    ],
    ids=lambda value: next(iter(value.values())) if isinstance(value, dict) else "",
)
def test_whatever_a_trial_raises_is_its_failure_and_its_process_stays(runner, options, reason):
    before = runner.pid()
    end, _ = runner.run(**{"act": "raise_error", **options})
    assert (end.state, end.reason) == (TrialState.FAILED, reason)
    assert runner.pid() == before


def test_the_traceback_of_a_failed_trial_is_in_its_log(runner):
    _, work = runner.run("fail")
    log = work.log.read_text()
    assert "in fail" in log
    assert log.endswith("RuntimeError: on purpose\n")


def test_a_process_killed_between_two_trials_fails_neither(runner):
    before = runner.pid()
    os.kill(before, signal.SIGKILL)
    until(lambda: not is_known(before))
    assert runner.pid() != before


def test_a_grandchild_that_holds_the_line_does_not_keep_a_crash_from_showing(runner):
    end, work = runner.run("die_leaving_grandchild", timeout=300)
    child, grandchild = map(int, note(work).split())
    assert end.state is TrialState.FAILED
    assert "SIGKILL" in end.reason
    assert not is_running(child)
    until(lambda: not is_running(grandchild))
    assert runner.pid() != child


# --- the process


def test_the_same_process_runs_one_trial_after_another(runner):
    first = runner.pid()
    assert [runner.pid(), runner.pid()] == [first, first]
    assert first != os.getpid()


def test_all_output_of_a_trial_is_in_its_log_and_only_there(runner, capfd):
    works = [runner.run("print_everywhere", word=word)[1] for word in ("one", "two")]
    for work, own, other in zip(works, ("one", "two"), ("two", "one"), strict=True):
        log = work.log.read_text()
        for way in ("print", "stderr", "fd 1", "fd 2", "subprocess", "C"):
            assert log.count(f"{own} {way}") == 1
        assert other not in log
        assert work.log.stat().st_mode & 0o077 == 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("act", ["close_output", "replace_output"])
def test_a_trial_that_spoils_its_output_does_not_spoil_the_next_ones(runner, act):
    before = runner.pid()
    end, _ = runner.run(act)
    assert end.state is TrialState.COMPLETED
    _, work = runner.run("print_everywhere", word="two")
    assert "two print" in work.log.read_text()
    assert "two stderr" in work.log.read_text()
    assert runner.pid() == before


def test_a_trial_that_leaves_its_folder_does_not_take_the_next_one_with_it(runner):
    before = runner.pid()
    runner.run("leave_folder")
    end, work = runner.run("note_folder")
    assert end.state is TrialState.COMPLETED
    assert note(work) == str(Path.cwd())
    assert runner.pid() == before


def test_numeric_libraries_get_their_share_of_the_cores(runner):
    _, work = runner.run("note_environment")
    environment = json.loads(note(work))
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    assert [environment[name] for name in names] == ["3"] * 4  # three cores, one slot


# --- models


def test_a_wanted_model_is_written_and_an_unwanted_one_is_not(runner):
    _, wanted = runner.run("return_model", Recorder(keep=True))
    _, unwanted = runner.run("return_model", Recorder(keep=False))
    assert load_model(wanted.model) == {"weights": [1.0, 2.0]}
    assert not unwanted.model.exists()


def test_no_model_is_written_where_there_is_none(runner):
    end, work = runner.run("return_none", Recorder(keep=True))
    assert end.state is TrialState.COMPLETED
    assert not work.model.exists()


def test_a_model_that_cannot_be_saved_is_a_note_on_its_trial_and_only_if_it_is_wanted(runner):
    before = runner.pid()
    end, work = runner.run("return_open_file", Recorder(keep=True))
    assert end.state is TrialState.COMPLETED
    assert end.reason.startswith("the model, a _io.TextIOWrapper, cannot be saved: ")
    assert [path.name for path in work.model.parent.glob("*.skops*")] == []
    end, _ = runner.run("return_open_file", Recorder(keep=False))
    assert (end.state, end.reason) == (TrialState.COMPLETED, None)
    assert runner.pid() == before


@pytest.mark.parametrize(
    ("act", "why", "is_lost"),
    [
        ("return_model_that_kills", "its process was ended by SIGKILL", True),
        ("return_model_that_exits", "it called sys.exit(3)", False),
        ("return_model_that_blocks", "there was no time left to save it", False),
    ],
)
def test_a_process_that_is_gone_over_its_model_had_trained(runner, act, why, is_lost):
    runner.pid()
    # What ends by itself has all the time that it takes to import what saves models.
    timeout = 2 if act == "return_model_that_blocks" else None
    end, work = runner.run(act, Recorder(keep=True), timeout=timeout)
    assert (end.state, end.is_lost) == (TrialState.COMPLETED, is_lost)
    assert end.reason.startswith(f"the model cannot be saved: {why}")
    assert not work.model.exists()
    assert runner.pid()


# --- full disks


def test_a_disk_too_full_for_the_model_costs_the_trial_no_more_than_that(runner):
    end, work = runner.run("limit_files", Recorder(keep=True), bytes=1000, lines=0)
    runner.run("lift_limit")
    assert (end.state, end.reason) == (TrialState.COMPLETED, "the model cannot be saved: File too large")
    assert not end.is_lost
    assert [path.name for path in work.model.parent.glob("*.skops*")] == []


def test_a_disk_too_full_for_what_the_trial_writes_fails_it(runner):
    before = runner.pid()
    end, _ = runner.run("fill_disk")
    assert (end.state, end.reason) == (TrialState.FAILED, "OSError: [Errno 28] No space left on device")
    assert runner.pid() == before


def test_a_disk_too_full_for_the_log_fails_the_trial_and_spoils_no_other_log(runner):
    before = runner.pid()
    work = runner.work("print_everywhere", word="one")._replace(log=Path("/dev/full"))
    end = runner.pool.run(work, Recorder().judge)
    assert (end.state, end.reason) == (TrialState.FAILED, "OSError: [Errno 28] No space left on device")
    _, second = runner.run("print_everywhere", word="two")
    assert "two print" in second.log.read_text()
    assert "one" not in second.log.read_text()
    assert runner.pid() == before


def test_a_disk_that_fills_while_the_trial_prints_keeps_what_was_there(runner):
    end, work = runner.run("limit_files", bytes=1000, lines=10_000)
    _, other = runner.run("lift_limit")
    assert (end.state, end.reason) == (TrialState.FAILED, "OSError: [Errno 27] File too large")
    assert work.log.read_text().startswith("line 0\nline 1\n")
    assert work.log.stat().st_size <= 1000
    assert other.log.read_text() == ""


def test_a_log_that_cannot_be_opened_fails_its_trial_with_the_reason(runner, tmp_path):
    before = runner.pid()
    _, good = runner.run("print_everywhere", word="one")
    log = tmp_path / "nowhere" / "log.txt"
    end = runner.pool.run(runner.work("score")._replace(log=log), Recorder().judge)
    reason = f"FileNotFoundError: [Errno 2] No such file or directory: '{log}'"
    assert (end.state, end.reason) == (TrialState.FAILED, reason)
    assert "Traceback" not in good.log.read_text()
    assert runner.pid() == before


# --- pools of their own


def test_closing_cancels_trials_that_run_or_wait_and_those_that_come_later(tmp_path):
    with new_pool(tmp_path) as pool, ThreadPoolExecutor() as threads:
        runner = Runner(pool, tmp_path)
        running = runner.work("print_and_block")
        first = threads.submit(pool.run, running, Recorder().judge)
        until(lambda: has_note(running))
        waiting = [threads.submit(runner.run, "score") for _ in range(2)]
        pool.close()
        ends = [first.result(timeout=60), *(future.result(timeout=60)[0] for future in waiting)]
        later, _ = runner.run("score")
    assert {(end.state, end.reason) for end in [*ends, later]} == {
        (TrialState.CANCELED, "the sweep was stopped")
    }
    assert not is_running(int(note(running)))


def test_closing_leaves_no_process_behind(tmp_path):
    with new_pool(tmp_path) as pool:
        runner = Runner(pool, tmp_path)
        end, work = runner.run("leave_grandchild")
        assert end.state is TrialState.COMPLETED
        child, grandchild = map(int, note(work).split())
        assert runner.pid() == child
        assert is_running(grandchild)
    assert not is_running(child)
    until(lambda: not is_running(grandchild))


def test_closing_ends_children_that_ignore_signals_hold_the_judge_or_are_still_starting(tmp_path):
    is_held, may_go_on = threading.Event(), threading.Event()

    def hold(_metrics):
        is_held.set()
        may_go_on.wait(60)
        return False

    with ThreadPoolExecutor() as threads, new_pool(tmp_path, slots=8) as pool:
        runner = Runner(pool, tmp_path)
        deaf = [runner.work("ignore_signals") for _ in range(2)]
        futures = [threads.submit(pool.run, work, Recorder().judge) for work in deaf]
        futures.append(threads.submit(pool.run, runner.work("score"), Judge(hold, lambda _: False)))
        assert is_held.wait(120)
        until(lambda: all(map(has_note, deaf)))
        children = [worker.pid for worker in pool._workers]
        os.kill(next(worker.pid for worker in pool._workers if worker.work is None), signal.SIGKILL)
        futures.append(threads.submit(runner.run, "score"))  # the judge of one trial is held all the while
        pool.close()
        assert not any(map(is_running, children))
        may_go_on.set()
        assert {future.result(timeout=60).state for future in futures[:3]} == {TrialState.CANCELED}


def test_closing_does_not_wait_for_a_child_that_hangs_in_its_imports(tmp_path, monkeypatch):
    (tmp_path / "trainers.py").write_text("import time\ntime.sleep(3600)\n")
    monkeypatch.syspath_prepend(tmp_path)
    with ThreadPoolExecutor() as threads, new_pool(tmp_path) as pool:
        future = threads.submit(Runner(pool, tmp_path).run, "score")
        until(lambda: any(worker.work is None for worker in pool._workers))
        pool.close()
        assert future.result(timeout=60)[0].state is TrialState.CANCELED


def test_a_child_that_hangs_in_its_imports_is_given_up(tmp_path, monkeypatch):
    (tmp_path / "trainers.py").write_text("import time\ntime.sleep(3600)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("sweepflow.workers.local.worker._START_SECONDS", 2.0)
    with new_pool(tmp_path) as pool:
        end, _ = Runner(pool, tmp_path).run("score", timeout=1)
    assert (end.state, end.is_lost) == (TrialState.FAILED, True)
    assert end.reason.startswith("no worker: its process was not ready after ")


def test_a_system_without_a_process_to_spare_costs_one_trial(tmp_path, monkeypatch):
    monkeypatch.setattr("sweepflow.workers.local.pool._RESTART_SECONDS", 0.1)
    guardian = Guardian()  # while processes can be started
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", str(tmp_path / "python"))
        patch.setattr("sweepflow.workers.local.children.Guardian", lambda: guardian)
        pool = new_pool(tmp_path)
    with pool:
        runner = Runner(pool, tmp_path)
        end, _ = runner.run("score")
        assert (end.state, end.is_lost) == (TrialState.FAILED, True)
        assert end.reason.startswith("no worker: its process could not be started: [Errno 2]")
        assert runner.run("score")[0].state is TrialState.COMPLETED


def test_a_pool_whose_guardian_was_killed_works_and_closes(tmp_path):
    with new_pool(tmp_path) as pool:
        runner = Runner(pool, tmp_path)
        os.kill(pool._children.guardian.pid, signal.SIGKILL)
        assert runner.run("kill_itself")[0].is_lost
        assert runner.run("score")[0].state is TrialState.COMPLETED


def test_no_more_trials_run_at_once_than_there_are_slots(tmp_path):
    with new_pool(tmp_path, slots=2, cores=5) as pool, ThreadPoolExecutor(6) as threads:
        runner = Runner(pool, tmp_path)
        works = [runner.work("note_times") for _ in range(6)]
        environment = runner.work("note_environment")
        ends = list(threads.map(lambda work: pool.run(work, Recorder().judge), [*works, environment]))
    assert {end.state for end in ends} == {TrialState.COMPLETED}
    times = [json.loads(note(work)) for work in works]
    assert max(sum(start <= other < end for start, end in times) for other, _ in times) <= 2
    assert json.loads(note(environment))["OMP_NUM_THREADS"] == "2"  # five cores, two slots


def test_no_more_workers_import_at_once_than_there_are_cores(tmp_path, monkeypatch):
    lines = tmp_path / "lines"
    begins, ends = (f"print({word!r}, file=open({str(lines)!r}, 'a'))" for word in ("begins", "ends"))
    trainer = "@sweepflow.trainer\ndef train(parameters, data, report): ..."
    (tmp_path / "crowd.py").write_text(f"import sweepflow\n{begins}\nsum(range(10**6))\n{ends}\n{trainer}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(local_pool, "_LONGEST_FOR_A_CORE", 60.0)
    n = cores() + 2
    with LocalCompute().pool(FunctionTrial(function="crowd:train"), n, n, tmp_path / "log", None):
        until(lambda: lines.exists() and lines.read_text().count("ends") == n)
    counts = accumulate(1 if line == "begins" else -1 for line in lines.read_text().split())
    assert max(counts) <= cores()


def test_the_end_of_a_trial_whose_process_died_does_not_wait_for_workers_that_have_yet_to_start(
    tmp_path, monkeypatch
):
    may_go_on = tmp_path / "may_go_on"
    (tmp_path / "slow.py").write_text(
        "import os, pathlib, signal, time, sweepflow\n"
        f"may_go_on = pathlib.Path({str(may_go_on)!r})\n"
        "is_first = os.environ['CUDA_VISIBLE_DEVICES'] == 'first'\n"
        "while not (is_first or may_go_on.exists()): time.sleep(0.01)\n"
        "@sweepflow.trainer\n"
        "def train(parameters, data, report):\n"
        "    os.kill(os.getpid(), signal.SIGKILL) if is_first else report(score=1.0)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(local_pool, "cores", lambda: 1)
    monkeypatch.setattr(local_pool, "_LONGEST_FOR_A_CORE", 3600.0)
    trial, slots = FunctionTrial(function="slow:train"), ["first", "second", "third"]
    with ThreadPoolExecutor() as threads, LocalPool(trial, 3, 1, tmp_path / "log", None, gpus=slots) as pool:
        runner = Runner(pool, tmp_path)
        end, _ = threads.submit(runner.run, "any").result(timeout=30)
        assert end.reason.startswith("its process was ended by SIGKILL")
        may_go_on.touch()
        assert runner.run("any")[0].state is TrialState.COMPLETED


def test_an_error_of_ours_at_a_later_start_is_raised_and_its_slot_is_filled(tmp_path, monkeypatch):
    with new_pool(tmp_path) as pool:
        runner, start, faults = Runner(pool, tmp_path), pool._new_worker, [TypeError("a fault of ours")]

        def start_at_last(slot):
            if faults:
                raise faults.pop()
            return start(slot)

        monkeypatch.setattr(pool, "_new_worker", start_at_last)
        assert runner.run("kill_itself")[0].is_lost
        with pytest.raises(TypeError, match="a fault of ours"):
            runner.run("score")
        assert runner.run("score")[0].state is TrialState.COMPLETED


def test_both_slots_are_used_at_once(tmp_path):
    with new_pool(tmp_path, slots=2) as pool, ThreadPoolExecutor() as threads:
        runner = Runner(pool, tmp_path)
        works = [runner.work("print_and_block") for _ in range(2)]
        futures = [threads.submit(pool.run, work, Recorder().judge) for work in works]
        until(lambda: all(map(has_note, works)))
        pool.close()
        assert {future.result(timeout=60).state for future in futures} == {TrialState.CANCELED}
    assert not any(is_running(int(note(work))) for work in works)


def test_threads_per_trial_overrides_the_share_and_a_deadline_counts_before_a_child_is_warm(tmp_path):
    with new_pool(tmp_path, threads_per_trial=7) as pool:
        runner = Runner(pool, tmp_path)
        end, _ = runner.run("score", timeout=3600, time_left=0)
        assert (end.state, end.reason) == (TrialState.CANCELED, "the sweep's timeout was over")
        _, work = runner.run("note_environment")
    assert json.loads(note(work))["OMP_NUM_THREADS"] == "7"


def test_a_module_in_the_working_directory_does_not_stand_in_for_one_of_pythons(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise RuntimeError('not this one')")
    monkeypatch.chdir(tmp_path)
    with new_pool(tmp_path) as pool:
        assert Runner(pool, tmp_path).pid()


def test_a_child_that_cannot_start_fails_its_trial_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [])
    with new_pool(tmp_path) as pool:
        end, _ = Runner(pool, tmp_path).run("score")
    assert (end.state, end.reason) == (TrialState.FAILED, "no worker: its process ended with exit code 1")
    assert end.is_lost  # no process has seen its parameters


PARENT = """
import sys, threading
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from pools import Recorder, Runner, new_pool

folder = Path(sys.argv[1])
pool = new_pool(folder, slots=2)
(folder / "guardian").write_text(str(pool._children.guardian.pid))
runner = Runner(pool, folder)
for _ in range(2):
    work = runner.work("block_with_grandchild")
    threading.Thread(target=pool.run, args=(work, Recorder().judge)).start()
"""


@pytest.mark.parametrize("dies_first", ["nobody", "guardian"])
def test_all_processes_end_when_their_parent_is_killed(tmp_path, dies_first):
    paths = [str(TESTS / "support"), str(TESTS), str(TESTS.parent)]
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path), *paths])
    notes = [tmp_path / "0.note", tmp_path / "1.note"]
    try:
        until(lambda: all(path.exists() for path in notes))
        children, grandchildren = zip(*(map(int, path.read_text().split()) for path in notes), strict=True)
        guardian = int((tmp_path / "guardian").read_text())
        assert all(map(is_running, [*children, *grandchildren, guardian]))
        if dies_first == "guardian":
            os.kill(guardian, signal.SIGKILL)
    finally:
        parent.kill()
        parent.wait()
    until(lambda: not any(map(is_running, [*children, guardian])))
    if dies_first == "guardian":  # who would have ended what the trials had started
        for pid in grandchildren:
            os.kill(pid, signal.SIGKILL)
    until(lambda: not any(map(is_running, grandchildren)))


def test_trials_see_the_environment_but_not_the_ledgers_password(tmp_path, monkeypatch):
    monkeypatch.setenv("SWEEPFLOW_LEDGER", "postgresql://me:hunter2@host/tuning")
    monkeypatch.setenv("OF_THE_USER", "1")
    with new_pool(tmp_path) as pool:
        _, work = Runner(pool, tmp_path).run("note_environment")
    names = json.loads(note(work))
    assert "OF_THE_USER" in names
    assert "SWEEPFLOW_LEDGER" not in names
