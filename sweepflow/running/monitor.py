"""Judges every report of a running sweep: records it in the ledger first, then asks the policy."""

import difflib
import math
import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sweepflow.archive.ranking import unmet_of
from sweepflow.base.credentials import without_secrets
from sweepflow.base.printable import printable, shortened
from sweepflow.ledger.ledger import Ledger
from sweepflow.space.constraints import Condition
from sweepflow.termination import GO_ON, Decision, Policy
from sweepflow.trials.history import History, TrialHistory
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters
from sweepflow.trials.reports import ByTrial
from sweepflow.trials.rows import MetricRow
from sweepflow.trials.state import TrialEnd, TrialState

_LONGEST_REASON = 2000


class Monitor:
    """Keeps ledger and history in step; may be called from many threads."""

    def __init__(
        self,
        ledger: Ledger,
        sweep_id: str,
        objective: Objective,
        policy: Policy | None,
        earlier: Sequence[TrialHistory] = (),
        require: Sequence[Condition] = (),
        never_stopped: frozenset[int] = frozenset(),
    ) -> None:
        """The policy is not asked about the trials that are never stopped."""
        self.history = History(objective, earlier)
        self.logged: dict[int, set[str]] = defaultdict(set)
        """The names that each trial logged."""
        self.reasons: dict[int, str] = {}
        """Why trials have failed or were killed, by number, in the order they ended."""
        self._ledger = ledger
        self._sweep_id = sweep_id
        self._objective = objective
        self._policy = policy
        self._require = require
        self._never_stopped = never_stopped
        self._verdicts: dict[int, TrialEnd] = {}
        self._lock = threading.Lock()

    @classmethod
    def restored(
        cls,
        ledger: Ledger,
        sweep_id: str,
        objective: Objective,
        policy: Policy | None,
        earlier: Sequence[TrialHistory] = (),
        require: Sequence[Condition] = (),
        never_stopped: frozenset[int] = frozenset(),
    ) -> "Monitor":
        """A monitor restored from the sweep's record; trials that had not ended are queued."""
        monitor = cls(ledger, sweep_id, objective, policy, earlier, require, never_stopped)
        trials = ledger.trials(sweep_id)
        for row in trials:
            monitor.history.add(row.number, row.parameters)
        reports = ledger.metrics(sweep_id)
        for report in reports:
            if not report.is_cost:
                monitor.logged[report.number].add(report.name)
            if report.name == objective.primary_metric and report.value is not None:
                monitor.history.record(report.number, report.value)
        required = ByTrial(reports if require else ())
        ends = [(row.ended, row) for row in trials if row.ended]
        for _, row in sorted(ends, key=lambda end: end[0]):
            monitor._check_requirements(row.number, required[row.number])
            monitor.history.move(row.number, row.state)
            monitor._remember(row.number, TrialEnd(row.state, row.error, row.seconds))
        return monitor

    def queue(self, number: int, parameters: Parameters) -> None:
        """Record a new trial as queued."""
        with self._lock:
            self._ledger.queue_trial(self._sweep_id, number, parameters)
            self.history.add(number, parameters)

    def withdraw(self, first: int) -> None:
        """Delete the trials from that number on, all queued, as if they had never been proposed."""
        with self._lock:
            # An interrupt in `queue` may have left one in the ledger that is not in the history.
            self._ledger.delete_queued(self._sweep_id, first)
            self.history.remove([trial.number for trial in self.history if trial.number >= first])

    def start(self, number: int) -> None:
        """Record that a trial runs."""
        with self._lock:
            self._ledger.start_trial(self._sweep_id, number)
            self.history.move(number, TrialState.RUNNING)

    def report(self, number: int, metrics: Mapping[str, object]) -> bool:
        """Record these metrics of a trial; returns whether it is to stop."""
        with self._lock:
            self.logged[number] |= set(metrics)
            fault = self._fault(number, metrics)
            if fault is not None:
                self._verdicts[number] = TrialEnd(TrialState.FAILED, fault, None)
                return True
            numbers = {name: value for name, value in metrics.items() if isinstance(value, float)}
            decision = self._record(number, numbers)
            if decision.stop:
                self._verdicts[number] = TrialEnd(TrialState.TERMINATED, decision.reason, None)
            return decision.stop

    def trained(self, number: int, metrics: Mapping[str, float]) -> bool:
        """Record the further metrics of a trial that has trained; returns whether to keep its model.

        A model is kept if its trial would be the best so far. The best trial only ever gets better, so a
        model that is not the best when its trial ends can never be selected.
        """
        with self._lock:
            n_intervals = len(self.history[number].values)
            self._ledger.add_metrics(self._sweep_id, number, metrics, n_intervals)
            self._check_requirements(number, self._reports(number))
            verdict = self._verdicts.get(number)
            has_failed = verdict is not None and verdict.state is TrialState.FAILED
            return not has_failed and self.history.would_lead(number)

    def end(self, number: int, end: TrialEnd) -> TrialEnd:
        """Record how a trial has ended, given how its worker saw it end; returns what is recorded."""
        with self._lock:
            final = _printable_end(self._final(number, end))
            self._ledger.end_trial(self._sweep_id, number, final)
            self._check_requirements(number, self._reports(number))
            self.history.move(number, final.state)
            self._remember(number, final)
            return final

    def restart(self, number: int) -> None:
        """Queue a trial that has not ended once more; its reports are deleted."""
        with self._lock:
            self._ledger.restart_trial(self._sweep_id, number)
            self.history.restart(number)
            self.logged.pop(number, None)
            self._verdicts.pop(number, None)

    def _reports(self, number: int) -> Sequence[MetricRow]:
        """What the trial has on record, read only where something is required of it."""
        return self._ledger.metrics(self._sweep_id, number) if self._require else []

    def _check_requirements(self, number: int, reports: Sequence[MetricRow]) -> None:
        self.history.set_unmet(number, unmet_of(reports, self._objective, self._require))

    def _remember(self, number: int, end: TrialEnd) -> None:
        if end.state in (TrialState.FAILED, TrialState.TIMED_OUT) and end.reason:
            self.reasons[number] = end.reason

    def _record(self, number: int, metrics: Mapping[str, float]) -> Decision:
        trial = self.history[number]
        value = metrics.get(self._objective.primary_metric)
        if value is not None:
            self.history.record(number, value)
        self._ledger.add_metrics(self._sweep_id, number, metrics, len(trial.values))
        if value is None or self._policy is None or number in self._never_stopped:
            return GO_ON
        return self._policy.decide(self.history, trial, self._objective)

    def _fault(self, number: int, metrics: Mapping[str, object]) -> str | None:
        primary = self._objective.primary_metric
        for name, value in metrics.items():
            if not isinstance(value, float):
                return f"it logged {value} under '{name}', which is no number; {self._names(number)}"
            if name == primary and not math.isfinite(value):
                return f"it logged {value} under the primary metric '{primary}'; {self._names(number)}"
        return None

    def _final(self, number: int, end: TrialEnd) -> TrialEnd:
        verdict = self._verdicts.get(number)
        if verdict is not None and end.state in (TrialState.COMPLETED, TrialState.FAILED):
            notes = end.reason if end.state is TrialState.COMPLETED else None
            reason = "; ".join(part for part in (verdict.reason, notes) if part)
            return verdict._replace(reason=reason, seconds=end.seconds)
        if end.state is TrialState.COMPLETED and not self.history[number].values:
            parts = (never_logged(self._objective.primary_metric), self._names(number), end.reason)
            return TrialEnd(TrialState.FAILED, "; ".join(part for part in parts if part), end.seconds)
        return end

    def _names(self, number: int) -> str:
        return names_logged(self.logged[number], self._objective.primary_metric)


def _printable_end(end: TrialEnd) -> TrialEnd:
    # A trial's own message goes to terminals, to Prefect and into the ledger.
    if end.reason is None:
        return end
    # Shortened first, since it may be long, and again, since escapes are longer than what they stand for.
    safe = printable(without_secrets(shortened(end.reason, 5 * _LONGEST_REASON)))
    return end._replace(reason=shortened(safe, _LONGEST_REASON))


def never_logged(primary_metric: str) -> str:
    """How the reason of a trial begins that has come to its end without the primary metric."""
    return f"it never logged the primary metric '{primary_metric}'"


def names_logged(names: Iterable[str], primary_metric: str) -> str:
    """`it logged: a, b`, the name nearest to the primary metric's first; those with odd characters in quotes.

    A name that differs in letter case and punctuation alone is the nearest.
    """
    matcher = difflib.SequenceMatcher(b=primary_metric.lower())

    def distance(name: str) -> tuple[bool, float]:
        matcher.set_seq1(name.lower())
        return _letters(name) != _letters(primary_metric), -matcher.ratio()

    nearest_first = sorted(sorted(names), key=distance)
    return f"it logged: {', '.join(map(_quoted_if_odd, nearest_first)) or 'nothing'}"


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def _quoted_if_odd(name: str) -> str:
    return name if re.fullmatch(r"[\w./@-]+", name) else repr(name)
