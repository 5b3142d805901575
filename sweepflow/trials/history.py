"""The trials of a sweep so far."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters, configuration_key
from sweepflow.trials.standing import Standing
from sweepflow.trials.standings import Among, Standings, Status
from sweepflow.trials.state import TrialState
from sweepflow.trials.trial_history import TrialHistory

__all__ = ["Among", "History", "TrialHistory"]

_GONE = Status(is_peer=False, has_ended=True)


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
        self.best_completed = self._find_best_completed()
        """The best of the peers that have completed; of equals the one with the lowest number."""
        self._standings = Standings(objective)

    def __getstate__(self) -> dict[str, object]:
        return {
            **self.__dict__,
            "_standings": Standings(self.objective),
        }  # made again where they are asked for

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

    def remove(self, numbers: Sequence[int]) -> None:
        """Remove queued trials, as if they had never been added; ValueError if one is not queued."""
        for number in numbers:
            if self.trials[number].state is not TrialState.QUEUED:
                raise ValueError(f"trial {number} is {self.trials[number].state}")
            del self.trials[number]
            self._counts[TrialState.QUEUED] -= 1
        self.configurations = {configuration_key(trial.parameters) for trial in self}

    def move(self, number: int, state: TrialState) -> None:
        """Put a trial into another state."""
        trial = self.trials[number]
        self._counts[trial.state] -= 1
        self._counts[state] += 1
        with self._changing(trial):
            trial.state = state
        if trial.is_ranked and self._is_before(trial, self.leader):
            self.leader, self.n_since_best = trial, 0  # never counted first: others read it meanwhile
        else:
            self.n_since_best += state.is_final
        if trial.is_ranked and not state.is_cut_off and self._is_before(trial, self._best_not_cut_off):
            self._best_not_cut_off = trial

    def set_unmet(self, number: int, unmet: str | None) -> None:
        """Say which requirement of the spec a trial does not meet; None if it meets all."""
        trial = self.trials[number]
        with self._changing(trial):
            trial.unmet = unmet

    def restart(self, number: int) -> None:
        """Queue a running trial again, as if it had never reported; ValueError if it has ended."""
        trial = self.trials[number]
        if trial.state.is_final:
            raise ValueError(f"trial {number} has ended as {trial.state}")
        self._standings.changed(trial, Status.of(trial), _GONE)
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
        self._standings.reported(trial)
        self._renew_best_completed(trial)
        return len(trial.values)

    def peers(self, interval: int) -> list[TrialHistory]:
        """The trials with at least that many reports, in any state but failed.

        Trials of earlier sweeps are among them if they had the same data, but none that does not meet what
        the spec requires.
        """
        return [trial for trial in self._all() if len(trial.values) >= interval and trial.is_peer]

    def standing(self, among: Among) -> Standing:
        """The values of these peers in order, kept up to date from now on; not to be changed."""
        return self._standings.of(among, self._all())

    def count(self, *states: TrialState) -> int:
        """How many trials are in one of these states."""
        return sum(self._counts[state] for state in states)

    def _all(self) -> Iterator[TrialHistory]:
        return chain(self.earlier, self)

    @contextmanager
    def _changing(self, trial: TrialHistory) -> Iterator[None]:
        before = Status.of(trial)
        yield
        self._standings.changed(trial, before, Status.of(trial))
        self._renew_best_completed(trial)

    def _renew_best_completed(self, trial: TrialHistory) -> None:
        """Take in a change of this trial."""
        best = self.best_completed
        if trial is best:
            self.best_completed = self._find_best_completed()
        elif _is_completed_peer(trial) and (best is None or self._order(trial) < self._order(best)):
            self.best_completed = trial

    def _find_best_completed(self) -> TrialHistory | None:
        return min(filter(_is_completed_peer, self._all()), key=self._order, default=None)

    def _order(self, trial: TrialHistory) -> tuple[float, int]:
        return -self.objective.score(trial.best[-1]), trial.number


def _is_completed_peer(trial: TrialHistory) -> bool:
    return trial.state is TrialState.COMPLETED and bool(trial.values) and trial.is_peer
