"""The trials of earlier sweeps that a sweep starts from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from sweepflow.archive.ranking import unmet_of
from sweepflow.data.source import DataSource
from sweepflow.errors import Problem, SpecError
from sweepflow.metrics.own import has_changed_since, is_own
from sweepflow.space.search_space import locate
from sweepflow.spec.spec import Spec
from sweepflow.trials.history import TrialHistory
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters
from sweepflow.trials.reports import ByTrial
from sweepflow.trials.rows import COST, MetricRow, TrialRow
from sweepflow.trials.state import SweepState, TrialState

if TYPE_CHECKING:  # processes that check a spec, or select a model, have no ledger
    from sweepflow.ledger.ledger import Ledger, SweepRow


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


def resolve_warm_start(ledger: "Ledger", spec: Spec) -> Spec:
    """The spec with `latest` replaced by a sweep's ID, or left out where there is no sweep to start from.

    `latest` is the last completed sweep with the same metric, goal, name and kind of trial. All others are
    named by their whole IDs: the beginning of an ID may match another sweep when the spec runs again.
    SpecError if a named sweep does not exist, has not ended, or has another metric or goal.
    """
    from sweepflow.ledger.lookup import LATEST

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


def warm_start(ledger: "Ledger", spec: Spec, data_fingerprint: str | None) -> WarmStart:
    """The trials of the sweeps that the spec names, in their order.

    Trials on other data than that of the fingerprint, on other columns, parts or folds, or by a function that
    has changed since, are not comparable with new ones: if they were, a policy would stop every new trial
    once the task has become harder. Those that do not meet what the spec requires are not ranked.
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


def _latest(ledger: "Ledger", spec: Spec) -> list[str]:
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


def _fault(sweep: "SweepRow | None", sweep_id: str, spec: Spec) -> str | None:
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
    """A recorded trial and its curve."""

    trial: TrialRow
    values: list[float]
    is_comparable: bool
    """Whether its values can be compared with those of new trials."""
    unmet: str | None
    """What it is known not to meet of what the new spec requires."""


def _is_comparable(sweep: "SweepRow | None", spec: Spec, data_fingerprint: str | None) -> bool:
    """Whether the sweep's trials were scored by the same code on the same rows, with the same columns."""
    if sweep is None or sweep.data_fingerprint != data_fingerprint:
        return False
    metric, recorded = spec.objective.primary_metric, Spec.model_validate(sweep.spec)
    if metric in spec.computed_metrics and is_own(metric) and has_changed_since(metric, sweep.started):
        return False
    return recorded.validation == spec.validation and _columns(recorded) == _columns(spec)


def _columns(spec: Spec) -> DataSource | None:
    """The data of the spec without the paths, which the fingerprint stands for."""
    return spec.data and spec.data.model_copy(update=dict.fromkeys(("path", "validation", "test")))


def _reporting_trials(
    ledger: "Ledger", sweep_id: str, spec: Spec, data_fingerprint: str | None
) -> list[_Reported]:
    """The trials of a sweep that have not failed and have reported."""
    is_comparable = _is_comparable(ledger.sweep(sweep_id), spec, data_fingerprint)
    reports = ByTrial(ledger.metrics(sweep_id))
    reported = []
    for trial in ledger.trials(sweep_id):
        own = reports[trial.number]
        values = [each.value for each in own if each.name == spec.objective.primary_metric]
        curve = [value for value in values if value is not None]
        if curve and trial.state != TrialState.FAILED:
            reported.append(_Reported(trial, curve, is_comparable, _known_unmet(own, spec)))
    return reported


def _known_unmet(reports: Sequence[MetricRow], spec: Spec) -> str | None:
    """What the trial does not meet; what the earlier sweep did not record is not known to be broken."""
    recorded = {each.name.removeprefix(COST) for each in reports if each.value is not None}
    decided = [condition for condition in spec.require if condition.names <= recorded]
    return unmet_of(reports, spec.trial_objective, decided)


def _is_within(spec: Spec, parameters: Parameters) -> bool:
    return locate(spec.search_space, parameters) is not None and spec.allows(parameters)


def _history(number: int, row: _Reported, objective: Objective) -> TrialHistory:
    trial = TrialHistory(
        number,
        row.trial.parameters,
        row.trial.state,
        is_comparable=row.is_comparable,
        unmet=row.unmet,
    )
    for value in row.values:
        trial.report(value, objective)
    return trial
