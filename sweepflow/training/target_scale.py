"""A target learned on another scale, and predicted in its own unit."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.preprocessing import QuantileTransformer
from sklearn.utils import Tags, get_tags

from sweepflow.training.target import Transform

_MOST_QUANTILES = 1000
_LEAST: dict[str, tuple[float, bool]] = {"log": (0, False), "log1p": (-1, False), "sqrt": (0, True)}
"""Where the functions begin, and whether there."""


def outside(transform: Transform, target: NDArray[Any]) -> str | None:
    """Why these values cannot be transformed; None if they can."""
    if transform not in _LEAST:
        return None
    least, is_taken = _LEAST[transform]
    smallest = float(np.min(target))
    if smallest > least or (is_taken and smallest == least):
        return None
    return f"{transform} takes numbers {'>=' if is_taken else '>'} {least:g}, and the least is {smallest:g}"


class TargetScale(BaseEstimator):  # type: ignore[misc]
    """The way from the target's unit to the scale on which it is learned, and back.

    Several targets, shape (rows, targets), each go their own way.
    """

    def __init__(self, transform: Transform) -> None:
        self.transform = transform

    def fit(self, target: NDArray[Any]) -> Self:
        """Learn the target's distribution, if that matters."""
        if self.transform == "quantile":
            n_quantiles = min(_MOST_QUANTILES, len(target))
            normal = QuantileTransformer(
                n_quantiles=n_quantiles, output_distribution="normal", subsample=None, random_state=0
            )
            self.normal_ = normal.fit(_column(target))
        return self

    def forward(self, target: Any) -> NDArray[Any]:
        """What is learned, for values in the target's unit."""
        values = np.asarray(target, dtype=float)
        if self.transform == "quantile":
            return np.asarray(self.normal_.transform(_column(values))).reshape(values.shape)
        function = {"log": np.log, "log1p": np.log1p, "sqrt": np.sqrt}[self.transform]
        return np.asarray(function(values))

    def back(self, learned: Any) -> NDArray[Any]:
        """The values in the target's unit, for predictions; a root below 0 counts as 0."""
        values = np.asarray(learned, dtype=float)
        if self.transform == "quantile":
            return np.asarray(self.normal_.inverse_transform(_column(values))).reshape(values.shape)
        if self.transform == "sqrt":
            return np.asarray(np.square(np.maximum(values, 0)))
        return np.asarray({"log": np.exp, "log1p": np.expm1}[self.transform](values))


class TransformedTarget(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A regressor that learns the target on another scale, and predicts in its unit.

    Other than scikit-learn's TransformedTargetRegressor it fits the regressor itself, and no copy, so that
    one with `warm_start` or `partial_fit` goes on where it was.
    """

    def __init__(self, regressor: Any, transform: Transform) -> None:
        self.regressor = regressor
        self.transform = transform

    def fit(self, X: Any, y: Any, **parameters: Any) -> Self:  # noqa: N803
        """Fit the regressor on the transformed target."""
        self.scale_ = TargetScale(self.transform).fit(np.asarray(y))
        if "y_val" in parameters:
            parameters["y_val"] = self.scale_.forward(parameters["y_val"])
        self.regressor.fit(X, self.scale_.forward(y), **parameters)
        return self

    def partial_fit(self, X: Any, y: Any, **parameters: Any) -> Self:  # noqa: N803
        """Go on fitting the regressor; the first call learns the scale."""
        if not hasattr(self, "scale_"):
            self.scale_ = TargetScale(self.transform).fit(np.asarray(y))
        self.regressor.partial_fit(X, self.scale_.forward(y), **parameters)
        return self

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The predictions in the target's unit."""
        return np.asarray(self.scale_.back(self.regressor.predict(X)))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "scale_")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        own = get_tags(self.regressor)
        tags.input_tags, tags.target_tags = own.input_tags, own.target_tags
        return tags


def _column(values: Any) -> NDArray[Any]:
    """The values with a column for each target."""
    numbers = np.asarray(values, dtype=float)
    return numbers.reshape(len(numbers), -1)
