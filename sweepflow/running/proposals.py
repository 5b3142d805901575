"""Whose turn it is: configurations that are named come first, then those of the sampling algorithm."""

from collections.abc import Iterable

from sweepflow.space.constraints import anything
from sweepflow.spec.spec import Spec
from sweepflow.trials.history import History
from sweepflow.trials.parameters import Parameters, configuration_key


class Turns:
    """The parameters of each trial of a sweep by its number."""

    def __init__(self, spec: Spec, firsts: Iterable[Parameters] = ()) -> None:
        self._spec = spec
        self._allows = spec.allows if spec.constraints else anything
        self._firsts = list({configuration_key(each): each for each in firsts}.values())
        numbers = map(self._number_of, self._firsts)
        self._taken = sorted(number for number in numbers if number is not None)

    def propose(self, history: History, number: int) -> Parameters | None:
        """The parameters of trial `number`; None if there are no more."""
        if number < len(self._firsts):
            return self._firsts[number]
        sampling, space = self._spec.sampling_algorithm, self._spec.search_space
        return sampling.propose(space, history, self._own(number), sampling.seed or 0, self._allows)

    def _number_of(self, parameters: Parameters) -> int | None:
        return self._spec.sampling_algorithm.number_of(self._spec.search_space, parameters, self._allows)

    def _own(self, number: int) -> int:
        # The trials before one whose parameters were taken out of turn move up.
        own = number - len(self._taken)
        for taken in self._taken:
            own += taken <= own
        return own
