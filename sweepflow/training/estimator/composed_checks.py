"""Whether the parts of an estimator, and the steps before it, go together with the names of a spec."""

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Any

from sklearn.base import is_classifier, is_regressor
from sklearn.feature_selection import f_classif
from sklearn.pipeline import Pipeline

from sweepflow.errors import Problem, SpecError, TrialError
from sweepflow.space.constraints import anything
from sweepflow.space.expression import Drawn
from sweepflow.space.search_space import Member, SearchSpace, always_drawn, members, parameter_names
from sweepflow.training.estimator.composed import PARAMETERS, Composed, HasParts, composed
from sweepflow.training.estimator.composed_constraints import ComposedConstraints
from sweepflow.training.estimator.composition import form_of, is_below, is_closed, with_parts
from sweepflow.training.estimator.iterations import unknown_parameter
from sweepflow.training.estimator.loading import part_class, required
from sweepflow.training.estimator.steps import check_names, made_steps, place_of, split_steps, step_names
from sweepflow.training.estimator.toy import some_draws
from sweepflow.trials.parameters import value_key

_MOST_DRAWS = 60


def steps_of(trial: HasParts) -> dict[str, Any]:
    """The steps with their fixed parts, None where one is left out; SpecError for one that is wrong."""
    names = step_names(trial.steps)
    own, _ = split_steps(names, dict(trial.parameters))
    made = dict(made_steps(trial.steps, {name: value for name, value in own.items() if name in names}, ()))
    if made:
        with_parts(Pipeline(list(made.items())), own, PARAMETERS)
    return {name: made.get(name) for name in names}


def fixed_learner(trial: HasParts, estimator: Any) -> Any:
    """What the columns are prepared for, with its fixed parts; SpecError for a step that is wrong."""
    steps = [(name, step) for name, step in steps_of(trial).items() if step is not None]
    return Composed(steps, estimator).learner


def names_of_steps(trial: HasParts) -> frozenset[str]:
    """The names of the steps and of their parameters; of a step that is wrong, its own alone."""
    names = step_names(trial.steps)
    try:
        steps = [(name, step) for name, step in steps_of(trial).items() if step is not None]
    except SpecError:
        return frozenset(names)
    below = {f"{name}__{own}" for name, step in steps for own in step.get_params()}
    return frozenset(names) | {name for name in below if not is_closed(name)}


def own_names(trial: HasParts, names: Collection[str]) -> dict[str, list[str]]:
    """The fixed and these drawn names, but for those of steps and of what is drawn, by their path."""
    elsewhere = _elsewhere(trial, names)
    groups = {PARAMETERS: trial.parameters, "search_space": sorted(names)}
    return {path: [name for name in group if name not in elsewhere] for path, group in groups.items()}


def _elsewhere(trial: HasParts, names: Collection[str]) -> frozenset[str]:
    all_names = {*trial.parameters, *names}
    return frozenset(split_steps(step_names(trial.steps), dict.fromkeys(all_names))[0]) | _below(
        all_names, names
    )


def check_composition(trial: HasParts, estimator: Any, names: Collection[str]) -> Iterator[Problem]:
    """The problems of the estimator with its fixed parts, of the steps, and of the names for them."""
    lacking = [name for name in required(type(estimator)) if name not in {*trial.parameters, *names}]
    if lacking:
        forms = " and ".join(f"{name}: {form_of(type(estimator), name)}" for name in lacking)
        fault = f"'{trial.estimator}' cannot be made from parameters alone: give it {forms} in {PARAMETERS}"
        yield Problem("trial.estimator", fault)
    elif not is_classifier(estimator) and not is_regressor(estimator):
        yield Problem("trial.estimator", f"'{trial.estimator}' is neither a classifier nor a regressor")
    yield from check_names(trial.steps, estimator.get_params(deep=False))
    try:
        steps = steps_of(trial)
    except SpecError as error:
        yield from error.problems
        return
    if is_regressor(estimator):
        yield from _scored_for_classes(trial, steps, names)
    known = Composed([(name, step) for name, step in steps.items() if step is not None], estimator).names
    optional = {*names, *(name for name, step in steps.items() if step is None)}
    for path, group in ((PARAMETERS, sorted(trial.parameters)), ("search_space", sorted(names))):
        for name in group:
            step = name.partition("__")[0]
            if step in steps and name != step and name not in known and not is_below(name, optional):
                rule = unknown_parameter(f"step {step}", name, known)
                yield Problem(f"{path}.{name}", rule)


def _scored_for_classes(
    trial: HasParts, steps: Mapping[str, Any], names: Collection[str]
) -> Iterator[Problem]:
    """The selections of columns that would take every number of the target for a class."""
    for name, step in steps.items():
        own = f"{name}__score_func"
        if getattr(step, "score_func", None) is f_classif and own not in {*trial.parameters, *names}:
            cure = f"set {own}: sklearn.feature_selection.f_regression in {PARAMETERS}"
            yield Problem(place_of(trial.steps, name), f"scores columns for classes; {cure}")


def check_draws(trial: HasParts, space: SearchSpace) -> list[Problem]:
    """The names, and the values, that what is drawn in the place of a part or a step never takes."""
    drawn_names = parameter_names(space)
    optional = {*drawn_names, *(n for step in trial.steps for n, what in step.items() if what is None)}
    late = [each for each in members(space) if is_below(each.name, optional)]
    fixed = sorted(name for name in trial.parameters if is_below(name, optional))
    if missing := _not_in_every_draw(trial, space):
        rule = "must be drawn in every branch, or be fixed in trial.parameters too"
        return [Problem(f"search_space.{name}", rule) for name in missing]
    if not late and not fixed:
        return []
    try:
        found = list(_found(trial, space, late))
    except (SpecError, TrialError):  # told by other checks, with the place of the part
        return []
    known = {name for names, _ in found for name in names}
    unknown = [(each.name, each.field) for each in late] + [(name, f"{PARAMETERS}.{name}") for name in fixed]
    problems = [
        Problem(field, unknown_parameter(f"what is drawn for {name.rpartition('__')[0]}", name, known))
        for name, field in unknown
        if name not in known
    ]
    refused = {problem: None for _, faults in found for problem in faults}
    return [*problems, *refused]


def _not_in_every_draw(trial: HasParts, space: SearchSpace) -> list[str]:
    """The parameters that the estimator must have, and that only some draws give it."""
    try:
        needed = required(part_class(trial.estimator))
    except TrialError:
        return []
    drawn = parameter_names(space) - always_drawn(space)
    return [name for name in needed if name in drawn and name not in trial.parameters]


def _found(
    trial: HasParts, space: SearchSpace, late: list[Member]
) -> Iterator[tuple[set[str], list[Problem]]]:
    """For some draws, the names of all parameters, and the values that what is drawn refuses."""
    for drawn in islice(some_draws(space, anything), _MOST_DRAWS):
        whole = composed(trial, drawn)
        constraints = ComposedConstraints(whole.estimator, dict(whole.steps))
        names = whole.names
        faults = [
            problem
            for each in late
            if each.name in drawn and each.name in names
            for problem in constraints.problems(each.name, drawn[each.name], _place(each, drawn[each.name]))
        ]
        yield names, faults


def _place(member: Member, value: Any) -> str:
    """Where the value stands in the spec."""
    draws = list(map(value_key, member.what.draws)) if isinstance(member.what, Drawn) else []
    key = value_key(value)
    return f"{member.field}.values.{draws.index(key)}" if key in draws else member.field


def _below(names: Collection[str], places: Collection[str]) -> frozenset[str]:
    return frozenset(name for name in names if is_below(name, places))
