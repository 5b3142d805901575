"""What a sampling algorithm keeps of a history, so that the next trial need not work it out again."""

from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from sweepflow.trials.history import History

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Kept(Generic[_P, _T]):
    """One value for each history, for as long as the history lives.

    The value is made of the arguments of `of` alone, and made anew whenever one of them is another: what is
    proposed is the same as if nothing were kept. Arrays and lists are compared by their numbers, anything
    else by identity, because `==` takes spaces for the same that hold 1 and True, or the same names in
    another order.
    """

    def __init__(self, make: Callable[_P, _T]) -> None:
        self._make = make
        self._values: WeakKeyDictionary[History, tuple[tuple[Any, ...], _T]] = WeakKeyDictionary()

    def of(self, history: History, /, *parts: _P.args, **named: _P.kwargs) -> _T:
        """The history's value if it was made of these very parts, else a new one."""
        all_parts = (*parts, *named.values())
        known = self._values.get(history)
        if known is not None and all(map(_is_same, known[0], all_parts)):
            return known[1]
        return self.anew(history, *parts, **named)

    def anew(self, history: History, /, *parts: _P.args, **named: _P.kwargs) -> _T:
        """A new value for the history in the place of the one that it has."""
        value = self._make(*parts, **named)
        self._values[history] = (*parts, *named.values()), value
        return value


def _is_same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray | list):
        return np.array_equal(one, other)  # type: ignore[arg-type]  # false for what is no array
    return one is other
