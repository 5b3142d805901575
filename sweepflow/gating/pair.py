"""Two models' predictions for the same rows, checked and turned into numbers."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sweepflow.gating.decision import GateError
from sweepflow.metrics import Kind

_MAX_SHOWN = 10


class Pair(NamedTuple):
    """The true values of the rows, and what each model predicted for them.

    Classes are numbered from 0 in the order of their labels, so of two classes 1 is the greater one. The
    predictions are such numbers, scores (of the greater of two classes), probabilities or numbers; of
    several targets all three have the shape (rows, targets).
    """

    truth: NDArray[Any]
    champion: NDArray[Any]
    challenger: NDArray[Any]

    @property
    def differs(self) -> NDArray[np.bool_]:
        """True for each row for which the models predict something different."""
        differs = self.champion != self.challenger
        return np.asarray(differs if differs.ndim == 1 else differs.any(axis=1))


def pair(
    y_true: ArrayLike, champion: ArrayLike, challenger: ArrayLike, kind: Kind, labels: ArrayLike | None = None
) -> Pair:
    """The pair for a metric that takes predictions of this kind; GateError if they do not fit together.

    `labels` are the classes of the columns of the predictions, ascending; None: those that occur in `y_true`.
    """
    inputs = {"y_true": y_true, "champion": champion, "challenger": challenger}
    arrays = {name: _without_missing(name, np.asarray(values)) for name, values in inputs.items()}
    n_rows = len(arrays["y_true"])
    if n_rows == 0:
        raise GateError("there are no rows to compare on")
    for name, values in arrays.items():
        if len(values) != n_rows:
            raise GateError(f"{name} must have a prediction for each of {n_rows} rows, got {len(values)}")
    shape, takes_targets = arrays["y_true"].shape, kind in ("numbers", "values")
    if len(shape) != 1 and not (takes_targets and len(shape) == 2 and shape[1] > 1):
        raise GateError(f"y_true must have one value a row, got shape {shape}")
    if kind == "numbers":
        arrays = {name: _numbers(name, values) for name, values in arrays.items()}
    if takes_targets:
        return Pair(*(_like(shape, name, values) for name, values in arrays.items()))
    occurring = _sorted_labels([arrays["y_true"]])
    if len(occurring) < 2:
        raise GateError(f"y_true must hold at least two classes, got only {occurring.tolist()[0]!r}")
    known = occurring if labels is None else _without_missing("labels", np.asarray(labels))
    if kind == "labels":
        columns = {name: _one_column(name, values) for name, values in arrays.items()}
        return Pair(*_codes(columns, known.tolist()))
    if unknown := sorted(set(occurring.tolist()) - set(known.tolist())):
        raise GateError(f"labels must hold every class of y_true, but lack {unknown[0]!r}")
    truth = np.searchsorted(known, arrays.pop("y_true"))
    return Pair(truth, *(_scores(name, values, known, kind) for name, values in arrays.items()))


def _without_missing(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """The values, text as Python strings; GateError if one is missing."""
    if values.ndim == 0:
        raise GateError(f"{name} must have one value a row, got {values!r}")
    missing = np.asarray(pd.isna(values)).reshape(len(values), -1).any(axis=1).sum() if len(values) else 0
    if missing:
        raise GateError(f"{name} must have no missing values, got NaN in {missing} of {len(values)} rows")
    return values if values.dtype.kind in "biuf" else values.astype(object)


def _like(shape: tuple[int, ...], name: str, values: NDArray[Any]) -> NDArray[Any]:
    """The predictions in the shape of the truth; GateError if they have another."""
    if len(shape) == 1:
        return _one_column(name, values)
    if values.shape != shape:
        raise GateError(f"{name} must have a value for each of {shape[1]} targets, got shape {values.shape}")
    return values


def _one_column(name: str, values: NDArray[Any]) -> NDArray[Any]:
    if values.ndim == 2 and values.shape[1] == 1:
        return values[:, 0]
    if values.ndim != 1:
        raise GateError(f"{name} must have one value a row, got shape {values.shape}")
    return values


def _numbers(name: str, values: NDArray[Any]) -> NDArray[Any]:
    try:
        numbers = values if values.dtype.kind == "f" else values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise GateError(f"{name} must hold numbers: {error}") from error
    if not np.isfinite(numbers).all():
        raise GateError(f"{name} must hold finite numbers, got infinity")
    return numbers


def _sorted_labels(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    try:
        return np.unique(np.concatenate(arrays))
    except TypeError as error:
        raise GateError(f"labels must all be text or all be numbers: {error}") from error


def _codes(arrays: dict[str, NDArray[Any]], known: list[Any]) -> list[NDArray[Any]]:
    """Each label as its number in ascending order; predictions may hold classes that are not known."""
    for name, values in arrays.items():
        if values.dtype.kind == "f" and (values != np.round(values)).any():
            score = values[values != np.round(values)][0]
            raise GateError(f"{name} must hold labels for this metric, not scores, got {score}")
        _check_same_labels(name, set(values.tolist()), known)
    if any(values.dtype.kind == "O" for values in arrays.values()):
        arrays = {name: values.astype(object) for name, values in arrays.items()}
    labels = _sorted_labels(list(arrays.values()))
    return [np.searchsorted(labels, values) for values in arrays.values()]


def _check_same_labels(name: str, labels: set[Any], known: list[Any]) -> None:
    """Raise GateError if the predictions hold other labels, or numbers that an encoder has given to these."""
    are_numbers = not labels <= set(known) and labels <= set(range(len(known)))
    if are_numbers or labels.isdisjoint(known):
        shown = sorted(labels, key=lambda label: (isinstance(label, str), label))
        fault = f"{name} holds {_shown(shown)} and y_true {_shown(known)}"
        raise GateError(f"{fault}: predictions must be in the labels of y_true (labels names those it lacks)")


def _shown(labels: list[Any]) -> str:
    return ", ".join(map(repr, labels[:_MAX_SHOWN]))


def _scores(name: str, values: NDArray[Any], labels: NDArray[Any], kind: Kind) -> NDArray[Any]:
    numbers = _numbers(name, values)
    n_columns = 1 if numbers.ndim == 1 else numbers.shape[1]
    if numbers.ndim > 2 or n_columns not in ({1, 2} if len(labels) == 2 else {len(labels)}):
        shown = _shown(labels.tolist())
        columns = "a score a row" if len(labels) == 2 else f"a column for each of {len(labels)} classes"
        raise GateError(f"{name} must have {columns} ({shown}), got shape {numbers.shape}")
    if kind == "probabilities":
        _check_probabilities(name, numbers)
    return numbers if len(labels) > 2 else numbers.reshape(len(numbers), -1)[:, -1]


def _check_probabilities(name: str, numbers: NDArray[Any]) -> None:
    if numbers.min() < 0 or numbers.max() > 1:
        value_range = f"{numbers.min():g} to {numbers.max():g}"
        raise GateError(f"{name} must hold probabilities for this metric, got values from {value_range}")
    if numbers.ndim == 2 and numbers.shape[1] > 1 and not np.allclose(numbers.sum(axis=1), 1, atol=1e-5):
        raise GateError(f"{name} must hold probabilities that add up to 1 in every row")
