"""Class weights in a spec, where all names are text, matched with the classes of the target."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sweepflow.base.printable import brief
from sweepflow.data.prepared import PreparedData
from sweepflow.data.target import Label
from sweepflow.errors import Problem
from sweepflow.fields.nearest import suggestion

_FIELD = "trial.parameters.class_weight"


def by_label(weights: Mapping[Any, Any], labels: Sequence[Label]) -> dict[Any, Any]:
    """The weights by the labels as they are in the data; a name that is no label stays as it is."""
    labels_by_name = _labels_by_name(labels)
    return {labels_by_name.get(str(name), name): weight for name, weight in weights.items()}


def check_class_weights(parameters: Mapping[str, Any], data: PreparedData) -> list[Problem]:
    """The problems with weights of unknown classes while a class has none, and with what is no number >= 0.

    Scikit-learn accepts null, with which no model learns anything, and numbers below zero.
    """
    weights = parameters.get("class_weight")
    if not isinstance(weights, dict) or data.labels is None:
        return []
    return list(_faults(weights, data.labels, data.target))


def _faults(weights: Mapping[Any, Any], labels: Sequence[Label], target: str) -> Iterator[Problem]:
    labels_by_name = _labels_by_name(labels)
    has_all = {labels_by_name.get(str(name)) for name in weights} >= set(labels)
    for name, weight in weights.items():
        path = f"{_FIELD}.{name}"
        if str(name) not in labels_by_name and not has_all:
            hint = suggestion(str(name), map(str, labels))
            yield Problem(path, f"{str(name)!r} is no class of column {target!r}; {hint}")
        if not _is_weight(weight):
            yield Problem(path, f"must be a number >= 0, got {brief(weight)}")


def _is_weight(weight: object) -> bool:
    is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
    return is_number and math.isfinite(weight) and weight >= 0  # type: ignore[operator, arg-type]


def _labels_by_name(labels: Sequence[Label]) -> dict[str, Label]:
    """Each label by its possible names in JSON: 1 by `1` and `1.0`, true by `true` and `True`."""
    numbers = [label for label in labels if isinstance(label, int | float) and not isinstance(label, bool)]
    by_name: dict[str, Label] = {str(label).lower(): label for label in reversed(labels)}
    by_name |= {str(float(label)): label for label in numbers}
    by_name |= {str(label): label for label in labels}
    return by_name
