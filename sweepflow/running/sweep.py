"""A sweep while it runs: which trials are next, when it is over, and where it stands."""

import secrets
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from sweepflow.base.printable import printable
from sweepflow.running.monitor import names_logged
from sweepflow.running.progress import Progress
from sweepflow.running.proposals import Turns
from sweepflow.running.resumption import Resumption, has_enough, is_over_time
from sweepflow.space.combinations import n_combinations
from sweepflow.spec.limits import failure
from sweepflow.spec.spec import Spec
from sweepflow.trials.state import TrialState
from sweepflow.workers.ends import stopped

_OWN_ENDS = [state for state in TrialState if state.is_final and state is not TrialState.CANCELED]


class Ask(NamedTuple):
    """These trials are to be run, by number; none while all that can be done is wait for one to end."""

    numbers: tuple[int, ...]


class Over(NamedTuple):
    """No more trials are to be run, and those that still run are to be stopped."""

    failure: str | None
    """Why the sweep has failed; None if it has a best trial."""


class RunningSweep:
    """Decides what one running sweep does next; its trials may end on many threads, the asking is one's."""

    def __init__(
        self,
        sweep_id: str,
        spec: Spec,
        start: Resumption,
        slots: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.spec = spec
        self.slots = slots
        self.monitor = start.monitor
        self.n_run = 0
        """How many trials it has handed out to be run, by now."""
        self._again = deque(start.again)
        self._asks = start.asks
        self._sweep_id = sweep_id
        self._clock = clock
        self._started = clock() - start.seconds_used
        self._turns = Turns(spec, start.firsts)
        self._is_exhausted = False
        self._is_over = False
        self._n_waiting, self._waiting_since = 0, clock()
        self._idle_seconds = 0.0

    def time_left(self) -> float | None:
        """The seconds that the whole sweep may still take; None if it has no timeout."""
        timeout = self.spec.limits.timeout
        return None if timeout is None else self._started + timeout - self._clock()

    def next(self, free_slots: int) -> Ask | Over:
        """What to do now that so many of its slots have no trial to run.

        Those to run again come first, then new ones. The trials of an `Ask` count as running from now on.
        """
        failure = self._failure()
        # Its pool is closed then, whatever the trials that it stops come to.
        self._is_over = self._is_over or failure is not None or self._has_enough()
        if not self._is_over:
            numbers = self._ask(free_slots)
            if numbers or free_slots < self.slots:
                return Ask(numbers)
        return Over(failure or self._final_failure())

    def _failure(self) -> str | None:
        """Why the sweep has failed by now; None while it may go on."""
        found = failure(self.spec.limits, self.monitor.history, self.slots)
        return None if found is None else printable(self._explained(found))

    def _final_failure(self) -> str | None:
        """Why the sweep, if nothing more is run, has no best trial; None if it has one."""
        history = self.monitor.history
        if history.leader is not None:
            return None
        if self._is_over_time() and not history.count(*_OWN_ENDS):
            return f"no trial ended within the sweep's timeout of {self.spec.limits.timeout:g} s"
        return printable(self._explained(f"none of its {len(history)} trials has a value"))

    def _has_enough(self) -> bool:
        return self._asks and has_enough(self.spec, self.monitor.history)

    def _ask(self, n: int) -> tuple[int, ...]:
        """The numbers of up to n trials to run: fewer while the next has to wait, or there are no more."""
        now = self._clock()
        self._idle_seconds += self._n_waiting * (now - self._waiting_since)
        asked: list[int] = []
        while len(asked) < n and (number := self._ask_one()) is not None:
            asked.append(number)
        self.n_run += len(asked)
        must_wait = self._may_ask() and not self._is_ready()
        self._n_waiting, self._waiting_since = n - len(asked) if must_wait else 0, now
        return tuple(asked)

    def cancel_queued(self) -> None:
        """End the trials that were asked for and will not be started any more."""
        for trial in self.monitor.history:
            if not trial.state.is_final:
                self.monitor.end(trial.number, stopped(None))

    def progress(self) -> Progress:
        """Where the sweep stands now."""
        history = self.monitor.history
        n_running = history.count(TrialState.QUEUED, TrialState.RUNNING)
        n_done = len(history) - n_running
        seconds = self._clock() - self._started
        n_total = self._n_total()
        leader = history.leader
        return Progress(
            sweep_id=self._sweep_id,
            n_total=n_total,
            n_done=n_done,
            n_running=n_running,
            n_terminated=history.count(TrialState.TERMINATED),
            n_failed=history.count(TrialState.FAILED, TrialState.TIMED_OUT),
            best_value=leader.value if leader else None,
            best_number=leader.number if leader else None,
            best_parameters=leader.parameters if leader else None,
            seconds=seconds,
            seconds_left=self._seconds_left(seconds, n_done, n_total),
            idle_seconds=self._idle_seconds,
        )

    def _ask_one(self) -> int | None:
        if self._again and not self._is_over_time():
            return self._again.popleft()
        if not self._may_ask() or not self._is_ready():
            return None
        number = len(self.monitor.history)
        parameters = self._turns.propose(self.monitor.history, number)
        if parameters is None:
            self._is_exhausted = True
            return None
        self.monitor.queue(number, parameters)
        return number

    def _may_ask(self) -> bool:
        n_asked, limit = len(self.monitor.history), self.spec.limits.max_total_trials
        return self._asks and not self._is_exhausted and n_asked < limit and not self._is_over_time()

    def _is_ready(self) -> bool:
        history = self.monitor.history
        return self.spec.sampling_algorithm.is_ready(history, len(history))

    def _is_over_time(self) -> bool:
        return is_over_time(self.spec, self._clock() - self._started)

    def _n_total(self) -> int:
        if not self._asks:
            return len(self.monitor.history)
        limit = self.spec.limits.max_total_trials
        return min(limit, n_combinations(self.spec.search_space) or limit)

    def _seconds_left(self, seconds: float, n_done: int, n_total: int) -> float | None:
        if n_done == 0:
            return None
        estimate = seconds / n_done * (n_total - n_done)
        timeout = self.spec.limits.timeout
        return estimate if timeout is None else min(estimate, max(0.0, timeout - seconds))

    def _explained(self, found: str) -> str:
        """The failure together with what the trials' own failures tell."""
        logged = {name for names in self.monitor.logged.values() for name in names}
        primary = self.spec.objective.primary_metric
        if primary not in logged and logged:
            return f"{found}: no trial logged the primary metric '{primary}'; {names_logged(logged, primary)}"
        reasons = [reason for reason in self.monitor.reasons.values() if reason]
        return f"{found}: {reasons[0]}" if reasons else found


def draw_seed() -> int:
    """A fresh seed for a sweep that was given none."""
    return secrets.randbits(32)
