"""What is watched while a booster trains: its answers for the validation rows after every so many rounds."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Rows(NamedTuple):
    """Features, target and weights (None: all alike) of some rows."""

    features: Any
    target: NDArray[Any]
    weight: NDArray[Any] | None = None


class Answers:
    """The answers of a booster, as it was after some rounds, for the rows that it was watched on.

    It is a model whose features are ignored, because the answers are there already. Without `classes_` it
    is a regressor, and has no `predict_proba`.
    """

    def __init__(self, output: NDArray[Any], classes: NDArray[Any] | None) -> None:
        self._output = output
        if classes is not None:
            self.classes_ = classes
            self.predict_proba = lambda _: output

    def predict(self, _: Any) -> NDArray[Any]:
        """The label or number of each row."""
        if not hasattr(self, "classes_"):
            return self._output
        return np.asarray(self.classes_[np.argmax(self._output, axis=1)])


class Watch(NamedTuple):
    """How a booster is watched while it trains."""

    step: int
    """How many rounds make one interval; the last one may have fewer."""
    at_interval: Callable[[int, Answers], bool]
    """Takes the number of rounds so far and the answers for the validation rows; says whether to go on."""


class Watcher:
    """Watches one training, called after each round from the library's callback, where nothing may raise."""

    def __init__(
        self,
        watch: Watch | None,
        n_rounds: int,
        held_out: Rows | None,
        answers: Callable[[NDArray[Any]], Answers],
        *,
        stops_early: bool,
    ) -> None:
        self._watch = watch
        self._answers = answers
        self._error: BaseException | None = None
        self.n_rounds = n_rounds
        """How many rounds there will be at most."""
        self.held_out = held_out
        """The rows that the training is watched on, classes as numbers."""
        self.stops_early = stops_early
        """Whether the library itself may stop the training, by these rows."""
        self.last_rounds = 0
        """The rounds at the end of the last interval."""
        self.is_stopped = False
        """Whether the training was told to stop."""

    @property
    def is_needed(self) -> bool:
        """Whether it wants to be called after each round."""
        return self._watch is not None and self.held_out is not None

    def is_interval(self, n_rounds: int) -> bool:
        """Whether an interval ends after so many rounds."""
        return self._watch is not None and (n_rounds % self._watch.step == 0 or n_rounds == self.n_rounds)

    def goes_on(self, n_rounds: int, output: Callable[[], NDArray[Any]]) -> bool:
        """Whether to train on after so many rounds; `output` gives what the model says of the rows."""
        if self._watch is not None and not self.is_stopped and self.is_interval(n_rounds):
            try:
                self.last_rounds = n_rounds
                self.is_stopped = not self._watch.at_interval(n_rounds, self._answers(output()))
            except BaseException as error:  # noqa: BLE001  raised again once the library has returned
                self._error, self.is_stopped = error, True
        return not self.is_stopped

    def finish(self) -> None:
        """Raise what was raised while it watched."""
        if self._error is not None:
            raise self._error
