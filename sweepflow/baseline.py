"""The baseline: the configuration that a spec names for the best one to be compared with.

It is a whole configuration, as the parameters of a trial are: every name, and where a choice is nested, the
number of the branch under the choice's own name and all names of that branch.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sweepflow.constraints import Constraint
from sweepflow.distributions import RandInt
from sweepflow.drawn import Drawn
from sweepflow.errors import ConstraintError, Problem
from sweepflow.expressions import Branch, Choice, Expression
from sweepflow.inert import shortened
from sweepflow.space import SearchSpace, locate, parameter_names, realize
from sweepflow.text_readings import reading
from sweepflow.trial import Parameters, Scalar
from sweepflow.unions import brief, suggestion

_FIELD = "baseline"
_LONGEST_RULE = 200
_LAST = math.nextafter(1.0, 0.0)


def misfits(space: SearchSpace, given: Parameters, base: float = math.e) -> list[Problem]:
    """The names that it lacks, those that the space does not draw, and the values that cannot be drawn."""
    walk = _Walk(given, base)
    walk.through(space)
    return [*walk.found, *_strangers(space, given, walk)]


def refusals(constraints: Sequence[Constraint], drawn: Parameters) -> Iterator[Problem]:
    """The constraints that it does not satisfy."""
    is_allowed = True
    for index, constraint in enumerate(constraints):
        try:
            if not constraint.holds(drawn):
                is_allowed = False
                yield Problem(_FIELD, f"must satisfy constraints.{index}: {constraint.text}")
        except ConstraintError as error:
            # As in a sweep, what follows one that does not hold need not make sense.
            if is_allowed:
                yield Problem(_FIELD, str(error))


def as_drawn(space: SearchSpace, given: Parameters, base: float = math.e) -> Parameters:
    """The configuration in the space's order and kinds of numbers; it must lie in the space.

    An estimator tells `max_features: 1`, one column, from 1.0, all of them.
    """
    place = locate(space, given, base)
    if place is None:
        raise ValueError(f"{given} does not lie in the search space")
    return {name: _like(value, given[name]) for name, value in realize(space, place, base).items()}


def _like(drawn: Scalar, given: Scalar) -> Scalar:
    is_number = isinstance(drawn, int | float) and not isinstance(drawn, bool)
    if not is_number or not isinstance(given, int | float):
        return given
    return float(given) if isinstance(drawn, float) else round(given)


@dataclass
class _Walk:
    """A walk through the branches that the baseline takes."""

    given: Parameters
    base: float
    found: list[Problem] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    """Those of the branches taken."""
    is_lost: bool = False
    """Whether some choice does not tell which branch is taken."""

    def through(self, branch: Branch) -> None:
        for name, member in branch.items():
            self.names.add(name)
            fault = _fault(name, member, self.given, self.base)
            if fault is not None:
                self.found.append(Problem(f"{_FIELD}.{name}", fault))
            if isinstance(member, Choice) and member.branches:
                self.is_lost |= fault is not None
                self.through({} if fault else member.branches[self.given[name]])


def _strangers(space: SearchSpace, given: Parameters, walk: _Walk) -> Iterator[Problem]:
    known = parameter_names(space)
    for name in given:
        path = f"{_FIELD}.{name}"
        if name not in known:
            yield Problem(path, f"unknown parameter '{name}'; {suggestion(name, sorted(known))}")
        elif name not in walk.names and not walk.is_lost:
            yield Problem(path, "is in none of the branches that the baseline takes")


def _fault(name: str, member: Scalar | Expression, given: Mapping[str, Scalar], base: float) -> str | None:
    if name not in given:
        return f"is required: {_rule(member, base)}"
    value = given[name]
    fits = (
        member.coordinate(value, base) is not None
        if isinstance(member, Drawn)
        else repr(value) == repr(member)
    )
    return None if fits else f"must be {_rule(member, base)}, got {brief(value)}{_meant(member, value)}"


def _meant(member: Scalar | Expression, value: Scalar) -> str:
    """What to write in place of a text that looks like one of the options."""
    other = reading(value) if isinstance(value, str) else None
    options = member.options if isinstance(member, Choice) else ()
    is_option = other is not None and any(repr(other[0]) == repr(option) for option in options)
    return f", which is text; write {other[1]}" if other and is_option else ""


def _rule(member: Scalar | Expression, base: float) -> str:
    """What a value must be."""
    if not isinstance(member, Drawn):
        return brief(member)
    if isinstance(member, Choice):
        options = shortened(", ".join(map(repr, member.options)), _LONGEST_RULE)
        return f"one of {options}" + (", the number of a branch" if member.branches else "")
    if isinstance(member, RandInt):
        return f"a whole number from 0 to {member.upper - 1}"
    kind = f"a multiple of {member.q:g}" if hasattr(member, "q") else "a number"
    return f"{kind}{_range(member, base)}"


def _range(expression: Drawn, base: float) -> str:
    if not expression.type.endswith("normal"):
        return f" from {_end(expression, 0.0, base):g} to {_end(expression, _LAST, base):g}"
    if not expression.type.endswith("lognormal"):
        return ""
    return " >= 0" if hasattr(expression, "q") else " > 0"


def _end(expression: Drawn, u: float, base: float) -> float:
    try:
        return float(expression.quantile(u, base) or 0.0)
    except OverflowError:  # which the sampling algorithm's own check tells
        return math.inf
