"""Runs the trials of a sweep as task runs, until the sweep is over or interrupted."""

import queue
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from prefect import unmapped
from prefect.futures import PrefectFuture

from sweepflow.flows.engine.call_context import report_progress
from sweepflow.flows.engine.live_view import LiveView
from sweepflow.running.sweep import Ask, Over, RunningSweep
from sweepflow.running.trial_runner import TrialRunner
from sweepflow.tasks.train_trial import train_trial

_POLL_SECONDS = 1.0
"""How often it checks for an interrupt that a library has swallowed."""


def run_trials(
    sweep: RunningSweep, runner: TrialRunner, view: LiveView, raise_lost_interrupt: Callable[[], None]
) -> str | None:
    """Keep every slot busy until the sweep is over; gives the reason if it has failed.

    However this ends, no trial runs or is queued afterwards.
    """
    runs = _TrialRuns(runner, raise_lost_interrupt)
    try:
        while True:
            view.raise_what_ends_the_run()
            action = sweep.next(sweep.slots - len(runs))
            if isinstance(action, Ask):
                runs.start(action.numbers)
            report_progress(sweep.progress())
            if isinstance(action, Over):
                runner.stop()
                if not len(runs):
                    raise_lost_interrupt()
                    sweep.cancel_queued()
                    return action.failure
            runs.wait_for_one()
    except BaseException:
        runner.stop()
        runs.wait_for_all()
        sweep.cancel_queued()
        raise


class _TrialRuns:
    """The task runs that are running."""

    def __init__(self, runner: TrialRunner, raise_lost_interrupt: Callable[[], None]) -> None:
        self._runner = runner
        self._raise_lost_interrupt = raise_lost_interrupt
        self._running: set[PrefectFuture[Any]] = set()
        self._ended: queue.SimpleQueue[PrefectFuture[Any]] = queue.SimpleQueue()

    def __len__(self) -> int:
        return len(self._running)

    def start(self, numbers: tuple[int, ...]) -> None:
        """Start a task run for each of these trials."""
        # A mapped task refuses an empty list.
        for future in train_trial.map(numbers, runner=unmapped(self._runner)) if numbers else []:
            self._running.add(future)
            future.add_done_callback(self._ended.put)

    def wait_for_one(self) -> None:
        """Wait for the next one to end; raises an error that is not a trial's own."""
        self._running.discard(self._next_ended())
        if self._runner.error is not None:
            raise self._runner.error

    def wait_for_all(self) -> None:
        """Wait until all have ended."""
        for future in self._running:
            future.wait()

    def _next_ended(self) -> PrefectFuture[Any]:
        while True:
            self._raise_lost_interrupt()
            with suppress(queue.Empty):
                return self._ended.get(timeout=_POLL_SECONDS)
