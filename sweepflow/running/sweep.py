"""A sweep while it runs: which trials are next, when it is over, and where it stands."""

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from sweepflow.base.printable import printable
from sweepflow.running.monitor import names_logged, never_logged
from sweepflow.running.progress import Progress
from sweepflow.running.proposals import Proposals
from sweepflow.running.resumption import Resumption, has_enough, is_over_time
from sweepflow.running.slots import Slots
from sweepflow.space.combinations import n_combinations
from sweepflow.spec.limits import failure
from sweepflow.spec.spec import Spec
from sweepflow.trials.state import TrialState, is_ranked
from sweepflow.workers.ends import stopped

_OWN_ENDS = [state for state in TrialState if state.is_final and state is not TrialState.CANCELED]


class Ask(NamedTuple):
    """Run the trials of these numbers, each once it has a slot; if there are none, wait for one to end."""

    numbers: tuple[int, ...]


class Over(NamedTuple):
    """Run no more trials, and stop those that still run."""

    failure: str | None
    """Why the sweep has failed; None if it has a best trial."""


class RunningSweep:
    """Decides what one running sweep does next.

    Only one thread may call `next`; trials may wait for their slots, and end, on many.
    """

    def __init__(
        self,
        sweep_id: str,
        spec: Spec,
        resumption: Resumption,
        slots: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.spec = spec
        self.slots = slots
        self.monitor = resumption.monitor
        self.n_run = 0
        """How many trials it has handed out so far."""
        self._rerun = deque(resumption.rerun)
        self._first_new = max(resumption.monitor.history.trials, default=-1) + 1
        self._next_number = 0
        self._has_new_trials = resumption.has_new_trials
        self._sweep_id = sweep_id
        self._clock = clock
        self._started = clock() - resumption.seconds_used
        self._proposals = Proposals(spec, resumption.first_parameters)
        self._is_exhausted = False
        self._is_over = False
        self._n_waiting, self._waiting_since = 0, clock()
        self._idle_seconds = 0.0
        self._slots = Slots(slots, self._may_start)
        self.taken, self.ended = self._slots.taken, self._slots.ended
        """The trials that have got a slot, and those that need none any more, as `Slots` tells."""

    def time_left(self) -> float | None:
        """The seconds that the whole sweep may still take; None if it has no timeout."""
        timeout = self.spec.limits.timeout
        return None if timeout is None else self._started + timeout - self._clock()

    @property
    def n_ahead(self) -> int:
        """How many trials to have ready for the slots that become free next: none if the sampler learns."""
        return 0 if self.spec.sampling_algorithm.learns else self.slots

    def next(self, free_slots: int, n_ahead: int = 0) -> Ask | Over:
        """What to do now that this many slots are free, and this many further trials are to be made ready.

        The trials to run again come first, then new ones. Those of an `Ask` count as running from now on, but
        for the last `n_ahead`, which wait for a slot.
        """
        failure = self._failure()
        # Once over it stays so: its pool is closed, however the trials that it stops end.
        self._is_over = self._is_over or failure is not None or self._has_enough()
        if not self._is_over:
            numbers = self._ask(free_slots)
            if len(numbers) == free_slots:
                numbers += self._ask_up_to(n_ahead, self._slots.queue)
            self.n_run += len(numbers)
            if numbers or free_slots < self.slots:
                return Ask(numbers)
        return Over(failure or self._final_failure())

    def begin(self, number: int) -> None:
        """Tell whoever waits for this trial that it runs in its slot."""
        self._slots.begin(number)

    def wait_until_running(self, number: int) -> bool:
        """Wait until the trial of an `Ask` runs in a slot; False if the sweep is over before."""
        return self._slots.wait(number)

    def free_slot(self, number: int) -> None:
        """Hand the slot of a trial that has ended to the next one."""
        self._slots.free(number)

    def forget(self, number: int) -> None:
        """Keep nothing more of a trial that has ended, and for which nobody waits any longer."""
        self._slots.forget(number)

    def close_slots(self) -> None:
        """Let no trial start that has no slot yet."""
        self._slots.close()

    def _may_start(self) -> bool:
        """Whether a trial may start that was made ready; the sweep may be over by now."""
        has_failed = failure(self.spec.limits, self.monitor.history, self.slots) is not None
        self._is_over = self._is_over or has_failed or self._has_enough()
        return not self._is_over and not self._is_over_time()

    def _failure(self) -> str | None:
        """Why the sweep has failed by now; None while it may go on."""
        reason = failure(self.spec.limits, self.monitor.history, self.slots)
        return None if reason is None else printable(self._explained(reason))

    def _final_failure(self) -> str | None:
        """Why the sweep has failed if no more trials are run; None if it has a best trial."""
        history = self.monitor.history
        if history.leader is not None:
            return None
        if self._is_over_time() and not history.count(*_OWN_ENDS):
            return f"no trial ended within the sweep's timeout of {self.spec.limits.timeout:g} s"
        if refused := [trial for trial in history if trial.unmet and is_ranked(trial.state, trial.value)]:
            last = refused[-1]
            ranked_none = f"none of its {_counted(len(refused), len(history))} meets what the spec requires"
            return printable(f"{ranked_none}: trial {last.number} is not ranked, since {last.unmet}")
        return printable(self._explained(f"none of its {len(history)} trials has a value"))

    def _has_enough(self) -> bool:
        return self._has_new_trials and has_enough(self.spec, self.monitor.history)

    def _ask(self, n: int) -> tuple[int, ...]:
        """The numbers of up to n trials, each in a slot; fewer if the next has to wait, or none is left."""
        now = self._clock()
        self._idle_seconds += self._n_waiting * (now - self._waiting_since)
        numbers = self._ask_up_to(n, self._slots.give)
        must_wait = self._may_ask() and not self._is_ready()
        self._n_waiting, self._waiting_since = n - len(numbers) if must_wait else 0, now
        return numbers

    def _ask_up_to(self, n: int, hand_over: Callable[[Iterable[int]], None]) -> tuple[int, ...]:
        """As `_ask`; each is handed over at once, since to propose the next one may take long."""
        numbers: list[int] = []
        while len(numbers) < n and (number := self._ask_one()) is not None:
            hand_over((number,))
            numbers.append(number)
        return tuple(numbers)

    def cancel_queued(self) -> None:
        """Record as canceled what will not start any more; new trials that never had a slot are deleted."""
        # New trials get slots in the order of their numbers.
        self.monitor.withdraw(max(self._first_new, self._slots.highest_given + 1))
        for trial in self.monitor.history:
            if not trial.state.is_final:
                self.monitor.end(trial.number, stopped(None))

    def progress(self) -> Progress:
        """Where the sweep stands now."""
        history = self.monitor.history
        n_open = history.count(TrialState.QUEUED, TrialState.RUNNING)
        n_done = len(history) - n_open
        seconds = self._clock() - self._started
        n_total = self._n_total()
        leader = history.leader
        return Progress(
            sweep_id=self._sweep_id,
            n_total=n_total,
            n_done=n_done,
            n_running=min(n_open, self.slots),  # the others are ready, and wait for a slot
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
        if self._rerun and not self._is_over_time():
            return self._rerun.popleft()
        if not self._may_ask() or not self._is_ready():
            return None
        number = self._free_number()
        parameters = self._proposals.propose(self.monitor.history, number)
        if parameters is None:
            self._is_exhausted = True
            return None
        self.monitor.queue(number, parameters)
        return number

    def _may_ask(self) -> bool:
        has_room = len(self.monitor.history) < self.spec.limits.max_total_trials
        return self._has_new_trials and not self._is_exhausted and has_room and not self._is_over_time()

    def _is_ready(self) -> bool:
        return self.spec.sampling_algorithm.is_ready(self.monitor.history, self._free_number())

    def _free_number(self) -> int:
        """The lowest number that no trial has; sweeps that were interrupted long ago may lack one."""
        while self._next_number in self.monitor.history.trials:
            self._next_number += 1
        return self._next_number

    def _is_over_time(self) -> bool:
        return is_over_time(self.spec, self._clock() - self._started)

    def _n_total(self) -> int:
        if not self._has_new_trials:
            return len(self.monitor.history)
        limit, n_all = self.spec.limits.max_total_trials, n_combinations(self.spec.search_space)
        return limit if n_all is None else min(limit, n_all + self._proposals.n_outside)

    def _seconds_left(self, seconds: float, n_done: int, n_total: int) -> float | None:
        if n_done == 0:
            return None
        estimate = seconds / n_done * (n_total - n_done)
        timeout = self.spec.limits.timeout
        return estimate if timeout is None else min(estimate, max(0.0, timeout - seconds))

    def _explained(self, failure: str) -> str:
        """The failure, with a reason from what the trials logged or how they failed."""
        logged = {name for names in self.monitor.logged.values() for name in names}
        primary = self.spec.objective.primary_metric
        reasons = [reason for reason in self.monitor.reasons.values() if reason]
        # One that failed before it came to log the metric has a reason of its own.
        came_to_its_end = any(reason.startswith(never_logged(primary)) for reason in reasons)
        if primary not in logged and logged and came_to_its_end:
            return (
                f"{failure}: no trial logged the primary metric '{primary}'; {names_logged(logged, primary)}"
            )
        return f"{failure}: {reasons[0]}" if reasons else failure


def _counted(n_with_value: int, n_all: int) -> str:
    return f"{n_all} trials" if n_with_value == n_all else f"{n_with_value} trials with a value (of {n_all})"


def draw_seed() -> int:
    """A random seed for a sweep whose spec has none."""
    return secrets.randbits(32)
