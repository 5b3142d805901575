"""The threads of a sweep's slots: each runs one trial after another, and whoever shows a trial follows it."""

import queue
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from sweepflow.running.sweep import RunningSweep
from sweepflow.running.trial_runner import TrialRunner
from sweepflow.trials.state import TrialEnd
from sweepflow.workers.ends import stopped


class SlotThreads:
    """Runs each trial as soon as it has a slot; may be called from many threads.

    A slot goes from one trial straight to the next. Whoever follows them is told of the end of one when the
    next one runs: the work that this sets off, Prefect's above all, would delay it by milliseconds.
    """

    def __init__(self, sweep: RunningSweep, runner: TrialRunner) -> None:
        self._sweep = sweep
        self._runner = runner
        self._ends: dict[int, Future[TrialEnd]] = {}
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, name=f"slot {number}", daemon=True)
            for number in range(sweep.slots)
        ]

    def start(self) -> None:
        """Run trials from now on; whatever this raises, `close` ends the threads that have started."""
        for thread in self._threads:
            thread.start()

    def wait_until_running(self, number: int) -> bool:
        """Wait until the trial runs in a slot; False if it gets none any more."""
        return self._sweep.wait_until_running(number)

    def end_of(self, number: int) -> TrialEnd:
        """How the trial has ended, once it has; raises what has gone wrong outside of it.

        One that gets no slot ends as canceled, and there is nothing of it on record.
        """
        return self._end(number).result() if self.wait_until_running(number) else stopped(None)

    def log_tail(self, number: int) -> str:
        """The last lines that the trial printed, for people; empty if it printed nothing."""
        return self._runner.log_tail(number)

    def forget(self, number: int) -> None:
        """Keep nothing more of a trial that has ended, and that nobody follows any longer."""
        with self._lock:
            self._ends.pop(number, None)
        self._sweep.forget(number)

    def close(self) -> None:
        """Wait until every trial has ended that has a slot; afterwards none is run."""
        for _ in self._threads:
            self._sweep.taken.put(None)
        for thread in self._threads:
            if thread.is_alive():  # not if it could not be started
                thread.join()

    def _run(self) -> None:
        news: deque[Callable[[], None]] = deque()

        def tell() -> None:
            while news:
                news.popleft()()

        while (number := self._next(tell)) is not None:
            news.append(partial(self._sweep.begin, number))
            try:
                end = self._runner.run_trial(number, tell)
            except BaseException as error:  # noqa: BLE001  whoever follows the trial raises it
                news.append(partial(self._end(number).set_exception, error))
            else:
                news.append(partial(self._end(number).set_result, end))
            news.append(partial(self._sweep.ended.put, number))
        tell()

    def _next(self, tell: Callable[[], None]) -> int | None:
        """The next trial that has a slot; tells the news before it waits for one."""
        try:
            return self._sweep.taken.get_nowait()
        except queue.Empty:
            tell()
            return self._sweep.taken.get()

    def _end(self, number: int) -> "Future[TrialEnd]":
        with self._lock:
            return self._ends.setdefault(number, Future())
