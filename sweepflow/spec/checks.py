"""The problems of a spec whose fields are each valid on their own."""

from collections.abc import Iterator, Sequence
from random import Random

from sweepflow.base.printable import shortened
from sweepflow.base.settings import function_modules, not_allowed
from sweepflow.errors import ConstraintError, Problem
from sweepflow.fields.nearest import suggestion
from sweepflow.importing.process_state import restore_process_state
from sweepflow.metrics.own import OwnMetricError, is_own, module_of, own_metric
from sweepflow.metrics.scorers import NEEDS_SCORER, goal_of, metrics_by_path
from sweepflow.models.registry import is_name
from sweepflow.sampling import SamplingAlgorithm
from sweepflow.space.baseline import NONE, as_drawn, misfits, refusals
from sweepflow.space.combinations import combinations, n_combinations
from sweepflow.space.constraints import Condition, Unreadable
from sweepflow.space.search_space import SearchSpace, check_names, parameter_names, realize
from sweepflow.spec.defaults import why_not_tried
from sweepflow.spec.on_unchanged_data import AlwaysRun, ProbeChanged
from sweepflow.spec.parts import Parts
from sweepflow.spec.refused_values import refused_values
from sweepflow.spec.select import BEST, NOT_WORSE
from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters
from sweepflow.trials.rows import COSTS

_N_DRAWS = 1000
"""How many draws each constraint must be decidable for."""


def check(parts: Parts, *, is_trusted: bool) -> Iterator[Problem]:
    """The problems between these fields of a spec; a rule that needs a missing field is skipped.

    `is_trusted` says that the spec comes from the user's own shell or code, not from a web form.
    """
    space, sampling = parts.get("search_space"), parts.get("sampling_algorithm")
    name_problems = [] if space is None else check_names(space)
    sampling_problems = [] if space is None or sampling is None else sampling.check(space)
    yield from [*name_problems, *sampling_problems]
    if space is not None and "trial" in parts:
        names = parameter_names(space) - parts["trial"].hidden(space)
        with restore_process_state():
            trial_problems = parts["trial"].check(names, is_trusted=is_trusted)
        yield from trial_problems
    draws = () if space is None or sampling is None else _draws(space)
    yield from refused_values(parts, draws, has_sound_names=not name_problems)
    constraints = parts.get("constraints", ())
    unreadable = list(_unreadable(constraints, space))
    yield from unreadable
    readable = () if unreadable else constraints
    if space is not None and sampling is not None and not name_problems:
        if readable and not sampling_problems:
            yield from list(_undecidable(readable, space)) or _unsatisfiable(readable, space, sampling)
        yield from _check_baseline(parts, readable, space)
    yield from _check_require(parts)
    yield from _check_select(parts)
    yield from _check_recurrence(parts)
    yield from _check_split(parts)
    yield from _check_policy(parts)
    if {"compute", "limits"} <= parts.keys():
        yield from parts["compute"].check(parts["limits"].max_concurrent_trials, is_trusted=is_trusted)
    if "trial" in parts:
        yield from _unread(parts)
        yield from parts["trial"].check_with(parts)
        yield from _check_own_metrics(parts, is_trusted=is_trusted)
        if not is_trusted:
            yield from parts["trial"].check_untrusted(parts)


def _check_require(parts: Parts) -> Iterator[Problem]:
    """The requirements that cannot be parsed, or that name what no trial of this kind records."""
    known = None
    if {"trial", "objective", "metrics"} <= parts.keys() and not parts["trial"].reports_own_metrics:
        known = {parts["objective"].primary_metric, *parts["metrics"], *COSTS}
    for index, condition in enumerate(parts.get("require", ())):
        path = f"require.{index}"
        if isinstance(condition, Unreadable):
            yield Problem(path, condition.fault)
        elif not condition.names:
            yield Problem(path, f"must name a metric or a cost, got '{condition.text}'")
        elif known is not None and (unknown := sorted(condition.names - known)):
            yield Problem(path, f"no trial records '{unknown[0]}'; {suggestion(unknown[0], sorted(known))}")


def _check_own_metrics(parts: Parts, *, is_trusted: bool) -> Iterator[Problem]:
    """The problems with metrics that are functions; one that is not allowed is not imported."""
    if parts["trial"].reports_own_metrics or "objective" not in parts:
        return
    for path, name in metrics_by_path(parts["objective"], parts.get("metrics", ())):
        if not is_own(name):
            continue
        if not is_trusted and module_of(name) not in function_modules():
            yield Problem(path, not_allowed(module_of(name)))
            continue
        try:
            with restore_process_state():
                own_metric(name)
        except OwnMetricError as error:
            yield Problem(path, str(error))


def _check_policy(parts: Parts) -> Iterator[Problem]:
    """The problem of a policy that compares folds where there are none."""
    policy = parts.get("early_termination")
    if policy is not None and "validation" in parts and (rule := policy.unfit(parts["validation"].folds)):
        yield Problem("early_termination.type", rule)


def _unread(parts: Parts) -> Iterator[Problem]:
    """The inputs and outputs that this kind of trial does not know."""
    if not parts["trial"].has_inputs:
        if parts.get("inputs"):
            yield Problem("inputs", "must be empty: only a command reads them")
        if parts.get("outputs"):
            yield Problem("outputs", "must be empty: only a command writes them")


def _unreadable(constraints: Sequence[Condition], space: SearchSpace | None) -> Iterator[Problem]:
    """The constraints that cannot be parsed, or that name unknown parameters."""
    known = None if space is None else parameter_names(space)
    for index, constraint in enumerate(constraints):
        path = f"constraints.{index}"
        if isinstance(constraint, Unreadable):
            yield Problem(path, constraint.fault)
        elif known is not None:
            for name in sorted(constraint.names - known):
                yield Problem(path, f"unknown parameter '{name}'; {suggestion(name, sorted(known))}")


def _undecidable(constraints: Sequence[Condition], space: SearchSpace) -> Iterator[Problem]:
    """The first constraint that some draw makes undecidable; such a draw would end the sweep."""
    for drawn in _draws(space):
        for index, constraint in enumerate(constraints):
            try:
                # As in a sweep, the constraints after one that does not hold are not checked.
                if not constraint.holds(drawn):
                    break
            except ConstraintError as error:
                yield Problem(f"constraints.{index}", str(error))
                return


def _draws(space: SearchSpace) -> Iterator[Parameters]:
    """Every combination if there are few, else random draws."""
    n_all = n_combinations(space)
    if n_all is not None and n_all <= _N_DRAWS:
        yield from combinations(space)
    else:
        stream = Random(0)
        yield from (realize(space, lambda _: stream.random()) for _ in range(_N_DRAWS))


def _unsatisfiable(
    constraints: Sequence[Condition], space: SearchSpace, sampling: SamplingAlgorithm
) -> Iterator[Problem]:
    """The problem with constraints that no first trial satisfies."""
    no_trials = History(Objective(primary_metric="none", goal="maximize"))

    def allows(drawn: Parameters) -> bool:
        return all(constraint.holds(drawn) for constraint in constraints)

    try:
        first = sampling.propose(space, no_trials, 0, sampling.seed or 0, allows)
    except ConstraintError as error:
        yield Problem("constraints", str(error).removeprefix("constraints: "))
    else:
        if first is None:
            yield Problem("constraints", "no combination of the search space satisfies them all")


def _check_baseline(parts: Parts, constraints: Sequence[Condition], space: SearchSpace) -> Iterator[Problem]:
    """The reasons why a baseline cannot be a trial of this space, or the defaults cannot be tried."""
    baseline = parts.get("baseline")
    if baseline is None or baseline == NONE:
        return
    if isinstance(baseline, str):
        is_whole = {"trial", "constraints", "limits"} <= parts.keys()
        reason = why_not_tried(parts) if is_whole else None
        yield from [Problem("baseline", f"must not be {baseline}: {reason}")] if reason else []
        return
    problems = misfits(space, baseline)
    yield from problems
    if not problems and constraints:
        yield from refusals(constraints, as_drawn(space, baseline))


def _check_select(parts: Parts) -> Iterator[Problem]:
    """The problems of a choice that needs more than the trials' values, or a baseline."""
    select, trial = parts.get("select"), parts.get("trial")
    if select in (None, BEST):
        return
    if trial is not None and not trial.can_fit_again:
        yield Problem("select", f"must be {BEST}: only models of estimators can be compared by their errors")
    elif select == NOT_WORSE and parts.get("baseline") == NONE:
        yield Problem("select", f"must not be {select} with baseline: none")


def _check_split(parts: Parts) -> Iterator[Problem]:
    """The problems of a split that does not fit the columns which have a role."""
    if "data" not in parts or "validation" not in parts:
        return
    validation, data = parts["validation"], parts["data"]
    if data is not None and data.time:
        if validation.stratify:
            yield Problem("validation.stratify", "must not be true with data.time: the rows keep their order")
    elif validation.gap:
        yield Problem("validation.gap", "must be 0 without data.time: only a time has gaps")
    if data is not None and data.part_paths and validation.part is not None:
        yield Problem("validation.part", "must be left out where the parts have files of their own")


def _check_recurrence(parts: Parts) -> Iterator[Problem]:
    """The problems of a sweep that compares itself with the last one but has nothing to compare by."""
    choice = parts.get("on_unchanged_data", AlwaysRun())
    if isinstance(choice, AlwaysRun):
        return
    if "data" in parts and parts["data"] is None:
        yield Problem(
            "on_unchanged_data.type", "must be run for a sweep without `data`: nothing tells its change"
        )
    if not isinstance(choice, ProbeChanged):
        return
    if choice.model is not None and not is_name(choice.model):
        yield Problem(
            "on_unchanged_data.model", f"must be a model's name, got '{shortened(choice.model, 80)}'"
        )
    if "objective" in parts:
        metric, goal = parts["objective"].primary_metric, parts["objective"].goal
        is_function = "trial" in parts and not parts["trial"].reports_own_metrics and is_own(metric)
        if goal_of(metric) != goal and not is_function:
            rule = f"for probe, objective.primary_metric {NEEDS_SCORER}"
            yield Problem("on_unchanged_data.type", f"{rule}; got {metric} to {goal}")
