"""The trials of a sweep so far."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters, configuration_key
from sweepflow.trials.state import TrialState
from sweepflow.trials.trial_history import TrialHistory

__all__ = ["History", "TrialHistory"]


class History:
    """The trials of one sweep by number, in the order in which they were added."""

    def __init__(self, objective: Objective, earlier: Sequence[TrialHistory] = ()) -> None:
        self.objective = objective
        self.earlier = earlier
        """Trials of earlier sweeps that samplers and policies use too; their numbers are below 0."""
        self.trials: dict[int, TrialHistory] = {}
        self.configurations: set[str] = set()
        self.leader: TrialHistory | None = None
        """The best of the trials that have ended and are ranked; of equals the earlier one."""
        self._best_not_cut_off: TrialHistory | None = None
        """The best of those that were not cut off: a trial that was has no model, and may run again."""
        self.n_since_best = 0
        """How many trials have ended since the current best one."""
        self._counts: Counter[TrialState] = Counter()

    def __iter__(self) -> Iterator[TrialHistory]:
        return iter(self.trials.values())

    def __len__(self) -> int:
        return len(self.trials)

    def __getitem__(self, number: int) -> TrialHistory:
        return self.trials[number]

    def add(self, number: int, parameters: Parameters) -> None:
        """Add a queued trial with these parameters."""
        self.trials[number] = TrialHistory(number, parameters)
        self.configurations.add(configuration_key(parameters))
        self._counts[TrialState.QUEUED] += 1

    def move(self, number: int, state: TrialState) -> None:
        """Put a trial into another state."""
        trial = self.trials[number]
        self._counts[trial.state] -= 1
        self._counts[state] += 1
        trial.state = state
        self.n_since_best += state.is_final
        if not trial.is_ranked:
            return
        if self._is_before(trial, self.leader):
            self.leader, self.n_since_best = trial, 0
        if not state.is_cut_off and self._is_before(trial, self._best_not_cut_off):
            self._best_not_cut_off = trial

    def restart(self, number: int) -> None:
        """Queue a running trial again, as if it had never reported; ValueError if it has ended."""
        trial = self.trials[number]
        if trial.state.is_final:
            raise ValueError(f"trial {number} has ended as {trial.state}")
        trial.values.clear()
        trial.best.clear()
        trial.unmet = None
        self.move(number, TrialState.QUEUED)

    def would_lead(self, number: int) -> bool:
        """Whether the trial, if it ended now, would be better than every ranked one, or as good and earlier.

        Trials that were cut off do not count: they may run again, and then be worse.
        """
        trial = self.trials[number]
        return trial.unmet is None and self._is_before(trial, self._best_not_cut_off)

    def _is_before(self, trial: TrialHistory, other: TrialHistory | None) -> bool:
        if trial.value is None or other is None:
            return trial.value is not None
        return (self._rank(trial), trial.number) < (self._rank(other), other.number)

    def _rank(self, trial: TrialHistory) -> tuple[int, float]:
        return self.objective.rank(trial.best[-1], len(trial.values), trial.state)

    def record(self, number: int, value: float) -> int:
        """Add a report of the primary metric, and return its interval, counted from 1."""
        trial = self.trials[number]
        trial.report(value, self.objective)
        return len(trial.values)

    def peers(self, interval: int) -> list[TrialHistory]:
        """The trials with at least that many reports, in any state but failed.

        Trials of earlier sweeps are among them if they had the same data, but none that does not meet what
        the spec requires: those that do may never be as good.
        """
        trials = chain((trial for trial in self.earlier if trial.is_comparable), self)
        return [
            trial
            for trial in trials
            if len(trial.values) >= interval and trial.state is not TrialState.FAILED and trial.unmet is None
        ]

    def count(self, *states: TrialState) -> int:
        """How many trials are in one of these states."""
        return sum(self._counts[state] for state in states)
