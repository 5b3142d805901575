"""What can be wrong with a spec although each of its fields is right on its own."""

from collections.abc import Iterator
from random import Random

from sweepflow.base.printable import shortened
from sweepflow.errors import ConstraintError, Problem
from sweepflow.fields.nearest import suggestion
from sweepflow.importing.untouched import untouched
from sweepflow.metrics.scorers import NEEDS_SCORER, goal_of
from sweepflow.models.registry import is_name
from sweepflow.space.baseline import as_drawn, misfits, refusals
from sweepflow.space.combinations import combinations, n_combinations
from sweepflow.space.constraints import Unreadable
from sweepflow.space.search_space import SearchSpace, check_names, parameter_names, realize
from sweepflow.spec.on_unchanged_data import AlwaysRun, ProbeChanged
from sweepflow.spec.parts import Parts
from sweepflow.spec.refused_values import refused_values
from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters

_N_DRAWS = 1000
"""For which every constraint must be decidable."""


def check(parts: Parts, *, is_trusted: bool) -> Iterator[Problem]:
    """The problems between these fields of a spec; a rule that needs a field which is missing is left out.

    `is_trusted` says that the spec comes from the user's own shell or code, not from a web form.
    """
    if "search_space" in parts:
        space = parts["search_space"]
        yield from check_names(space)
        if "sampling_algorithm" in parts:
            yield from parts["sampling_algorithm"].check(space)
        if "trial" in parts:
            names = parameter_names(space) - parts["trial"].hidden(space)
            with untouched():
                found = parts["trial"].check(names, is_trusted=is_trusted)
            yield from found
    yield from refused_values(parts, _all_draws(parts))
    if "constraints" in parts:
        yield from _check_constraints(parts)
    if {"baseline", "search_space", "sampling_algorithm"} <= parts.keys():
        yield from _check_baseline(parts)
    yield from _check_recurrence(parts)
    if "trial" in parts:
        yield from parts["trial"].check_with(parts)


def _check_constraints(parts: Parts) -> Iterator[Problem]:
    """Those that cannot be read, speak of unknown parameters, cannot be decided or are never satisfied."""
    found = [problem for index in range(len(parts["constraints"])) for problem in _unread(parts, index)]
    if not found and parts["constraints"] and {"search_space", "sampling_algorithm"} <= parts.keys():
        space, sampling = parts["search_space"], parts["sampling_algorithm"]
        if not sampling.check(space) and not check_names(space):
            found = list(_undecidable(parts)) or list(_unsatisfiable(parts))
    yield from found


def _unread(parts: Parts, index: int) -> Iterator[Problem]:
    path, constraint = f"constraints.{index}", parts["constraints"][index]
    if isinstance(constraint, Unreadable):
        yield Problem(path, constraint.fault)
    elif "search_space" in parts:
        known = parameter_names(parts["search_space"])
        for name in sorted(constraint.names - known):
            yield Problem(path, f"unknown parameter '{name}'; {suggestion(name, sorted(known))}")


def _undecidable(parts: Parts) -> Iterator[Problem]:
    """The first constraint that makes no sense for some draw, which would end the sweep when it is drawn."""
    for drawn in _draws(parts["search_space"]):
        for index, condition in enumerate(parts["constraints"]):
            try:
                # As in a sweep, those that follow one that does not hold are not looked at.
                if not condition.holds(drawn):
                    break
            except ConstraintError as error:
                yield Problem(f"constraints.{index}", str(error))
                return


def _draws(space: SearchSpace) -> Iterator[Parameters]:
    """Every combination, if they are few; else random ones."""
    n_all = n_combinations(space)
    if n_all is not None and n_all <= _N_DRAWS:
        yield from combinations(space)
    else:
        stream = Random(0)
        yield from (realize(space, lambda _: stream.random()) for _ in range(_N_DRAWS))


def _all_draws(parts: Parts) -> Iterator[Parameters]:
    if {"search_space", "sampling_algorithm"} <= parts.keys():
        yield from _draws(parts["search_space"])


def _unsatisfiable(parts: Parts) -> Iterator[Problem]:
    """Whether a first trial can be drawn."""
    conditions = parts["constraints"]
    sampling, space = parts["sampling_algorithm"], parts["search_space"]
    nothing = History(Objective(primary_metric="none", goal="maximize"))
    try:
        first = sampling.propose(
            space, nothing, 0, sampling.seed or 0, lambda drawn: all(each.holds(drawn) for each in conditions)
        )
    except ConstraintError as error:
        yield Problem("constraints", str(error).removeprefix("constraints: "))
    else:
        if first is None:
            yield Problem("constraints", "no combination of the search space satisfies them all")


def _check_baseline(parts: Parts) -> Iterator[Problem]:
    """What keeps it from being a trial of this space."""
    space, given = parts["search_space"], parts["baseline"]
    if given is None or check_names(space):
        return
    found = misfits(space, given)
    yield from found
    constraints = parts.get("constraints", ())
    if not found and not any(list(_unread(parts, index)) for index in range(len(constraints))):
        yield from refusals(constraints, as_drawn(space, given))


def _check_recurrence(parts: Parts) -> Iterator[Problem]:
    """The problems of a sweep that compares itself with the last one but has nothing to compare by."""
    asked = parts.get("on_unchanged_data", AlwaysRun())
    if isinstance(asked, AlwaysRun):
        return
    if "data" in parts and parts["data"] is None:
        yield Problem(
            "on_unchanged_data.type", "must be run for a sweep without `data`: nothing tells its change"
        )
    if not isinstance(asked, ProbeChanged):
        return
    if asked.model is not None and not is_name(asked.model):
        yield Problem(
            "on_unchanged_data.model", f"must be a model's name, got '{shortened(asked.model, 80)}'"
        )
    if "objective" in parts:
        metric, goal = parts["objective"].primary_metric, parts["objective"].goal
        if goal_of(metric) != goal:
            rule = f"for probe, objective.primary_metric {NEEDS_SCORER}"
            yield Problem("on_unchanged_data.type", f"{rule}; got {metric} to {goal}")
