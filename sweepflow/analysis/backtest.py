"""Early termination policies replayed over the recorded curves of a finished sweep."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sweepflow.archive.ranking import unmet_of
from sweepflow.space.constraints import Condition
from sweepflow.termination import Policy
from sweepflow.trials.history import History, TrialHistory
from sweepflow.trials.objective import Objective
from sweepflow.trials.rows import MetricRow, TrialRow
from sweepflow.trials.state import TrialState


class Backtest(NamedTuple):
    """What a policy would have done to a sweep."""

    trials_stopped: int
    intervals_saved: int
    """Recorded reports that would not have been made."""
    intervals_saved_share: float
    """The saved intervals as a share of all recorded reports."""
    seconds_saved: float
    """The time from each stop to the recorded end of that trial, summed."""
    winner_survived: bool
    """Whether the recorded winner would have made all its recorded reports."""
    regret: float | None
    """How much worse the best value would have been, >= 0; None if there is no best trial."""


class _Event(NamedTuple):
    time: datetime
    number: int
    value: float | None
    """The reported value; None if the event is the trial's end."""


def backtest(
    policy: Policy,
    trials: Sequence[TrialRow],
    metrics: Sequence[MetricRow],
    objective: Objective,
    earlier: Sequence[TrialHistory] = (),
    require: Sequence[Condition] = (),
    never_stopped: Container[int] = (),
) -> Backtest:
    """Replay a policy over rows of the ledger, in the order of their times.

    `earlier` are the trials of the sweeps that this one was warm-started from; trials that do not meet
    `require` are not ranked, and the policy is not asked about those that are `never_stopped`. The replay
    leaves out whatever a trial has reported after the policy stopped it; the others end as recorded. The
    policy that the sweep ran with makes the same decisions again.
    """
    events = _events(trials, metrics, objective)
    histories = History(objective, earlier), History(objective)
    replay = _Replay(policy, trials, events, *histories, _Requirements(require, metrics, objective))
    for event in events:
        replay.add(event, may_stop=event.number not in never_stopped)
    return replay.result()


def _events(trials: Sequence[TrialRow], metrics: Sequence[MetricRow], objective: Objective) -> list[_Event]:
    name = objective.primary_metric
    primary = (row for row in metrics if row.name == name and row.value is not None)
    reports = [_Event(row.time, row.number, row.value) for row in primary]
    ends = [_Event(row.ended, row.number, None) for row in trials if row.ended is not None]
    return sorted([*reports, *ends], key=lambda event: event.time)


class _Requirements:
    """What trials do not meet, by what they had reported at some time."""

    def __init__(
        self, require: Sequence[Condition], metrics: Sequence[MetricRow], objective: Objective
    ) -> None:
        self._require, self._objective = require, objective
        self._reports: dict[int, list[MetricRow]] = defaultdict(list)
        for row in metrics:
            self._reports[row.number].append(row)

    def unmet(self, number: int, time: datetime) -> str | None:
        reports = [row for row in self._reports[number] if row.time <= time]
        return unmet_of(reports, self._objective, self._require)


class _Replay:
    def __init__(
        self,
        policy: Policy,
        trials: Sequence[TrialRow],
        events: Sequence[_Event],
        history: History,
        record: History,
        requirements: _Requirements,
    ) -> None:
        self._policy = policy
        self._n_reports = Counter(event.number for event in events if event.value is not None)
        self._objective = record.objective
        self._recorded = {row.number: row for row in trials}
        self._history, self._record = history, record
        self._requirements = requirements
        for target in (history, record):
            for number, row in self._recorded.items():
                target.add(number, row.parameters)
                target.move(number, TrialState.RUNNING)
        self._stopped: set[int] = set()
        self._cut: dict[int, datetime] = {}
        """The stop time of each trial with further reports on the record; the replay leaves those out."""

    def add(self, event: _Event, *, may_stop: bool) -> None:
        """Add a report or an end to the record, and to the replayed history if the trial still runs there."""
        for history in [self._record] if event.number in self._cut else [self._record, self._history]:
            if event.value is None:
                self._end(history, event, self._recorded[event.number].state)
            else:
                history.record(event.number, event.value)
        if may_stop and event.value is not None and event.number not in self._stopped:
            self._judge(event)

    def _end(self, history: History, event: _Event, state: TrialState) -> None:
        history.set_unmet(event.number, self._requirements.unmet(event.number, event.time))
        history.move(event.number, state)

    def _judge(self, event: _Event) -> None:
        trial = self._history[event.number]
        if self._policy.decide(self._history, trial, self._objective).stop:
            self._stopped.add(event.number)
            if len(trial.values) < self._n_reports[event.number]:
                self._cut[event.number] = event.time
                self._end(self._history, event, TrialState.TERMINATED)

    def result(self) -> Backtest:
        """The outcome, once all events have been added."""
        n_recorded = sum(len(trial.values) for trial in self._record)
        n_saved = n_recorded - sum(len(trial.values) for trial in self._history)
        winner = self._record.leader
        return Backtest(
            trials_stopped=len(self._stopped),
            intervals_saved=n_saved,
            intervals_saved_share=n_saved / n_recorded if n_recorded else 0.0,
            seconds_saved=sum(self._seconds_saved()),
            winner_survived=winner is not None and self._is_whole(winner),
            regret=self._regret(winner, self._history.leader),
        )

    def _is_whole(self, trial: TrialHistory) -> bool:
        return len(self._history[trial.number].values) == len(trial.values)

    def _seconds_saved(self) -> Iterator[float]:
        for number, time in self._cut.items():
            ended = self._recorded[number].ended
            if ended is not None:
                yield max(0.0, (ended - time).total_seconds())

    def _regret(self, winner: TrialHistory | None, replayed: TrialHistory | None) -> float | None:
        if winner is None or replayed is None:
            return None
        if self._objective.n_missing(len(replayed.values), replayed.state):
            replayed = self._record[replayed.number]  # a mean over fewer folds says less than its whole curve
        scores = [self._objective.score(trial.best[-1]) for trial in (winner, replayed)]
        return max(0.0, scores[0] - scores[1])
