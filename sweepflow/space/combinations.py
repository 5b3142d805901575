"""The combinations of a search space that has finitely many."""

import math
from collections.abc import Iterator, Mapping

from sweepflow.space.expression import Branch, Drawn
from sweepflow.space.search_space import dimensions
from sweepflow.trials.parameters import Parameters, Value


def is_finite(space: Mapping[str, Drawn]) -> bool:
    """Whether the space is made of choice and randint alone."""
    return all(dimension.expression.n_values is not None for dimension in dimensions(space))


def n_combinations(space: Mapping[str, Drawn]) -> int | None:
    """How many different sets of parameters there are; None if the space is not finite."""
    return _n_combinations(space) if is_finite(space) else None


def combination(space: Mapping[str, Drawn], index: int) -> Parameters:
    """Combination number `index` of a finite space, from 0; the first name varies slowest.

    IndexError if there are not that many.
    """
    if not 0 <= index < _n_combinations(space):
        raise IndexError(f"the space has {_n_combinations(space)} combinations, there is no number {index}")
    return dict(_combined(space, index))


def combinations(space: Mapping[str, Drawn]) -> Iterator[Parameters]:
    """Every combination of a finite space once, the first name varying slowest; made one at a time."""
    return (dict(_combined(space, index)) for index in range(_n_combinations(space)))


def _n_combinations(branch: Branch) -> int:
    return math.prod(_n_options(member) for member in branch.values())


def _n_options(member: Value | Drawn) -> int:
    if not isinstance(member, Drawn):
        return 1
    if member.branches:
        return sum(_n_combinations(inner) for inner in member.branches.values())
    if member.n_values is None:
        raise ValueError(f"{member.type} has no finite number of values")
    return member.n_values


def _combined(branch: Branch, index: int) -> Iterator[tuple[str, Value]]:
    digits = []
    for name, member in list(branch.items())[::-1]:
        index, digit = divmod(index, _n_options(member))
        digits.append((name, member, digit))
    for name, member, digit in reversed(digits):
        yield from _option(name, member, digit)


def _option(name: str, member: Value | Drawn, index: int) -> Iterator[tuple[str, Value]]:
    if not isinstance(member, Drawn):
        yield name, member
    elif not member.branches:
        yield name, member.value_at(index)
    else:
        for value, inner in member.branches.items():
            if index < _n_combinations(inner):
                yield name, value
                yield from _combined(inner, index)
                return
            index -= _n_combinations(inner)
