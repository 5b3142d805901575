"""Runs the trials of a sweep as task runs, until the sweep is over or interrupted."""

import queue
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from prefect import get_run_logger, unmapped
from prefect.futures import PrefectFuture

from sweepflow.flows.engine.call_context import report_progress
from sweepflow.flows.engine.live_view import LiveView
from sweepflow.running.slot_threads import SlotThreads
from sweepflow.running.sweep import Ask, Over, RunningSweep
from sweepflow.running.trial_runner import TrialRunner
from sweepflow.tasks.train_trial import train_trial

_POLL_SECONDS = 1.0
"""How often it checks for an interrupt that a library has swallowed."""

_LOOK_EVERY = 250
"""After so many further task runs it asks how many of them Prefect's server has recorded."""

_MOST_UNRECORDED = 1500
"""The server keeps 10,000 events that it has yet to record, several of each task run, and drops what comes
beyond: so many ended task runs may wait for it, and no more."""

_MOST_BEHIND = 4
"""So many task runs more than there are slots may be under way whose trials have ended: a thread each."""


def run_trials(
    sweep: RunningSweep,
    runner: TrialRunner,
    view: LiveView,
    raise_lost_interrupt: Callable[[], None],
    wait_until_recorded: Callable[[int], object],
) -> str | None:
    """Keep every slot busy until the sweep is over; gives the reason if it has failed.

    `wait_until_recorded` waits until Prefect's server has recorded so many ended task runs: where it is far
    behind, no further one starts. However this ends, no trial runs or is queued afterwards.
    """
    slots = SlotThreads(sweep, runner)
    runs = _TrialRuns(sweep, runner, slots, raise_lost_interrupt, wait_until_recorded)
    try:
        while True:
            view.raise_what_ends_the_run()
            action = sweep.next(*runs.room())
            if isinstance(action, Ask):
                runs.start(action.numbers)
            runs.report()
            if isinstance(action, Over):
                runner.stop()
                if not len(runs):
                    raise_lost_interrupt()
                    slots.close()
                    sweep.cancel_queued()
                    return action.failure
                runs.wait_for_task_run()
            else:
                runs.wait_for_trial()
    except BaseException:
        runner.stop()
        runs.wait_for_all()
        slots.close()
        sweep.cancel_queued()
        raise


class _TrialRuns:
    """The task runs that have not ended."""

    def __init__(
        self,
        sweep: RunningSweep,
        runner: TrialRunner,
        slots: SlotThreads,
        raise_lost_interrupt: Callable[[], None],
        wait_until_recorded: Callable[[int], object],
    ) -> None:
        self._wait_until_recorded = wait_until_recorded
        self._n_started = self._n_looked = 0
        self._sweep = sweep
        self._runner = runner
        self._slots = slots
        self._raise_lost_interrupt = raise_lost_interrupt
        self._waits_for: str | None = None
        self._futures: dict[int, PrefectFuture[Any]] = {}
        self._open: set[int] = set()
        """The trials that have a slot or wait for one; a task run ends a little later than its trial."""

    def __len__(self) -> int:
        return len(self._futures)

    def room(self) -> tuple[int, int]:
        """How many slots are free, and how many further trials may be made ready."""
        n_free = max(0, self._sweep.slots - len(self._open))
        return n_free, self._sweep.slots + self._sweep.n_ahead - len(self._open) - n_free

    def start(self, numbers: tuple[int, ...]) -> None:
        """Start a task run for each of these trials, once Prefect has caught up with most that ended."""
        self._open.update(numbers)
        self._catch_up()
        n_ended = self._n_started - len(self._futures)
        if n_ended >= self._n_looked + _LOOK_EVERY:
            self._wait_until_recorded(n_ended - _MOST_UNRECORDED)
            self._n_looked = n_ended
        self._n_started += len(numbers)
        # A mapped task refuses an empty list.
        futures = train_trial.map(numbers, slots=unmapped(self._slots)) if numbers else []
        for number, future in zip(numbers, futures, strict=True):
            self._futures[number] = future
            future.add_done_callback(partial(self._end, number))

    def report(self) -> None:
        """Report the progress; what the trials wait for is logged too, once."""
        waits_for = self._runner.waits_for()
        if waits_for is not None and waits_for != self._waits_for:
            get_run_logger().warning(waits_for)
        self._waits_for = waits_for
        report_progress(self._sweep.progress()._replace(waits_for=waits_for))

    def wait_for_trial(self) -> None:
        """Wait for the next trial to end; raises an error that is not a trial's own."""
        self._open.difference_update(self._next_ended())
        self._raise_error()

    def wait_for_task_run(self) -> None:
        """Wait for a task run to end; raises an error that is not a trial's own."""
        self._raise_lost_interrupt()
        for future in tuple(self._futures.values())[:1]:
            future.wait(_POLL_SECONDS)
        self._raise_error()

    def wait_for_all(self) -> None:
        """Wait until all task runs have ended."""
        for future in tuple(self._futures.values()):
            future.wait()

    def _catch_up(self) -> None:
        """Wait while too many task runs are under way whose trials have ended."""
        while len(behind := set(self._futures) - self._open) > self._sweep.slots + _MOST_BEHIND:
            self._raise_lost_interrupt()
            if future := self._futures.get(min(behind)):
                future.wait(_POLL_SECONDS)

    def _end(self, number: int, _future: PrefectFuture[Any]) -> None:
        del self._futures[number]
        if self._sweep.is_refused(number):
            self._slots.ended.put(number)
        self._slots.forget(number)

    def _raise_error(self) -> None:
        if self._runner.error is not None:
            raise self._runner.error

    def _next_ended(self) -> set[int]:
        while True:
            self._raise_lost_interrupt()
            if self._runner.waits_for() != self._waits_for:
                self.report()
            with suppress(queue.Empty):
                ended = {self._slots.ended.get(timeout=_POLL_SECONDS)}
                while not self._slots.ended.empty():
                    ended.add(self._slots.ended.get_nowait())
                return ended
