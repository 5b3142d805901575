"""The standings of a sweep's trials, interval by interval, each kept up to date once somebody has asked."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from sweepflow.trials.objective import Objective
from sweepflow.trials.standing import Standing
from sweepflow.trials.trial_history import TrialHistory


class Among(NamedTuple):
    """Which trials are compared at an interval, counted from 1, and by which of their values.

    They are the interval's peers, or some of them: those that have not ended, those of one bracket.
    """

    interval: int
    by_average: bool = False
    """By what they have averaged up to the interval, not by what they were worth there."""
    unfinished: bool = False
    """Only those that have not ended."""
    bracket: int = 0
    n_brackets: int = 1
    """Only those whose numbers, divided by so many, leave `bracket`."""

    def has(self, number: int, status: "TrialHistory | Status") -> bool:
        """Whether a trial of that number that has come to the interval is one of them."""
        return (
            status.is_peer
            and not (self.unfinished and status.has_ended)
            and number % self.n_brackets == self.bracket
        )

    def value(self, trial: TrialHistory, objective: Objective) -> float:
        """What such a trial is compared by."""
        if self.by_average:
            return objective.average(trial.values[: self.interval])
        return trial.best[self.interval - 1]


class Status(NamedTuple):
    """What decides whether a trial is compared with others."""

    is_peer: bool
    has_ended: bool

    @classmethod
    def of(cls, trial: TrialHistory) -> "Status":
        """That of the trial as it is now."""
        return cls(trial.is_peer, trial.has_ended)


class Standings:
    """All standings that have been asked for.

    One costs a look at every trial when it is first asked for, which is when the first trial comes to its
    interval, and from then on a few microseconds a report.
    """

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._kept: defaultdict[int, dict[Among, Standing]] = defaultdict(dict)

    def of(self, among: Among, trials: Iterable[TrialHistory]) -> Standing:
        """The standing of these; `trials` are all that there are, and read if it was not asked for before."""
        kept = self._kept[among.interval]
        if among not in kept:
            values = (
                among.value(trial, self._objective)
                for trial in trials
                if len(trial.values) >= among.interval and among.has(trial.number, trial)
            )
            kept[among] = Standing(self._objective, values)
        return kept[among]

    def reported(self, trial: TrialHistory) -> None:
        """Take in the latest report of a trial."""
        for among, standing in self._at(len(trial.values)):
            if among.has(trial.number, trial):
                standing.add(among.value(trial, self._objective))

    def changed(self, trial: TrialHistory, before: Status, now: Status) -> None:
        """Take in a change of the trial's status; its reports are the same before and after."""
        if now == before:
            return
        for interval in range(1, len(trial.values) + 1):
            for among, standing in self._at(interval):
                was_in, is_in = among.has(trial.number, before), among.has(trial.number, now)
                if was_in and not is_in:
                    standing.remove(among.value(trial, self._objective))
                elif is_in and not was_in:
                    standing.add(among.value(trial, self._objective))

    def _at(self, interval: int) -> Iterable[tuple[Among, Standing]]:
        return self._kept[interval].items() if interval in self._kept else ()
