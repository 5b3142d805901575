"""The parameters of a sweep as its trials drew them: what plots and other tools need to know of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sweepflow.space.expression import Drawn
from sweepflow.space.search_space import dimensions
from sweepflow.trials.parameters import Value, value_key
from sweepflow.trials.rows import TrialRow

_MOST_OPTIONS = 12
"""A choice of more numbers than these reads better as an axis of numbers."""


@dataclass(frozen=True)
class Parameter:
    """One name, with what it is drawn from and what each trial drew."""

    name: str
    expressions: tuple[Drawn, ...]
    """One for each branch that defines it; none if it is a literal of a branch."""
    drawn: Mapping[int, Value]
    """By the trial's number; a trial that drew another branch has none."""

    @cached_property
    def is_number(self) -> bool:
        """Whether every trial drew a number."""
        values = self.drawn.values()
        return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)

    @cached_property
    def is_choice(self) -> bool:
        """Whether it has no other values than those that were listed."""
        return all(expression.options for expression in self.expressions)

    @cached_property
    def is_category(self) -> bool:
        """Whether its values are better shown side by side than along an axis of numbers."""
        return not self.is_number or (self.is_choice and len(self.options) <= _MOST_OPTIONS)

    @cached_property
    def is_log(self) -> bool:
        """Whether its orders of magnitude are drawn alike, so that a log axis suits it."""
        has_logs = bool(self.expressions) and all(each.is_log for each in self.expressions)
        return has_logs and self.is_number and all(_is_positive(value) for value in self.drawn.values())

    @cached_property
    def options(self) -> tuple[Value, ...]:
        """The different values listed or drawn: numbers by size, others in the order listed."""
        listed = [option for expression in self.expressions for option in expression.options]
        options = list({value_key(value): value for value in [*listed, *self.drawn.values()]}.values())
        if all(isinstance(value, int | float) and not isinstance(value, bool) for value in options):
            options.sort(key=_size)
        return tuple(options)


def parameters_of(space: Mapping[str, Drawn], rows: Sequence[TrialRow]) -> list[Parameter]:
    """The parameters in the order of the search space, then those that only trials know."""
    all_dimensions = dimensions(space)
    known = [dimension.name for dimension in all_dimensions]
    names = dict.fromkeys([*known, *(name for row in rows for name in row.parameters)])
    expressions = {
        name: tuple(dimension.expression for dimension in all_dimensions if dimension.name == name)
        for name in names
    }
    return [Parameter(name, expressions[name], dict(_drawn(name, expressions[name], rows))) for name in names]


def _drawn(name: str, expressions: Sequence[Drawn], rows: Iterable[TrialRow]) -> Iterable[tuple[int, Value]]:
    """What each trial has; an estimator's default counts as not drawn where the axis has no place for it."""
    values = ((row.number, row.parameters[name]) for row in rows if name in row.parameters)
    has_ranges_alone = bool(expressions) and not any(each.options for each in expressions)
    if not has_ranges_alone:
        return values
    is_log = all(each.is_log and each.step is None for each in expressions)
    return (each for each in values if each[1] is not None and (not is_log or _is_positive(each[1])))


def _is_positive(value: Value) -> bool:
    return isinstance(value, int | float) and value > 0


def _size(value: Value) -> float:
    return value if isinstance(value, int | float) else 0.0
