"""Class weights in a spec, where all names are text, matched with the classes of the target."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sweepflow.base.printable import brief
from sweepflow.data.labels import Label
from sweepflow.data.prepared import PreparedData
from sweepflow.errors import Problem
from sweepflow.fields.nearest import suggestion
from sweepflow.space.expression import Drawn
from sweepflow.space.search_space import SearchSpace, members
from sweepflow.training.estimator.forms import ESTIMATOR, PARAMETERS, is_part

_NAMES = ("class_weight", "class_weights")
_GIVE_CODES = ("StackingClassifier", "VotingClassifier", "BaggingClassifier")


def by_label(weights: Mapping[Any, Any], labels: Sequence[Label]) -> dict[Any, Any]:
    """The weights by the labels as they are in the data; a name that is no label stays as it is."""
    labels_by_name = _labels_by_name(labels)
    return {labels_by_name.get(str(name), name): weight for name, weight in weights.items()}


def with_labels(
    parameters: Mapping[str, Any], labels: Sequence[Label], estimator: str, *, are_codes: bool = False
) -> dict[str, Any]:
    """The parameters of the estimator at that path, with the labels in `class_weight` as it sees them.

    Stacking, voting and bagging give the numbers of the classes to their parts (`are_codes`), which those of
    this estimator's own parts are too, then.
    """
    are_inner = are_codes or estimator.rpartition(".")[2] in _GIVE_CODES
    return {
        name: _relabelled(value, labels, are_codes=are_inner if "__" in name else are_codes)
        if name.rpartition("__")[2] in _NAMES
        else _with_labels_within(value, labels, are_codes=are_inner)
        for name, value in parameters.items()
    }


def _relabelled(weights: Any, labels: Sequence[Label], *, are_codes: bool) -> Any:
    if not isinstance(weights, dict):
        return weights
    found = by_label(weights, labels)
    codes = {label: code for code, label in enumerate(labels)} if are_codes else {}
    return {codes.get(label, label): weight for label, weight in found.items()}


def _with_labels_within(value: Any, labels: Sequence[Label], *, are_codes: bool) -> Any:
    if isinstance(value, list):
        return [_with_labels_within(each, labels, are_codes=are_codes) for each in value]
    if is_part(value):
        inner = with_labels(value.get(PARAMETERS) or {}, labels, str(value[ESTIMATOR]), are_codes=are_codes)
        return {**value, PARAMETERS: inner}
    if isinstance(value, dict):
        return {name: _with_labels_within(each, labels, are_codes=are_codes) for name, each in value.items()}
    return value


def check_class_weights(parameters: Mapping[str, Any], data: PreparedData) -> list[Problem]:
    """The problems with weights of unknown classes while a class has none, and with what is no number >= 0.

    Scikit-learn accepts null, with which no model learns anything, and numbers below zero.
    """
    return _problems(((f"trial.parameters.{name}", name, value) for name, value in parameters.items()), data)


def check_drawn_weights(space: SearchSpace, data: PreparedData) -> list[Problem]:
    """The same of the weights that the search space draws."""
    return _problems(
        (
            (f"{member.field}.values.{index}", member.name, value)
            for member in members(space)
            if isinstance(member.what, Drawn)
            for index, value in enumerate(member.what.draws)
        ),
        data,
    )


def _problems(values: Iterable[tuple[str, str, Any]], data: PreparedData) -> list[Problem]:
    """Those of these values, each with its path in the spec and the parameter's name."""
    if data.labels is None:
        return []
    weights = ((path, value) for path, name, value in values if name.rpartition("__")[2] in _NAMES)
    given = ((path, value) for path, value in weights if isinstance(value, dict))
    return [
        fault for path, value in given for fault in _faults(value, data.labels, data.described_target(), path)
    ]


def _faults(
    weights: Mapping[Any, Any], labels: Sequence[Label], target: str, field: str
) -> Iterator[Problem]:
    labels_by_name = _labels_by_name(labels)
    has_all = {labels_by_name.get(str(name)) for name in weights} >= set(labels)
    for name, weight in weights.items():
        path = f"{field}.{name}"
        if str(name) not in labels_by_name and not has_all:
            hint = suggestion(str(name), map(str, labels))
            yield Problem(path, f"{str(name)!r} is no class of {target}; {hint}")
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
