"""What keeps a trial of an estimator from training, and what its user should know."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from sweepflow.data.prepared import PreparedData
from sweepflow.data.source import Validation
from sweepflow.errors import Problem, SpecError, TrialError
from sweepflow.space.search_space import SearchSpace, parameter_names
from sweepflow.training import encoding
from sweepflow.training.estimator import checks
from sweepflow.training.estimator.class_weights import check_drawn_weights
from sweepflow.training.estimator.composed import AsksForModel, composed
from sweepflow.training.estimator.composed_checks import (
    check_composition,
    check_draws,
    fixed_learner,
    names_of_steps,
    own_names,
    steps_of,
)
from sweepflow.training.estimator.composed_constraints import ComposedConstraints
from sweepflow.training.estimator.deciding import (
    NEEDS_PROBABILITIES,
    check_classes,
    check_metric,
    check_threshold,
)
from sweepflow.training.estimator.inner_splits import inner_split_notices
from sweepflow.training.estimator.models import parts_of
from sweepflow.training.estimator.preprocess_checks import check_preprocess, missing_steps
from sweepflow.training.estimator.target_checks import check_target, check_values
from sweepflow.training.estimator.toy import impossible, some_draws
from sweepflow.training.kind import OtherParts
from sweepflow.training.parameter_constraints import ParameterConstraints
from sweepflow.training.pipeline import split_names
from sweepflow.training.preprocess_choice import fitting
from sweepflow.trials.parameters import Parameters


def rules(trial: AsksForModel) -> ParameterConstraints | None:
    """Scikit-learn's constraints on the parameters; None if the trial has no estimator."""
    try:
        return ComposedConstraints(trial.instance(), steps_of(trial))
    except (TrialError, SpecError):
        return None


def check(trial: AsksForModel, names: frozenset[str], *, is_trusted: bool) -> list[Problem]:
    """The problems of the estimator, of its fixed parameters and of the names that the space draws."""
    try:
        estimator = trial.instance()
        learner = fixed_learner(trial, estimator)
    except TrialError as error:
        return [Problem("trial.estimator", str(error))]
    except SpecError as error:
        return error.problems
    path, own, of_steps = trial.estimator, own_names(trial, names), names_of_steps(trial)
    return [
        *check_composition(trial, estimator, names),
        *checks.check_parameters(path, estimator, own, of_steps, is_trusted=is_trusted),
        *check_preprocess(path, learner, trial.preprocess),
        *checks.check_iterations(path, estimator, trial.iterations),
        *check_target(path, estimator, trial.target),
        *check_threshold(path, estimator, trial.threshold),
    ]


def check_with(trial: AsksForModel, parts: OtherParts) -> Iterator[Problem]:
    """The problems with the data, the metrics, the goal, and folds beside iterations."""
    yield from checks.check_with(parts, has_iterations=trial.iterations is not None)
    yield from check_metric(trial.threshold, parts)
    if "search_space" in parts:
        yield from check_draws(trial, parts["search_space"])


def check_data(
    trial: AsksForModel,
    data: PreparedData,
    space: SearchSpace,
    metrics: Sequence[tuple[str, str]],
    validation: Validation,
    allows: Callable[[Parameters], bool],
) -> list[Problem]:
    """The problems that keep it from learning from this data, or metrics from scoring it, in any draw."""
    drawn = parameter_names(space)
    problems = checks.check_weights(trial.estimator, trial.instance(), data, trial.iterations)
    problems += checks.check_data(data, dict(trial.parameters), drawn, metrics, validation)
    problems += check_drawn_weights(space, data)
    problems += check_values(trial.target, data)
    problems += check_classes(trial.threshold, data)
    draws = some_draws(space, allows)
    problems = problems or list(missing_steps(lambda each: parts_of(trial, each, data)[::2], data, draws))
    needed = [*metrics, NEEDS_PROBABILITIES] if trial.threshold else metrics
    return problems or impossible(trial, space, needed, data, allows)


def notices(trial: AsksForModel, parts: OtherParts) -> Iterator[str]:
    """Notices of parameters and of a policy without effect."""
    yield from checks.notices(parts, trial.parameters, trial.n_intervals)
    with suppress(TrialError, SpecError):
        whole, drawn = composed(trial, {}), parameter_names(parts["search_space"])
        yield from inner_split_notices(whole.estimator, whole.steps, drawn, parts["data"])


def memory_notices(trial: AsksForModel, data: PreparedData, slots: int) -> list[str]:
    """Notices about the memory that the prepared rows take in each of so many workers."""
    learner = fixed_learner(trial, trial.instance())
    how, preprocessing = fitting(learner, data, split_names(dict(trial.parameters))[0], trial.preprocess)
    return list(encoding.memory_notices(data, preprocessing, slots, how.categories or "one_hot"))
