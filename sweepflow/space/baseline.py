"""The baseline: the configuration for the best one to be compared with.

One that a spec names is a whole configuration, as the parameters of a trial are: every name, and where a
choice is nested, the number of the branch under the choice's own name and all names of that branch. The
defaults of an estimator need not lie in the search space.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Discriminator, Tag

from sweepflow.base.printable import brief, shortened
from sweepflow.errors import ConstraintError, Problem
from sweepflow.fields.nearest import suggestion
from sweepflow.fields.union import AnyOf
from sweepflow.space.constraints import Condition
from sweepflow.space.expression import Branch, Drawn
from sweepflow.space.search_space import SearchSpace, locate, members, parameter_names, realize
from sweepflow.trials.parameters import Parameters, Value, value_key
from sweepflow.trials.text_readings import probable_value

DEFAULTS, NONE = "defaults", "none"
"""The words that stand for the estimator's own defaults, and for no baseline."""


def _kind(value: object) -> str:
    # Angle brackets, which no field can contain, tell it from a part of the user's path.
    return "<word>" if isinstance(value, str) else "<parameters>"


Baseline = Annotated[
    Annotated[Literal["defaults", "none"], Tag("<word>")] | Annotated[Parameters, Tag("<parameters>")],
    Discriminator(_kind),
    AnyOf(),
]

_FIELD = "baseline"
_LONGEST_RULE = 200


def misfits(space: SearchSpace, given: Parameters) -> list[Problem]:
    """The names that it lacks, those that the space does not draw, and the values that cannot be drawn."""
    walk = _Walk(given)
    walk.through(space)
    return [*walk.problems, *_strangers(space, given, walk)]


def refusals(constraints: Sequence[Condition], drawn: Parameters) -> Iterator[Problem]:
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


def as_drawn(space: SearchSpace, given: Parameters) -> Parameters:
    """The configuration in the space's order and kinds of numbers; it must lie in the space.

    An estimator tells `max_features: 1`, one column, from 1.0, all of them.
    """
    place = locate(space, given)
    if place is None:
        raise ValueError(f"{given} does not lie in the search space")
    return {name: _like(value, given[name]) for name, value in realize(space, place).items()}


def placed(space: SearchSpace, values: Mapping[str, Value]) -> Parameters:
    """These values as the parameters of a trial, which need not lie in the space.

    If they do, they are as drawn, the numbers of branches included. If not, they are those of the space's
    names that are null or of a kind that the space draws there: a table has a column of numbers or of text.
    """
    chosen = dict(_chosen(space, values))
    if locate(space, chosen) is not None:
        return as_drawn(space, chosen)
    return {
        name: values[name]
        for name, _, what in members(space)
        if name in values and _is_of_a_kind_with(what, values[name])
    }


def _chosen(branch: Branch, values: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    """The values of the branch's names; of a nested choice, those of the first branch that draws them."""
    for name, member in branch.items():
        if not isinstance(member, Drawn) or not member.branches:
            yield from [(name, values[name])] if name in values else []
            continue
        for index, inner in member.branches.items():
            found = dict(_chosen(inner, values))
            if locate(inner, found) is not None:  # type: ignore[arg-type]  # literals are looked up too
                yield name, index
                yield from found.items()
                break


def _is_of_a_kind_with(what: Value | Drawn, value: Value) -> bool:
    options = (what.options or (0.0,)) if isinstance(what, Drawn) else (what,)
    return value is None or any(_is_number(option) == _is_number(value) for option in options)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _like(drawn: Value, given: Value) -> Value:
    if not _is_number(drawn) or not isinstance(given, int | float):
        return given
    return float(given) if isinstance(drawn, float) else round(given)


@dataclass
class _Walk:
    """A walk through the branches that the baseline takes."""

    given: Parameters
    problems: list[Problem] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    """Those of the branches taken."""
    is_lost: bool = False
    """Whether some choice does not tell which branch is taken."""

    def through(self, branch: Branch) -> None:
        for name, member in branch.items():
            self.names.add(name)
            fault = _fault(name, member, self.given)
            if fault is not None:
                self.problems.append(Problem(f"{_FIELD}.{name}", fault))
            if isinstance(member, Drawn) and member.branches:
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


def _fault(name: str, member: Value | Drawn, given: Mapping[str, Value]) -> str | None:
    if name not in given:
        return f"is required: {_rule(member)}"
    value = given[name]
    if _fits(member, value):
        return None
    return f"must be {_rule(member)}, got {brief(value)}{_meant(member, value)}"


def _fits(member: Value | Drawn, value: Value) -> bool:
    if isinstance(member, Drawn):
        return member.coordinate(value) is not None
    return value_key(value) == value_key(member)


def _meant(member: Value | Drawn, value: Value) -> str:
    """What to write in place of a text that looks like one of the options."""
    other = probable_value(value) if isinstance(value, str) else None
    options = member.options if isinstance(member, Drawn) else ()
    is_option = other is not None and any(repr(other[0]) == repr(option) for option in options)
    return f", which is text; write {other[1]}" if other and is_option else ""


def _rule(member: Value | Drawn) -> str:
    """What a value must be."""
    if not isinstance(member, Drawn):
        return brief(member)
    if member.options:
        options = shortened(", ".join(map(repr, member.options)), _LONGEST_RULE)
        return f"one of {options}" + (", the number of a branch" if member.branches else "")
    if member.n_values is not None:
        first, last = member.ends
        return f"a whole number from {first} to {last}"
    kind = "a number" if member.step is None else f"a multiple of {member.step:g}"
    return f"{kind}{_range(member)}"


def _range(expression: Drawn) -> str:
    first, last = expression.ends
    if first is not None and last is not None:
        return f" from {first:g} to {last:g}"
    if first is None:
        return ""
    return f" > {first:g}" if expression.step is None else f" >= {first:g}"
