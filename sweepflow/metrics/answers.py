"""What a model answers, held against what the target holds: a metric of two sets of labels is no metric."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import is_classifier, is_regressor

from sweepflow.data.prepared import PreparedData, load_part
from sweepflow.errors import SweepflowError
from sweepflow.metrics import Kind, Metric

_MOST_SHOWN = 6
_MOST_CLASSES = 100  # of whole numbers that are taken for numbers
_OWN_VALUES = "return a model that is fitted on the target's own values"
_WITH_LABELS = (
    "return sweepflow.with_labels(model, labels) from the trainer, the labels in the order of their numbers, "
    "or fit the model on the labels themselves"
)


class AnswerError(SweepflowError, ValueError):
    """A model's answers are of another kind than the target's values; the message names both."""


def one_column(answers: Any, data: PreparedData) -> NDArray[Any]:
    """What a model has predicted, one value a row where it has given that, numbers as numbers."""
    values = np.asarray(answers)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    is_text = data.labels is not None and isinstance(data.labels[0], str)
    return values if is_text or values.dtype != object else np.array(values.tolist())


def check_answers(
    model: Any,
    predicted: NDArray[Any] | None,
    n_rows: int,
    data: PreparedData,
    kind: Kind,
    name: str,
    *,
    cure: str | None = None,
) -> None:
    """Raise AnswerError, calling the model by `name`, if a metric of that kind cannot compare its answers.

    `predicted` is what it has predicted for the rows, None if it has no `predict`. A model may know fewer
    classes than the target has, as its training rows may; the same value may be of another type (1, 1.0,
    True). What it answers is its `classes_`, else what it has predicted. `cure` is what to do about other
    labels, where that is not to be done in a trainer.
    """
    if predicted is not None and predicted.shape != (n_rows,):
        n_values = "1 value" if predicted.size == 1 else f"{predicted.size} values"
        found = "several values a row" if predicted.ndim > 1 else n_values
        raise AnswerError(f"the {name} answers {found} for {n_rows} rows: one value a row is needed")
    if _are_numbers(data, kind):
        reason = _wrong_numbers(model, predicted, data)
    else:
        reason = _wrong_labels(model, predicted, data, cure)
    if reason is None and kind == "labels" and data.labels is None and _gives_classes(model, predicted):
        reason = _not_of_the_target(model, predicted, data)
    if reason is not None:
        raise AnswerError(f"the {name}{reason}")


def for_metric(
    data: PreparedData, metric: Metric, model: Any = None, predicted: NDArray[Any] | None = None
) -> PreparedData:
    """The data as the metric sees it; ValueError if it compares classes, and target or model give numbers.

    A function says neither that it classifies nor the contrary: what was taken for numbers, as 0.0 and 1.0
    are, or thirty numbered classes, are classes where a metric of classes is asked for.
    """
    if data.labels is not None or metric.kind == "numbers":
        return data
    seen = _as_classes(data) if _gives_classes(model, predicted) else None
    if seen is None:
        raise ValueError(f"it compares classes, but {_held(data)}")
    return seen


def _as_classes(data: PreparedData) -> PreparedData | None:
    values = np.unique(_all_values(data))
    if len(values) > _MOST_CLASSES or (values != np.round(values)).any():
        return None
    labels = tuple(int(value) for value in values)
    positive_label = labels[1] if len(labels) == 2 else None
    seen = {"labels": labels, "is_classification": True, "positive_label": positive_label}
    return data.model_copy(update=seen)


def _are_numbers(data: PreparedData, kind: Kind) -> bool:
    """Whether the metric compares them as numbers, as one of numbers does with whole-number classes."""
    labels = data.labels
    if labels is None:
        return True
    return kind == "numbers" and data.positive_label is None and not isinstance(labels[0], str)


def _gives_classes(model: Any, predicted: NDArray[Any] | None) -> bool:
    if _is(is_regressor, model):
        return False
    return predicted is None or predicted.dtype.kind != "f" or bool((predicted == np.round(predicted)).all())


def _wrong_labels(
    model: Any, predicted: NDArray[Any] | None, data: PreparedData, cure: str | None
) -> str | None:
    labels = data.labels or ()
    answered = _classes(model)
    given = _distinct(predicted)
    if _is(is_regressor, model):
        return f", a regressor, answers {_listed(given)}, but {_held(data)}: return a classifier"
    if answered and isinstance(answered[0], list):
        return f" answers several values a row, but {_held(data)}: one value a row is needed"
    # Of text, further classes are those of other rows; numbers may be another numbering of the classes.
    further = set(answered) if isinstance(labels[0], str) and set(labels) <= set(answered) else set()
    for found in (answered, given):
        if any(value not in {*labels, *further} for value in found):
            cure = cure or (_WITH_LABELS if _are_places(found) else _OWN_VALUES)
            return f" answers {_listed(found)}, but {_held(data)}: {cure}"
    return None


def _wrong_numbers(model: Any, predicted: NDArray[Any] | None, data: PreparedData) -> str | None:
    if predicted is None:
        return None
    if predicted.dtype.kind not in "iuf":
        return f" answers {_listed(_distinct(predicted))}, but {_held(data)}: {_OWN_VALUES}"
    n_missing = int((~np.isfinite(predicted)).sum())
    if n_missing:
        return f" answers no finite number in {n_missing} of {len(predicted)} rows"
    return _not_of_the_target(model, predicted, data) if _is(is_classifier, model) else None


def _not_of_the_target(model: Any, predicted: NDArray[Any] | None, data: PreparedData) -> str | None:
    """What is wrong with classes that are not numbers of the target."""
    answered, values = _classes(model) or _distinct(predicted), _all_values(data)
    if np.isin(np.array(answered), values).all():
        return None
    kind = ", a classifier," if _is(is_classifier, model) else ""
    is_encoded = _are_places(answered) and len(answered) == len(np.unique(values))
    cure = _WITH_LABELS if is_encoded else "return a regressor" if kind else _OWN_VALUES
    return f"{kind} answers {_listed(answered)}, but {_held(data)}: {cure}"


def _classes(model: Any) -> list[Any]:
    """The model's `classes_` as Python values; none if it has no such."""
    classes = getattr(model, "classes_", None)
    return [] if classes is None else [np.asarray(each).tolist() for each in classes]


def _distinct(predicted: NDArray[Any] | None) -> list[Any]:
    if predicted is None:
        return []
    try:
        distinct = list(pd.unique(predicted).tolist())
    except TypeError:  # they cannot be hashed
        distinct = list(dict.fromkeys(map(repr, predicted.tolist())))
    try:
        return sorted(distinct)
    except TypeError:
        return distinct


def _are_places(answered: Iterable[Any]) -> bool:
    """Whether they may be the numbers that an encoder has given to labels."""
    return all(isinstance(each, int | float) and float(each).is_integer() and each >= 0 for each in answered)


def _held(data: PreparedData) -> str:
    if data.labels is not None:
        return f"the target '{data.target}' holds {_listed(data.labels)}"
    values = _all_values(data)
    return f"the target '{data.target}' holds numbers from {values.min():g} to {values.max():g}"


def _listed(values: Iterable[Any]) -> str:
    shown = [repr(value) for value in values]
    more = [f"{len(shown) - _MOST_SHOWN} more"] if len(shown) > _MOST_SHOWN else []
    return ", ".join([*shown[:_MOST_SHOWN], *more]) or "nothing"


def _all_values(data: PreparedData) -> NDArray[Any]:
    tables = (load_part(data.folder, part) for part in ("train", "validation", "test"))
    return np.concatenate([table[data.target].to_numpy() for table in tables])


def _is(kind: Callable[[Any], bool], model: Any) -> bool:
    try:
        return bool(kind(model))
    except Exception:  # noqa: BLE001  the user's own class need not be an estimator
        return False
