"""Whether predictions can be compared with the target: both must hold the same labels, or numbers."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier, is_regressor

from sweepflow.base.tables import is_table
from sweepflow.data.prepared import PreparedData, load_part
from sweepflow.errors import SweepflowError
from sweepflow.metrics import Kind, Metric

_MAX_SHOWN = 6
_MAX_CLASSES = 100  # of a target of whole numbers
_OWN_VALUES = "return a model that is fitted on the target's own values"
_WITH_LABELS = (
    "return sweepflow.with_labels(model, labels) from the trainer, the labels in the order of their numbers, "
    "or fit the model on the labels themselves"
)


class AnswerError(SweepflowError, ValueError):
    """A model predicts values of another kind than the target's; the message names both."""


def one_column(answers: Any, data: PreparedData) -> NDArray[Any]:
    """A model's predictions as an array, a single column as one value per row, numbers as numbers.

    Of several targets it has their columns in the data's order, which a table with their names need not have.
    """
    if is_table(answers) and len(data.targets) > 1 and set(answers) == set(data.targets):
        answers = answers[list(data.targets)]
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
    """Raise AnswerError, calling the model by `name`, if a metric of this kind cannot compare its answers.

    `predicted` are its predictions for the rows, None if it has no `predict`. Its labels are its `classes_`,
    or else the values that it has predicted. A model may know fewer classes than the target has, if its
    training rows lack some, and equal values may be of different types (1, 1.0, True). `cure` is the advice
    about other labels in place of that for a trainer.
    """
    if predicted is not None and (fault := _wrong_shape(predicted, n_rows, data)):
        raise AnswerError(f"the {name} answers {fault}")
    if _are_numbers(data, kind):
        reason = _wrong_numbers(model, predicted, data)
    else:
        reason = _wrong_labels(model, predicted, data, cure)
    if reason is None and kind == "labels" and data.labels is None and _gives_classes(model, predicted):
        reason = _foreign_classes(model, predicted, data)
    if reason is not None:
        raise AnswerError(f"the {name}{reason}")


def data_for_metric(
    data: PreparedData, metric: Metric, model: Any = None, predicted: NDArray[Any] | None = None
) -> PreparedData:
    """The data for this metric, with a target of whole numbers as classes if the metric compares classes.

    A function trial does not say whether it classifies, so a target of 0.0 and 1.0, or of thirty numbered
    classes, counts as numbers unless the metric compares classes. ValueError if the metric compares classes
    and the target or the model gives numbers, or there are several targets.
    """
    if data.labels is not None or metric.kind in ("numbers", "values"):
        return data
    may_be_classes = len(data.targets) == 1 and _gives_classes(model, predicted)
    with_classes = _as_classes(data) if may_be_classes else None
    if with_classes is None:
        raise ValueError(f"it compares classes, but {_describe_target(data)}")
    return with_classes


def _wrong_shape(predicted: NDArray[Any], n_rows: int, data: PreparedData) -> str | None:
    n_targets = len(data.targets)
    if predicted.shape == ((n_rows,) if n_targets == 1 else (n_rows, n_targets)):
        return None
    n_values = "1 value" if predicted.size == 1 else f"{predicted.size} values"
    if n_targets == 1:
        shape = "several values a row" if predicted.ndim > 1 else n_values
        return f"{shape} for {n_rows} rows: one value a row is needed"
    shape = f"{predicted.shape[1]} values a row" if predicted.ndim == 2 else n_values
    return f"{shape} for {n_rows} rows: a value for each of {n_targets} targets is needed"


def _as_classes(data: PreparedData) -> PreparedData | None:
    values = np.unique(_all_values(data))
    if len(values) > _MAX_CLASSES or (values != np.round(values)).any():
        return None
    labels = tuple(int(value) for value in values)
    positive_label = labels[1] if len(labels) == 2 else None
    fields = {"labels": labels, "is_classification": True, "positive_label": positive_label}
    return data.model_copy(update=fields)


def _are_numbers(data: PreparedData, kind: Kind) -> bool:
    """Whether the metric compares the target as numbers, be they numbered classes."""
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
    classes = _classes(model)
    predicted_labels = _distinct(predicted)
    if _is(is_regressor, model):
        values = f"{_listed(predicted_labels)}, but {_describe_target(data)}"
        return f", a regressor, answers {values}: return a classifier"
    if classes and isinstance(classes[0], list):
        return f" answers several values a row, but {_describe_target(data)}: one value a row is needed"
    # Further classes of text occur in other rows; further numbers may be another numbering of the classes.
    further = set(classes) if isinstance(labels[0], str) and set(labels) <= set(classes) else set()
    for model_labels in (classes, predicted_labels):
        if any(label not in {*labels, *further} for label in model_labels):
            cure = cure or (_WITH_LABELS if _may_be_encoded(model_labels) else _OWN_VALUES)
            return f" answers {_listed(model_labels)}, but {_describe_target(data)}: {cure}"
    return None


def _wrong_numbers(model: Any, predicted: NDArray[Any] | None, data: PreparedData) -> str | None:
    if predicted is None:
        return None
    if predicted.dtype.kind not in "iuf":
        return f" answers {_listed(_distinct(predicted))}, but {_describe_target(data)}: {_OWN_VALUES}"
    n_missing = int((~np.isfinite(predicted)).reshape(len(predicted), -1).any(axis=1).sum())
    if n_missing:
        return f" answers no finite number in {n_missing} of {len(predicted)} rows"
    return _foreign_classes(model, predicted, data) if _is(is_classifier, model) else None


def _foreign_classes(model: Any, predicted: NDArray[Any] | None, data: PreparedData) -> str | None:
    """What is wrong with a model whose classes are not values of a target of numbers; None if they are.

    Of several targets it is not asked.
    """
    if len(data.targets) > 1:
        return None
    classes, values = _classes(model) or _distinct(predicted), _all_values(data)
    if np.isin(np.array(classes), values).all():
        return None
    kind = ", a classifier," if _is(is_classifier, model) else ""
    is_encoded = _may_be_encoded(classes) and len(classes) == len(np.unique(values))
    cure = _WITH_LABELS if is_encoded else "return a regressor" if kind else _OWN_VALUES
    return f"{kind} answers {_listed(classes)}, but {_describe_target(data)}: {cure}"


def _classes(model: Any) -> list[Any]:
    """The model's `classes_` as Python values; empty if it has none."""
    classes = getattr(model, "classes_", None)
    return [] if classes is None else [np.asarray(label).tolist() for label in classes]


def _distinct(predicted: NDArray[Any] | None) -> list[Any]:
    if predicted is None:
        return []
    if predicted.dtype != object:
        return list(np.unique(predicted).tolist())
    try:
        distinct = list(dict.fromkeys(predicted.ravel().tolist()))
    except TypeError:  # the values cannot be hashed
        distinct = list(dict.fromkeys(map(repr, predicted.tolist())))
    try:
        return sorted(distinct)
    except TypeError:
        return distinct


def _may_be_encoded(labels: Iterable[Any]) -> bool:
    """Whether these may be the numbers that an encoder has given to labels."""
    return all(
        isinstance(label, int | float) and float(label).is_integer() and label >= 0 for label in labels
    )


def _describe_target(data: PreparedData) -> str:
    target = f"the {data.described_target('target')}"
    if data.labels is not None:
        return f"{target} holds {_listed(data.labels)}"
    if len(data.targets) > 1:
        return f"{target} hold numbers"
    values = _all_values(data)
    return f"{target} holds numbers from {values.min():g} to {values.max():g}"


def _listed(values: Iterable[Any]) -> str:
    shown = [repr(value) for value in values]
    more = [f"{len(shown) - _MAX_SHOWN} more"] if len(shown) > _MAX_SHOWN else []
    return ", ".join([*shown[:_MAX_SHOWN], *more]) or "nothing"


def _all_values(data: PreparedData) -> NDArray[Any]:
    tables = (load_part(data.folder, part) for part in ("train", "validation", "test"))
    return np.concatenate([table[data.target].to_numpy() for table in tables])


def _is(kind: Callable[[Any], bool], model: Any) -> bool:
    try:
        return bool(kind(model))
    except Exception:  # noqa: BLE001  the user's own class need not be an estimator
        return False
