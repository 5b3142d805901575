"""The trials of earlier sweeps that a sweep starts from."""

from typing import NamedTuple

from sweepflow.errors import Problem, SpecError
from sweepflow.ledger.ledger import Ledger, SweepRow
from sweepflow.ledger.lookup import LATEST
from sweepflow.space.search_space import locate
from sweepflow.spec.spec import Spec
from sweepflow.trials.history import TrialHistory
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters
from sweepflow.trials.rows import TrialRow
from sweepflow.trials.state import SweepState, TrialState


class WarmStart(NamedTuple):
    """The trials of earlier sweeps that lie in the search space, and how many do not.

    They are numbered backwards from the last one, -1, so that no number is that of a trial of the sweep.
    """

    trials: tuple[TrialHistory, ...] = ()
    n_skipped: int = 0
    sweep_ids: tuple[str, ...] = ()
    """The earlier sweeps."""

    def best_parameters(self, objective: Objective) -> Parameters | None:
        """The best configuration of the earlier sweeps; None if none has a value."""
        ranked = [trial for trial in self.trials if trial.is_ranked]
        best = min(
            ranked,
            key=lambda trial: objective.rank(trial.best[-1], len(trial.values), trial.state),
            default=None,
        )
        return best.parameters if best else None

    @property
    def notice(self) -> str:
        """The notice that people get about it."""
        sweeps = ", ".join(self.sweep_ids) or "no earlier sweep"
        text = f"warm_start: {len(self.trials)} trials of {sweeps} count"
        return f"{text}; {self.n_skipped} lie outside the search space" if self.n_skipped else text


def resolve_warm_start(ledger: Ledger, spec: Spec) -> Spec:
    """The spec with `latest` replaced by a sweep's ID, or left out where there is no sweep to start from.

    `latest` is the last completed sweep with the same metric, goal, name and kind of trial. All others are
    named by their whole IDs: the beginning of an ID may match another sweep when the spec runs again.
    SpecError if a named sweep does not exist, has not ended, or has another metric or goal.
    """
    problems: list[Problem] = []
    sweep_ids: list[str] = []
    for index, sweep_id in enumerate(spec.warm_start):
        if sweep_id == LATEST:
            sweep_ids += _latest(ledger, spec)
            continue
        fault = _fault(ledger.sweep(sweep_id), sweep_id, spec)
        problems += [Problem(f"warm_start.{index}", fault)] if fault else []
        sweep_ids.append(sweep_id)
    if problems:
        raise SpecError(problems)
    return spec.model_copy(update={"warm_start": tuple(dict.fromkeys(sweep_ids))})


def warm_start(ledger: Ledger, spec: Spec, data_fingerprint: str | None) -> WarmStart:
    """The trials of the sweeps that the spec names, in their order.

    Trials on other data than that of the fingerprint, or on other folds, are not comparable with new ones: if
    they were, a policy would stop every new trial once the task has become harder.
    """
    objective = spec.trial_objective
    rows = [
        row
        for sweep_id in spec.warm_start
        for row in _reporting_trials(ledger, sweep_id, spec, data_fingerprint)
    ]
    within = [row for row in rows if _is_within(spec, row.trial.parameters)]
    trials = [_history(index - len(within), row, objective) for index, row in enumerate(within)]
    return WarmStart(tuple(trials), len(rows) - len(within), spec.warm_start)


def _latest(ledger: Ledger, spec: Spec) -> list[str]:
    def is_alike(other: Spec) -> bool:
        names = ("name", "experiment_name", "display_name")
        return (
            other.trial_objective.is_like(spec.trial_objective)
            and all(getattr(other, name) == getattr(spec, name) for name in names)
            and other.trial.label == spec.trial.label
        )

    for sweep in ledger.sweeps(SweepState.COMPLETED):
        if is_alike(Spec.model_validate(sweep.spec)):
            return [sweep.id]
    return []


def _fault(sweep: SweepRow | None, sweep_id: str, spec: Spec) -> str | None:
    if sweep is None:
        return f"there is no sweep '{sweep_id}'"
    if sweep.state == SweepState.RUNNING:
        return f"sweep '{sweep_id}' has not ended: wait for it, or resume it"
    earlier, own = Spec.model_validate(sweep.spec).trial_objective, spec.trial_objective
    if not earlier.is_like(own):
        return (
            f"must have the same metric and goal ({own.goal} {own.primary_metric}), "
            f"but sweep '{sweep_id}' has {earlier.goal} {earlier.primary_metric}"
        )
    return None


class _Reported(NamedTuple):
    """A recorded trial, its curve, and whether its values can be compared with those of new trials."""

    trial: TrialRow
    values: list[float]
    is_comparable: bool


def _is_comparable(sweep: SweepRow | None, spec: Spec, data_fingerprint: str | None) -> bool:
    """Whether the sweep's trials were scored on the same data and, with folds, on the same ones."""
    if sweep is None or sweep.data_fingerprint != data_fingerprint:
        return False
    return spec.validation.folds is None or Spec.model_validate(sweep.spec).validation == spec.validation


def _reporting_trials(
    ledger: Ledger, sweep_id: str, spec: Spec, data_fingerprint: str | None
) -> list[_Reported]:
    """The trials of a sweep that have not failed and have reported."""
    is_comparable = _is_comparable(ledger.sweep(sweep_id), spec, data_fingerprint)
    curves: dict[int, list[float]] = {}
    for report in ledger.metrics(sweep_id):
        if report.name == spec.objective.primary_metric and report.value is not None:
            curves.setdefault(report.number, []).append(report.value)
    return [
        _Reported(trial, curves[trial.number], is_comparable)
        for trial in ledger.trials(sweep_id)
        if trial.number in curves and trial.state != TrialState.FAILED
    ]


def _is_within(spec: Spec, parameters: Parameters) -> bool:
    return locate(spec.search_space, parameters) is not None and spec.allows(parameters)


def _history(number: int, row: _Reported, objective: Objective) -> TrialHistory:
    trial = TrialHistory(number, row.trial.parameters, row.trial.state, is_comparable=row.is_comparable)
    for value in row.values:
        trial.report(value, objective)
    return trial
