"""Whether a sweep tries the defaults of its estimator before all else."""

from sweepflow.errors import ConstraintError
from sweepflow.space.combinations import combinations, n_combinations
from sweepflow.space.constraints import Unreadable
from sweepflow.space.search_space import locate
from sweepflow.spec.parts import Parts
from sweepflow.trials.parameters import Parameters

_MOST_COUNTED = 10_000
"""Up to so many combinations, those that the constraints refuse are not counted."""


def why_not_tried(parts: Parts) -> str | None:
    """Why the defaults are not tried, of a spec with all its fields; None if they are.

    They are a trial like any other: the constraints hold for them, and they count among the trials. Where
    the trials are as many as a finite space has combinations, those go first.
    """
    if not parts["trial"].has_defaults:
        return "only an estimator has defaults"
    defaults = parts["trial"].defaults(parts["search_space"])
    if defaults is None:
        return "the defaults are not known"
    for index, constraint in enumerate(parts["constraints"]):
        try:
            is_allowed = isinstance(constraint, Unreadable) or constraint.holds(defaults)
        except ConstraintError:
            is_allowed = False
        if not is_allowed:
            return f"the defaults do not satisfy constraints.{index}: {constraint.text}"
    most, n_all = parts["limits"].max_total_trials, _n_allowed(parts)
    if n_all == most and locate(parts["search_space"], defaults) is None:
        return (
            f"the {n_all} combinations of the search space take all of limits.max_total_trials; "
            f"{most + 1} would try the defaults too"
        )
    return None


def _n_allowed(parts: Parts) -> int | None:
    """How many combinations there are, where it can be counted without those that are refused."""
    n_all, constraints = n_combinations(parts["search_space"]), parts["constraints"]
    if n_all is None or n_all > _MOST_COUNTED or not constraints:
        return n_all
    return sum(_is_allowed(parts, each) for each in combinations(parts["search_space"]))


def _is_allowed(parts: Parts, drawn: Parameters) -> bool:
    return all(constraint.holds(drawn) for constraint in parts["constraints"])
