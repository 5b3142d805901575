"""Runs the trials of a sweep as task runs, until the sweep is over or interrupted."""

import concurrent.futures
import logging
import queue
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import partial
from typing import Any, cast

from prefect import get_run_logger, unmapped
from prefect.futures import PrefectConcurrentFuture

from sweepflow.flows.engine.call_context import report_progress
from sweepflow.flows.engine.live_view import LiveView
from sweepflow.running.slot_threads import SlotThreads
from sweepflow.running.sweep import Ask, Over, RunningSweep
from sweepflow.running.trial_runner import TrialRunner
from sweepflow.tasks.train_trial import train_trial

_LOGGER = logging.getLogger("prefect.sweepflow")

_POLL_SECONDS = 1.0
"""How often it checks for what ends the run while it waits."""

_LOOK_EVERY = 250
"""After so many further task runs it asks how many of them Prefect's server has recorded."""

_MOST_UNRECORDED = 1500
"""The server keeps 10,000 events that it has yet to record, several of each task run, and drops what comes
beyond: so many ended task runs may wait for it, and no more."""

_MOST_BEHIND = 4
"""Prefect's task runs end after their trials; beyond so many more than there are slots, no new one starts,
since each is a thread."""


def run_trials(
    sweep: RunningSweep,
    runner: TrialRunner,
    view: LiveView,
    raise_lost_interrupt: Callable[[], None],
    wait_until_recorded: Callable[[int], object],
) -> tuple[int, str | None]:
    """Keep every slot busy until the sweep is over; gives how many trials have a task run, and why it failed.

    `wait_until_recorded` waits until Prefect's server has recorded so many ended task runs: where it is far
    behind, no further one starts. However this ends, no trial runs or is queued afterwards.
    """

    def raise_what_ends_the_run() -> None:
        raise_lost_interrupt()
        view.raise_what_ends_the_run()
        if runner.error is not None:  # one that is not a trial's own
            raise runner.error

    slots = SlotThreads(sweep, runner)
    runs = _TrialRuns(sweep, runner, slots, raise_what_ends_the_run, wait_until_recorded)
    try:
        slots.start()
        failure = _run_until_over(sweep, runner, runs, raise_what_ends_the_run)
    except BaseException:
        runner.stop()
        runs.wait_for_all()
        raise
    finally:  # even if a second interrupt comes
        runner.stop()
        slots.close()
        sweep.cancel_queued()
    raise_what_ends_the_run()
    return sweep.n_run - len(runs.lost), failure


def _run_until_over(
    sweep: RunningSweep,
    runner: TrialRunner,
    runs: "_TrialRuns",
    raise_what_ends_the_run: Callable[[], None],
) -> str | None:
    """Run until the sweep is over and all task runs have ended; gives the reason if it has failed."""
    while True:
        raise_what_ends_the_run()
        action = sweep.next(*runs.room())
        if isinstance(action, Ask):
            runs.start(action.numbers)
        runs.report()
        if isinstance(action, Over):
            runner.stop()
            if not len(runs):
                return action.failure
            runs.wait_for_task_run()
        else:
            runs.wait_for_trial()


class _TrialRuns:
    """The task runs that have not ended."""

    def __init__(
        self,
        sweep: RunningSweep,
        runner: TrialRunner,
        slots: SlotThreads,
        raise_what_ends_the_run: Callable[[], None],
        wait_until_recorded: Callable[[int], object],
    ) -> None:
        self.lost: set[int] = set()
        """The trials without a task run that shows them, since Prefect has failed."""
        self._wait_until_recorded = wait_until_recorded
        self._n_started = self._n_looked = 0
        self._sweep = sweep
        self._runner = runner
        self._slots = slots
        self._raise_what_ends_the_run = raise_what_ends_the_run
        self._waits_for: str | None = None
        self._futures: dict[int, Future[Any]] = {}
        """Those of the threads: what waits for Prefect's own raises what their task runs raised, and more."""
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
        n_ended = self._n_started - len(self._futures) - len(self.lost)
        if n_ended >= self._n_looked + _LOOK_EVERY:
            self._wait_until_recorded(n_ended - _MOST_UNRECORDED)
            self._n_looked = n_ended
        self._n_started += len(numbers)
        # A mapped task refuses an empty list.
        futures = train_trial.map(numbers, slots=unmapped(self._slots)) if numbers else []
        for number, future in zip(numbers, futures, strict=True):
            thread_future = cast(PrefectConcurrentFuture[Any], future).wrapped_future
            self._futures[number] = thread_future
            thread_future.add_done_callback(partial(self._end, number))

    def report(self) -> None:
        """Report the progress; what the trials wait for is logged too, once."""
        waits_for = self._runner.waits_for()
        if waits_for is not None and waits_for != self._waits_for:
            get_run_logger().warning(waits_for)
        self._waits_for = waits_for
        report_progress(self._sweep.progress()._replace(waits_for=waits_for))

    def wait_for_trial(self) -> None:
        """Wait for the next trial to end; raises what ends the run."""
        for number in self._next_ended():
            self._open.remove(number)
            self._forget(number)

    def wait_for_task_run(self) -> None:
        """Wait for a task run to end, for a while."""
        _wait(tuple(self._futures.values())[:1], _POLL_SECONDS)

    def wait_for_all(self) -> None:
        """Wait until all task runs have ended, however they end."""
        _wait(self._futures.values())

    def _catch_up(self) -> None:
        """Wait while too many task runs are under way whose trials have ended."""
        while len(behind := set(self._futures) - self._open) > self._sweep.slots + _MOST_BEHIND:
            self._raise_what_ends_the_run()
            if future := self._futures.get(min(behind)):
                _wait([future], _POLL_SECONDS)

    def _end(self, number: int, future: Future[Any]) -> None:
        error = CancelledError() if future.cancelled() else future.exception()
        if error is not None:
            self.lost.add(number)
        del self._futures[number]
        self._forget(number)
        if isinstance(error, Exception):  # not a Pause or an interrupt, which others raise too
            told = "trial %d is not shown in Prefect, where its task run has failed: %s: %s"
            _LOGGER.warning(told, number, type(error).__name__, error)

    def _forget(self, number: int) -> None:
        """Keep nothing more of the trial once both it and its task run have ended, in whatever order."""
        if number not in self._open and number not in self._futures:
            self._slots.forget(number)

    def _next_ended(self) -> set[int]:
        while True:
            self._raise_what_ends_the_run()
            if self._runner.waits_for() != self._waits_for:
                self.report()
            with suppress(queue.Empty):
                ended = {self._sweep.ended.get(timeout=_POLL_SECONDS)}
                while not self._sweep.ended.empty():
                    ended.add(self._sweep.ended.get_nowait())
                return ended


def _wait(futures: Iterable[Future[Any]], seconds: float | None = None) -> None:
    """Wait until they have ended, raising nothing of theirs; at most so long."""
    concurrent.futures.wait(tuple(futures), seconds)
