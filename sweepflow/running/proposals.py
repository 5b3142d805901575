"""The parameters of each trial: the named configurations come first, then the sampling algorithm's."""

from collections.abc import Iterable

from sweepflow.space.constraints import anything
from sweepflow.space.search_space import locate
from sweepflow.spec.spec import Spec
from sweepflow.trials.history import History
from sweepflow.trials.parameters import Parameters, configuration_key


class Proposals:
    """The parameters of each trial of a sweep, by its number."""

    def __init__(self, spec: Spec, first_parameters: Iterable[Parameters] = ()) -> None:
        self._spec = spec
        self._allows = spec.allows if spec.constraints else anything
        by_key = {configuration_key(parameters): parameters for parameters in first_parameters}
        self._first_parameters = list(by_key.values())
        numbers = map(self._number_of, self._first_parameters)
        self._skipped = sorted(number for number in numbers if number is not None)
        """The sampler's own numbers of the first parameters."""
        self.n_outside = sum(locate(spec.search_space, each) is None for each in self._first_parameters)
        """How many of the first parameters do not lie in the search space."""

    def propose(self, history: History, number: int) -> Parameters | None:
        """The parameters of trial `number`; None if there are no more."""
        if number < len(self._first_parameters):
            return self._first_parameters[number]
        sampling, space = self._spec.sampling_algorithm, self._spec.search_space
        return sampling.propose(
            space, history, self._sampler_number(number), sampling.seed or 0, self._allows
        )

    def _number_of(self, parameters: Parameters) -> int | None:
        return self._spec.sampling_algorithm.number_of(self._spec.search_space, parameters, self._allows)

    def _sampler_number(self, number: int) -> int:
        """The sampler's number for this trial: it skips those whose parameters were tried first."""
        n_beside = self.n_outside if self._spec.sampling_algorithm.is_listed else 0
        sampler_number = number - len(self._skipped) - n_beside
        for skipped in self._skipped:
            sampler_number += skipped <= sampler_number
        return sampler_number
