"""An estimator while it is fitted: interval by interval, and as it was at the best one."""

import pickle
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sklearn.base import is_classifier

from sweepflow.data.prepared import PreparedData
from sweepflow.data.roles import Roles
from sweepflow.models.model_file import ModelError
from sweepflow.training.estimator.iterations import Iterations, sizes
from sweepflow.training.job import Job


def stages(
    estimator: Any,
    iterations: Iterations | None,
    features: Any,
    target: Any,
    data: PreparedData,
    roles: Roles,
) -> Iterator[None]:
    """Fit the estimator interval by interval; yields at the end of each. `roles` are those of the rows."""
    weights = roles.fit_parameters
    if iterations is None:
        estimator.fit(features, target, **weights)
        yield
    elif iterations.epochs is not None:
        labels = {"classes": data.labels} if is_classifier(estimator) else {}
        for _ in range(iterations.epochs):
            estimator.partial_fit(features, target, **labels, **weights)
            yield
    else:
        for size in sizes(estimator, iterations):
            estimator.set_params(**{str(iterations.parameter): size}).fit(features, target, **weights)
            yield


class Best:
    """Keeps the estimator as it was at the best interval so far."""

    def __init__(self, job: Job, *, is_only: bool) -> None:
        self._objective = job.objective
        self._is_only = is_only
        self._value: float | None = None
        self._copy: Callable[[], Any] | None = None
        self.failure: str | None = None
        """Why the best estimator could not be copied, though its value counts; None if it could."""

    def offer(self, estimator: Any, value: float) -> None:
        """Take the estimator if its value is better than every earlier one."""
        if self._value is not None and not self._objective.is_better(value, self._value):
            return
        self._value, self.failure = value, None
        if self._is_only:  # it trains no further
            self._copy = lambda: estimator
            return
        try:
            self._copy = partial(pickle.loads, pickle.dumps(estimator))
        except Exception as error:  # noqa: BLE001  what an estimator holds may raise anything
            self._copy, self.failure = None, f"the model of the best interval cannot be copied: {error}"

    def model(self) -> Any:
        """The estimator; ModelError if it could not be copied."""
        if self._copy is None:
            raise ModelError(str(self.failure))
        return self._copy()
