"""The search space: the names to tune, what each is drawn from, and what follows from that.

In a nested space the values of a choice are branches: parameters that exist only when that branch is drawn.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Annotated, NamedTuple

from pydantic import Field

from sweepflow.errors import Problem
from sweepflow.space.expression import Branch, Drawn
from sweepflow.space.expressions import Expression
from sweepflow.space.log_notices import log_notice
from sweepflow.trials.parameters import Parameters, Value, value_key

SearchSpace = Annotated[dict[str, Expression], Field(min_length=1)]

_ROOT = "search_space"
_CENTRAL = (0.025, 0.975)
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


class Dimension(NamedTuple):
    """One expression of a space, at any depth."""

    path: str
    """Unique in the space: `lr`, or `model.0.depth` in branch 0 of the choice `model`."""
    name: str
    expression: Drawn
    field: str
    """Where it stands in the spec: `search_space.model.values.0.depth`."""


class Member(NamedTuple):
    """What stands under the name of a parameter, at any depth: a value, or what it is drawn from."""

    name: str
    field: str
    """Where it stands in the spec, as of a `Dimension`."""
    what: Value | Drawn


def check_names(space: Mapping[str, Drawn]) -> list[Problem]:
    """The names that no parameter may have, and those defined twice where both could be drawn."""
    problems: list[Problem] = []
    _check_names(space, _ROOT, frozenset(), problems)
    return problems


def dimensions(space: Mapping[str, Drawn]) -> list[Dimension]:
    """The expressions at every depth: each before those of its branches, else in the order written."""
    return list(_dimensions(space, "", _ROOT))


def members(space: Branch, field: str = _ROOT) -> Iterator[Member]:
    """All but the nested choices, whose own value is the number of a branch; in the order written."""
    for name, what in space.items():
        place = f"{field}.{name}"
        if not isinstance(what, Drawn) or not what.branches:
            yield Member(name, place, what)
            continue
        for index, inner in what.branches.items():
            yield from members(inner, f"{place}.values.{index}")


def realize(
    space: Mapping[str, Drawn], coordinates: Callable[[str], float] | Mapping[str, float]
) -> Parameters:
    """The parameters at these coordinates in [0, 1), one for the path of each dimension that is drawn.

    A nested choice's name carries its branch's index, and the branch's names, literals too, follow it.
    """
    at = coordinates.__getitem__ if isinstance(coordinates, Mapping) else coordinates
    return dict(_realized(space, "", at))


def locate(space: Mapping[str, Drawn], parameters: Mapping[str, Value]) -> dict[str, float] | None:
    """Coordinates at which `realize` gives these parameters, but for rounding; None if there are none."""
    point: dict[str, float] = {}
    names = list(_located(space, "", parameters, point))
    return point if None not in names and set(names) == set(parameters) else None


def parameter_names(space: Mapping[str, Drawn]) -> frozenset[str]:
    """Every name that a trial of this space may have, those of literals in branches included."""
    return frozenset(_names(space))


def always_drawn(space: Mapping[str, Drawn]) -> frozenset[str]:
    """The names that every trial of this space has, whatever branches it draws."""
    return _in_all(space)


def branch_names(space: Mapping[str, Drawn]) -> frozenset[str]:
    """The names, at any depth, that carry the index of a branch."""
    return frozenset(each.name for each in dimensions(space) if each.expression.branches)


def warnings_of(space: Mapping[str, Drawn]) -> list[str]:
    """A notice for each range that is probably not what was meant.

    Its bounds are values or powers of ten in the place of logarithms, or a greater q leaves but one value.
    """
    notices = (
        (each.field, notice(each.expression))
        for each in dimensions(space)
        for notice in (log_notice, _constant_notice)
    )
    return [f"{field}: {notice}" for field, notice in notices if notice]


def _check_names(
    branch: Branch, field: str, outer: AbstractSet[str], problems: list[Problem]
) -> AbstractSet[str]:
    """Adds the problems; gives all names that this branch may define, inner ones included."""
    for name in branch:
        problems.extend(Problem(f"{field}.{name}", fault) for fault in _name_faults(name, outer))
    known = {*outer, *branch}
    for name, expression in branch.items():
        if isinstance(expression, Drawn):
            # Branches of one choice exclude each other; those of two choices can be drawn together.
            inner = [
                _check_names(members, f"{field}.{name}.values.{index}", frozenset(known), problems)
                for index, members in expression.branches.items()
            ]
            known.update(*inner)
    return known - outer


def _name_faults(name: str, outer: AbstractSet[str]) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield f"a name must match ^{_NAME.pattern}$, got {name!r}"
    elif name.startswith("__"):
        yield f"a name must not begin with two underscores, got {name!r}"
    elif name in outer:
        yield f"{name!r} is already defined outside this branch"


def _names(branch: Branch) -> Iterator[str]:
    for name, member in branch.items():
        yield name
        if isinstance(member, Drawn):
            for inner in member.branches.values():
                yield from _names(inner)


def _in_all(branch: Branch) -> frozenset[str]:
    inner = (
        frozenset.intersection(*map(_in_all, member.branches.values()))
        for member in branch.values()
        if isinstance(member, Drawn) and member.branches
    )
    return frozenset(branch).union(*inner)


def _dimensions(branch: Branch, prefix: str, field: str) -> Iterator[Dimension]:
    for name, member in branch.items():
        if not isinstance(member, Drawn):
            continue
        path, place = f"{prefix}{name}", f"{field}.{name}"
        yield Dimension(path, name, member, place)
        for index, inner in member.branches.items():
            yield from _dimensions(inner, f"{path}.{index}.", f"{place}.values.{index}")


def _realized(branch: Branch, prefix: str, at: Callable[[str], float]) -> Iterator[tuple[str, Value]]:
    for name, member in branch.items():
        path = f"{prefix}{name}"
        value = member.quantile(at(path)) if isinstance(member, Drawn) else member
        yield name, value
        if isinstance(member, Drawn) and member.branches:
            yield from _realized(member.branches[value], f"{path}.{value}.", at)


def _located(
    branch: Branch, prefix: str, parameters: Mapping[str, Value], point: dict[str, float]
) -> Iterator[str | None]:
    """The names of the branch, their coordinates added; None for one with an impossible value."""
    for name, member in branch.items():
        path, value = f"{prefix}{name}", parameters.get(name)
        is_known = name in parameters
        if not isinstance(member, Drawn):
            yield name if is_known and value_key(value) == value_key(member) else None
        elif not is_known or (u := member.coordinate(value)) is None:
            yield None
        else:
            point[path] = u
            yield name
            if member.branches:
                yield from _located(member.branches[value], f"{path}.{value}.", parameters, point)


def _constant_notice(expression: Drawn) -> str | None:
    if expression.step is None or expression.n_values is not None:
        return None
    try:
        ends = {expression.quantile(u) for u in _CENTRAL}
    except OverflowError:  # which the sampling algorithm's own check tells
        return None
    if len(ends) > 1:
        return None
    return (
        f"draws hardly anything but {ends.pop()}, because q ({expression.step:g}) is too great for the range"
    )
