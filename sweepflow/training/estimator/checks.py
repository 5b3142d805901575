"""Checks whether an estimator can do what its spec says, with its data."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from inspect import Parameter, signature

from sklearn.base import BaseEstimator, clone

from sweepflow.data.prepared import (
    PreparedData,
    all_training_roles,
    all_training_rows,
    features_and_target,
    load_part,
    load_roles,
)
from sweepflow.data.source import Validation
from sweepflow.errors import Problem
from sweepflow.metrics.scorers import check_scorer, metrics_by_path, wrong_goal
from sweepflow.space.search_space import parameter_names
from sweepflow.training.boosters import Booster
from sweepflow.training.estimator.applicable import check_applicable
from sweepflow.training.estimator.class_weights import check_class_weights
from sweepflow.training.estimator.composition import is_closed
from sweepflow.training.estimator.iterations import Iterations, check_growing, unknown_parameter
from sweepflow.training.fold_rows import fold_rows, of_one_class, too_few_groups_or_times, too_small
from sweepflow.training.kind import OtherParts
from sweepflow.training.preprocess import FIELDS
from sweepflow.training.preprocessor import every_step
from sweepflow.trials.parameters import Parameters

_MISSPELT = 0.8
"""From this similarity on, a name counts as a misspelt one."""


def check_parameters(
    path: str,
    estimator: BaseEstimator,
    names: Mapping[str, Iterable[str]],
    of_steps: frozenset[str] = frozenset(),
    *,
    is_trusted: bool,
) -> Iterator[Problem]:
    """The problems with names of parameters, given by their path in the spec, that the estimator lacks.

    If `is_trusted`, an estimator that takes any name may get unlisted names, except misspelt ones. The names
    `of_steps` before it may have been meant.
    """
    settable = _settable(estimator)
    is_booster = isinstance(estimator, Booster)
    for field, group in names.items():
        for name in group:
            if is_booster and not name.startswith("preprocess__"):
                if fault := estimator.names.refusal(name, path, estimator.defaults(), is_trusted=is_trusted):
                    yield Problem(f"{field}.{name}", fault)
            elif name not in settable and not (is_trusted and _may_take(estimator, name, settable)):
                yield Problem(f"{field}.{name}", unknown_parameter(path, name, settable | of_steps))


def check_weights(
    path: str, estimator: BaseEstimator, data: PreparedData, iterations: Iterations | None
) -> list[Problem]:
    """The problem with weights that the estimator does not take."""
    if data.roles.weight is None:
        return []
    method = "partial_fit" if iterations is not None and iterations.epochs is not None else "fit"
    parameters = signature(getattr(estimator, method)).parameters.values()
    if any(each.name == "sample_weight" or each.kind == Parameter.VAR_KEYWORD for each in parameters):
        return []
    rule = f"must be left out for {path}, whose {method} takes no sample_weight"
    return [Problem("data.weight", rule)]


def check_iterations(path: str, estimator: BaseEstimator, iterations: Iterations | None) -> list[Problem]:
    """The problem with iterations that the estimator cannot do."""
    if iterations is None:
        return []
    if iterations.epochs is not None and not hasattr(estimator, "partial_fit"):
        rule = f"{path} has no partial_fit; name a `parameter` that grows, or leave it out"
        return [Problem("trial.iterations.epochs", rule)]
    if isinstance(estimator, Booster):
        known = iterations.parameter in estimator.names.rounds
        rule = (
            f"'{iterations.parameter}' does not count its rounds; did you mean '{estimator.names.rounds[0]}'?"
        )
        return [] if known else [Problem("trial.iterations.parameter", rule)]
    if iterations.parameter is not None:
        return check_growing(path, iterations.parameter, estimator.get_params(deep=False))
    return []


def check_with(parts: OtherParts, *, has_iterations: bool) -> Iterator[Problem]:
    """The problems with folds beside iterations, missing data, metrics that are no scorers, and the goal."""
    if "validation" in parts and parts["validation"].folds is not None and has_iterations:
        rule = "must be null with trial.iterations: one of them makes the intervals"
        yield Problem("validation.folds", rule)
    if "data" in parts and parts["data"] is None:
        yield Problem("data", "is required for an estimator")
    if "objective" in parts and "metrics" in parts:
        for path, metric in metrics_by_path(parts["objective"], parts["metrics"]):
            yield from check_scorer(metric, path)
    if "objective" in parts and (fault := wrong_goal(parts["objective"])):
        yield Problem("objective.goal", fault)


def thread_notices(estimator: BaseEstimator, fixed: Parameters, slots: int, cores: int) -> Iterator[str]:
    """The notice of a fixed number of threads with which all slots together have more than the cores."""
    names = estimator.names.threads if isinstance(estimator, Booster) else ("n_jobs",)
    for name in names:
        n_threads = fixed.get(name)
        if isinstance(n_threads, bool) or not isinstance(n_threads, int):
            continue
        n_each = n_threads if n_threads > 0 else cores
        if slots > 1 and n_each * slots > cores:
            usage = f"{n_each} threads in each of {slots} trials at once share {cores} core(s)"
            yield f"trial.parameters.{name}: {usage}; leave it out, and each trial uses its share"


def notices(parts: OtherParts, fixed: Iterable[str], n_intervals: int | None) -> Iterator[str]:
    """Notices of fixed parameters and of a policy that have no effect.

    `n_intervals` is how often a trial without folds reports; None where that depends on a parameter.
    """
    for name in fixed:
        if name in parameter_names(parts["search_space"]):
            yield f"trial.parameters.{name}: has no effect, because the search space draws it too"
    policy, n_intervals = parts["early_termination"], parts["validation"].folds or n_intervals
    if policy and n_intervals and not any(map(policy.applies_at, range(1, n_intervals + 1))):
        yield (
            f"early_termination: {policy.type} will never act, because a trial reports {n_intervals} "
            "time(s); set trial.iterations or validation.folds"
        )
    elif policy and n_intervals == 1:
        yield (
            f"early_termination: {policy.type} saves no time, because a trial reports once, at its end; "
            "set trial.iterations or validation.folds"
        )


def check_data(
    data: PreparedData,
    fixed: Parameters,
    drawn: Iterable[str],
    metrics: Sequence[tuple[str, str]],
    validation: Validation,
) -> list[Problem]:
    """The problems with folds, parameters and metrics for which this data is too small or lacks something.

    `drawn` are the names of the search space; the metrics come as (path, name), the primary one first.
    """
    features, target = features_and_target(load_part(data.folder, "validation"), data)
    problems = _check_folds(validation, data)
    problems += _check_preprocessing({"trial.parameters": fixed, "search_space": drawn}, data)
    problems += check_class_weights(fixed, data)
    must_be_defined = not problems and validation.folds is None
    rows = features, target, data, load_roles(data, "validation")
    return problems + check_applicable(metrics, *rows, must_be_defined=must_be_defined)


def _check_folds(validation: Validation, data: PreparedData) -> list[Problem]:
    """The problem with the number of folds, if a class, the groups or the table are too few for it."""
    n_folds, gap = validation.folds, validation.gap
    if n_folds is None:
        return []
    target, roles = all_training_rows(data)[1], all_training_roles(data)
    reason = too_few_groups_or_times(data, roles, n_folds, gap)
    if reason is None and roles.time is None:
        reason = too_small(data, target, n_folds)
    if reason is None and data.is_classification:
        folds = fold_rows(
            target, roles, n_folds=n_folds, seed=validation.seed, gap=gap, is_classification=True
        )
        reason = of_one_class(target, folds)
    return [Problem("validation.folds", reason)] if reason else []


def _check_preprocessing(names: Mapping[str, Iterable[str]], data: PreparedData) -> list[Problem]:
    """The parameters of the preprocessing, by path, for kinds of columns that the data lacks."""
    known = FIELDS.union(*every_step(data))
    return [
        Problem(f"{path}.{name}", f"the data has no columns for {short_name}")
        for path, group in names.items()
        for short_name, name in sorted((name.removeprefix("preprocess__"), name) for name in group)
        if name != short_name and short_name not in known
    ]


def _settable(estimator: BaseEstimator) -> set[str]:
    # `memory` is a folder to write to, which a web form must not choose.
    of_steps = {name for name in FIELDS.union(*every_step()) if not name.endswith("__memory")}
    parameters = estimator.get_params()
    own = {name for name in parameters if not is_closed(name)}
    boosters = {place: each for place, each in parameters.items() if isinstance(each, Booster)}
    of_boosters = {f"{place}__{name}" for place, each in boosters.items() for name in each.names.unlisted}
    return {f"preprocess__{name}" for name in of_steps} | own | of_boosters


def _may_take(estimator: BaseEstimator, name: str, settable: set[str]) -> bool:
    """Whether the estimator takes a name that it does not list, and this one is not misspelt."""
    if "__" in name or difflib.get_close_matches(name, settable, n=1, cutoff=_MISSPELT):
        return False
    try:
        clone(estimator).set_params(**{name: None})
    except Exception:  # noqa: BLE001  scikit-learn's own raise for such a name
        return False
    return True
