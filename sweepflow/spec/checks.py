"""What can be wrong with a spec although each of its fields is right on its own."""

from collections.abc import Iterator, Sequence
from random import Random

from sweepflow.base.printable import shortened
from sweepflow.errors import ConstraintError, Problem
from sweepflow.fields.nearest import suggestion
from sweepflow.importing.process_state import restore_process_state
from sweepflow.metrics.scorers import NEEDS_SCORER, goal_of
from sweepflow.models.registry import is_name
from sweepflow.sampling import SamplingAlgorithm
from sweepflow.space.baseline import as_drawn, misfits, refusals
from sweepflow.space.combinations import combinations, n_combinations
from sweepflow.space.constraints import Condition, Unreadable
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
    space, sampling = parts.get("search_space"), parts.get("sampling_algorithm")
    of_names = [] if space is None else check_names(space)
    of_sampling = [] if space is None or sampling is None else sampling.check(space)
    yield from [*of_names, *of_sampling]
    if space is not None and "trial" in parts:
        names = parameter_names(space) - parts["trial"].hidden(space)
        with restore_process_state():
            found = parts["trial"].check(names, is_trusted=is_trusted)
        yield from found
    draws = () if space is None or sampling is None else _draws(space)
    yield from refused_values(parts, draws, has_sound_names=not of_names)
    constraints = parts.get("constraints", ())
    unread = list(_unread(constraints, space))
    yield from unread
    readable = () if unread else constraints
    if space is not None and sampling is not None and not of_names:
        if readable and not of_sampling:
            yield from list(_undecidable(readable, space)) or _unsatisfiable(readable, space, sampling)
        yield from _check_baseline(parts.get("baseline"), readable, space)
    yield from _check_recurrence(parts)
    if "trial" in parts:
        yield from parts["trial"].check_with(parts)


def _unread(constraints: Sequence[Condition], space: SearchSpace | None) -> Iterator[Problem]:
    """The constraints that cannot be read, or that speak of unknown parameters."""
    known = None if space is None else parameter_names(space)
    for index, constraint in enumerate(constraints):
        path = f"constraints.{index}"
        if isinstance(constraint, Unreadable):
            yield Problem(path, constraint.fault)
        elif known is not None:
            for name in sorted(constraint.names - known):
                yield Problem(path, f"unknown parameter '{name}'; {suggestion(name, sorted(known))}")


def _undecidable(constraints: Sequence[Condition], space: SearchSpace) -> Iterator[Problem]:
    """The first constraint that makes no sense for some draw, which would end the sweep when it is drawn."""
    for drawn in _draws(space):
        for index, constraint in enumerate(constraints):
            try:
                # As in a sweep, those that follow one that does not hold are not looked at.
                if not constraint.holds(drawn):
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


def _unsatisfiable(
    constraints: Sequence[Condition], space: SearchSpace, sampling: SamplingAlgorithm
) -> Iterator[Problem]:
    """Whether a first trial can be drawn."""
    nothing = History(Objective(primary_metric="none", goal="maximize"))

    def allows(drawn: Parameters) -> bool:
        return all(constraint.holds(drawn) for constraint in constraints)

    try:
        first = sampling.propose(space, nothing, 0, sampling.seed or 0, allows)
    except ConstraintError as error:
        yield Problem("constraints", str(error).removeprefix("constraints: "))
    else:
        if first is None:
            yield Problem("constraints", "no combination of the search space satisfies them all")


def _check_baseline(
    given: Parameters | None, constraints: Sequence[Condition], space: SearchSpace
) -> Iterator[Problem]:
    """What keeps it from being a trial of this space."""
    if given is None:
        return
    found = misfits(space, given)
    yield from found
    if not found and constraints:
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
