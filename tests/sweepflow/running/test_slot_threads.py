"""The threads of a sweep's slots."""

import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from sweepflow.running.slot_threads import SlotThreads
from sweepflow.running.slots import Slots
from sweepflow.trials.state import TrialEnd, TrialState
from sweepflow.workers.ends import stopped

DONE = TrialEnd(TrialState.COMPLETED, None, 1.0)


class Runner:
    """Runs a trial as far as it is told to: each step begins the trial or ends it."""

    def __init__(self, slots):
        self.running = queue.SimpleQueue()
        self.steps = queue.SimpleQueue()
        self._slots = slots

    def run_trial(self, number, began):
        self.running.put(number)
        try:
            while (step := self.steps.get()) == "begin":
                began()
            if isinstance(step, Exception):
                raise step
            return step
        finally:
            self._slots.free(number)


@pytest.fixture
def made():
    """One slot for three trials, its thread, and what it runs them with."""
    slots = Slots(1, lambda: True)
    runner = Runner(slots)
    sweep = SimpleNamespace(
        slots=1,
        taken=slots.taken,
        ended=slots.ended,
        begin=slots.begin,
        wait_until_running=slots.wait,
        forget=slots.forget,
    )
    threads = SlotThreads(sweep, runner)
    threads.start()
    slots.give([0])
    slots.queue([1, 2])
    return slots, runner, threads


def test_a_slot_goes_on_though_nobody_follows_its_trials(made):
    slots, runner, threads = made
    for number in range(3):
        assert runner.running.get() == number
        runner.steps.put(DONE)
    assert sorted(slots.ended.get() for _ in range(3)) == [0, 1, 2]
    assert [threads.end_of(number) for number in range(3)] == [DONE] * 3
    threads.close()


def test_the_end_of_a_trial_is_told_once_the_next_one_is_under_way(made):
    slots, runner, threads = made
    runner.steps.put("begin")
    assert threads.wait_until_running(0)
    runner.steps.put(DONE)
    assert (runner.running.get(), runner.running.get()) == (0, 1)
    assert slots.ended.empty()
    runner.steps.put("begin")
    assert slots.ended.get() == 0
    assert threads.end_of(0) == DONE
    runner.steps.put(DONE)
    runner.steps.put(DONE)
    assert [slots.ended.get(), slots.ended.get()] == [1, 2]
    threads.close()


def test_whoever_follows_a_trial_is_woken_when_it_runs_not_when_it_gets_its_slot(made):
    _, runner, threads = made
    with ThreadPoolExecutor() as others:
        following = others.submit(threads.wait_until_running, 0)
        assert runner.running.get() == 0  # it has its slot
        assert not following.done()
        runner.steps.put("begin")
        assert following.result()
    for _ in range(3):
        runner.steps.put(DONE)
    threads.close()


def test_a_trial_that_gets_no_slot_ends_as_canceled_and_the_last_one_is_waited_for(made):
    slots, runner, threads = made
    assert runner.running.get() == 0
    slots.close()
    assert not threads.wait_until_running(1)
    assert threads.end_of(2) == stopped(None)
    with ThreadPoolExecutor() as others:
        closing = others.submit(threads.close)
        assert not closing.done()
        runner.steps.put(DONE)
        closing.result()
    assert threads.end_of(0) == DONE


def test_what_goes_wrong_outside_of_a_trial_is_raised_where_it_is_followed(made):
    slots, runner, threads = made
    slots.close()
    runner.steps.put(OSError("no space left"))
    with pytest.raises(OSError, match="no space left"):
        threads.end_of(0)
    threads.close()


def test_if_a_thread_cannot_be_started_the_others_end(monkeypatch):
    slots = Slots(3, lambda: True)
    sweep = SimpleNamespace(slots=3, taken=slots.taken, ended=slots.ended)
    threads, started = SlotThreads(sweep, Runner(slots)), []
    start = threading.Thread.start

    def start_two(thread):
        if len(started) == 2:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_two)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        threads.start()
    threads.close()
    assert [thread.is_alive() for thread in started] == [False, False]
