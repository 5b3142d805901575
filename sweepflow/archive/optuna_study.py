"""A sweep as an Optuna study, so that Optuna's plots and importances work on it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from optuna import Study, create_study
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from sweepflow.sampling.surrogates.tpe import without_log
from sweepflow.space.drawn import Parameter, parameters_of
from sweepflow.space.expression import Drawn
from sweepflow.spec.spec import Spec
from sweepflow.trials.parameters import Parameters, Scalar, Value, text_of
from sweepflow.trials.rows import MetricRow, RankedRow
from sweepflow.trials.state import TrialState

_STATES = {
    TrialState.QUEUED: OptunaState.WAITING,
    TrialState.RUNNING: OptunaState.RUNNING,
    TrialState.COMPLETED: OptunaState.COMPLETE,
    TrialState.TERMINATED: OptunaState.PRUNED,
    TrialState.FAILED: OptunaState.FAIL,
    TrialState.TIMED_OUT: OptunaState.FAIL,
    TrialState.CANCELED: OptunaState.FAIL,
}


def study_of(sweep_id: str, spec: Spec, rows: Sequence[RankedRow], reports: Iterable[MetricRow]) -> Study:
    """A study in memory with all of a sweep's trials under their numbers, named by the sweep's ID.

    Trials that a policy or a timeout stopped count as pruned, trials without a value as failed. Intermediate
    values are the reports by interval; user attributes are the further metrics and the reason.
    """
    parameters = parameters_of(spec.search_space, rows)
    distributions = {parameter.name: _distribution(parameter) for parameter in parameters if parameter.drawn}
    curves = _curves(reports, spec.objective.primary_metric)
    with without_log("optuna.storages._in_memory"):
        study = create_study(study_name=sweep_id, direction=spec.objective.goal)
    for row in sorted(rows, key=lambda row: row.number):
        drawn = {each.name: each.drawn[row.number] for each in parameters if row.number in each.drawn}
        study.add_trial(_trial(row, drawn, distributions, curves[row.number]))
    return study


def _curves(reports: Iterable[MetricRow], metric: str) -> Mapping[int, dict[int, float]]:
    curves: dict[int, dict[int, float]] = defaultdict(dict)
    for report in reports:
        if report.name == metric and report.value is not None:
            curves[report.number][report.interval] = report.value
    return curves


def _trial(
    row: RankedRow, drawn: Parameters, distributions: Mapping[str, BaseDistribution], curve: dict[int, float]
) -> FrozenTrial:
    is_stopped = row.ranked_value is not None and row.state is not TrialState.COMPLETED
    state = OptunaState.PRUNED if is_stopped else _STATES[row.state]
    has_value = state in (OptunaState.COMPLETE, OptunaState.PRUNED)
    ended = row.ended if state.is_finished() else None
    return FrozenTrial(
        number=row.number,
        trial_id=row.number,
        state=state,
        value=row.value if has_value else None,
        datetime_start=_local(row.started or ended),
        datetime_complete=_local(ended),
        params={name: _known(value) for name, value in drawn.items()},
        distributions={name: distributions[name] for name in drawn},
        intermediate_values=curve,
        user_attrs=dict(_user_attributes(row)),
        system_attrs={},
    )


def _user_attributes(row: RankedRow) -> Iterator[tuple[str, Any]]:
    yield "state", row.state.value
    if row.error:
        yield "error", row.error
    yield from ((f"metric.{name}", value) for name, value in row.metrics.items())


def _local(time: datetime | None) -> datetime | None:
    """The time as Optuna stores it: local, without a zone."""
    return None if time is None else time.astimezone().replace(tzinfo=None)


def _distribution(parameter: Parameter) -> BaseDistribution:
    if not parameter.is_number or parameter.is_choice:
        return CategoricalDistribution([_known(option) for option in parameter.options])
    bounds = [bound for expression in parameter.expressions for bound in _bounds(expression)]
    numbers = [value for value in parameter.drawn.values() if isinstance(value, int | float)]
    low, high = min([*bounds, *numbers]), max([*bounds, *numbers])
    if not all(isinstance(value, int) for value in [*bounds, *numbers]):
        return FloatDistribution(low, high, log=parameter.is_log and low > 0)
    step = _step(parameter)
    return IntDistribution(int(low), int(high), log=parameter.is_log and low > 0 and step == 1, step=step)


def _known(value: Value) -> Scalar:
    """The value as Optuna knows values: a list or a mapping as its text."""
    return text_of(value) if isinstance(value, list | dict) else value


def _bounds(expression: Drawn) -> list[float]:
    """The listed numbers, or the two ends of the range; none for a normal type, which has no bounds."""
    values = expression.options or (expression.ends if expression.is_bounded else ())
    return [value for value in values if isinstance(value, int | float)]


def _step(parameter: Parameter) -> int:
    """The step that all values share, else 1; Optuna cannot use steps of fractions, which are rounded."""
    steps = {expression.step or 1 for expression in parameter.expressions}
    return int(steps.pop()) if len(steps) == 1 else 1
