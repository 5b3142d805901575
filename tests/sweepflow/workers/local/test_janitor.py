"""What real trials may use, and what happens to those that use more."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from pools import Recorder, Runner, has_note, is_running, new_pool, note, until
from sweepflow.base.warden import table, tree
from sweepflow.trials.state import TrialState

MEGABYTE = 1_000_000
LOG = 15 * MEGABYTE
LIMIT = 600 * MEGABYTE
REASON = f"killed: it used more than limits.trial_memory ({LIMIT} bytes)"


# --- logs


def test_the_log_of_a_trial_that_prints_without_end_stays_bounded_and_keeps_its_last_lines(runner):
    end, work = runner.run("flood", timeout=4)
    assert end.state is TrialState.TIMED_OUT
    assert work.log.stat().st_size <= LOG
    notice, *lines = work.log.read_text().splitlines()
    assert notice.endswith("bytes of output were left out here]")
    numbers = [int(line.split()[1]) for line in lines[:-1]]  # the last one may have been cut off
    assert len(numbers) > 50
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_a_trial_that_prints_too_much_ends_as_any_other_and_its_very_last_lines_are_there(runner):
    before = runner.pid()
    end, work = runner.run("flood", n=300_000)  # 33 MB
    assert (end.state, end.reason) == (TrialState.FAILED, "it called sys.exit('that was all')")
    assert work.log.stat().st_size <= LOG
    last = [int(line.split()[1]) for line in work.log.read_text().splitlines()[-50:]]
    assert last == list(range(299_950, 300_000))
    assert runner.pid() == before


def test_a_trial_that_prints_no_newline_is_bounded_too(runner):
    end, work = runner.run("flood_without_newlines")
    assert end.reason == "it called sys.exit('that was all')"
    assert work.log.stat().st_size <= LOG
    assert work.log.read_bytes().endswith(b"x" * 1000 + b"the end")


def test_a_thread_that_prints_on_after_its_trial_is_bounded_too(tmp_path):
    with new_pool(tmp_path) as pool:
        _, work = Runner(pool, tmp_path).run("flood_late")

        def is_cut():
            with work.log.open("rb") as file:
                return file.read(1) == b"["

        until(is_cut)


def test_the_log_of_the_pool_itself_is_bounded(tmp_path):
    log = tmp_path / "workers.log"
    log.write_bytes(b"x" * 3 * LOG)
    with new_pool(tmp_path):
        until(lambda: log.stat().st_size <= LOG)


# --- memory


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    folder = tmp_path_factory.mktemp("narrow")
    with new_pool(folder, trial_memory=LIMIT) as pool:
        yield Runner(pool, folder)


@pytest.mark.parametrize("where", ["itself", "grandchild"])
def test_a_trial_that_holds_too_much_is_killed_with_all_that_it_started(narrow, where):
    before = narrow.pid()
    end, _ = narrow.run("hold", bytes=700 * MEGABYTE, where=where, for_ever=True, timeout=300)
    assert (end.state, end.reason, end.is_lost) == (TrialState.FAILED, REASON, False)
    assert not is_running(before)
    until(lambda: not tree(before, table()))
    assert narrow.pid() != before


def test_a_trial_below_the_limit_is_not_touched(narrow):
    end, _ = narrow.run("hold", bytes=200 * MEGABYTE, for_ever=True, timeout=2)
    assert end.state is TrialState.TIMED_OUT


def test_memory_mapped_files_do_not_count(narrow):
    end, _ = narrow.run("map_file", bytes=1000 * MEGABYTE, seconds=1.5)
    assert end.state is TrialState.COMPLETED


def test_what_earlier_trials_left_behind_does_not_cost_the_next_one_its_life(narrow):
    _, first = narrow.run("keep_after_the_end", bytes=350 * MEGABYTE)
    second, work = narrow.run("keep_after_the_end", bytes=350 * MEGABYTE)
    assert second.state is TrialState.COMPLETED
    assert note(first) != note(work)
    _, third = narrow.run("keep_after_the_end", bytes=1)
    assert narrow.pid() == int(note(third))


def test_a_trial_is_not_weighed_without_a_limit(runner):
    end, _ = runner.run("hold", bytes=700 * MEGABYTE)
    assert end.state is TrialState.COMPLETED


def test_a_trial_that_is_over_is_not_condemned_for_what_it_did(tmp_path):
    with new_pool(tmp_path) as pool, ThreadPoolExecutor() as threads:
        runner = Runner(pool, tmp_path)
        first, second = runner.work("note_pid"), runner.work("print_and_block", timeout=2)
        pool.run(first, Recorder().judge)
        (worker,) = pool._workers
        future = threads.submit(pool.run, second, Recorder().judge)
        until(lambda: has_note(second))
        worker.kill_trial(first, "it was the first one")
        assert future.result().state is TrialState.TIMED_OUT
        assert os.getpid() != worker.pid
