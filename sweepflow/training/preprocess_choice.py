"""What of the preprocessing fits an estimator, where the spec does not choose it."""

from collections.abc import Iterable
from typing import Any, get_args

from sklearn.base import BaseEstimator
from sklearn.utils import get_tags

from sweepflow.data.prepared import PreparedData
from sweepflow.training.encoding import (
    encoding_for,
    encoding_of,
    is_of_trees,
    most_categories,
    takes_categories,
    text_columns,
    with_many,
)
from sweepflow.training.preprocess import CHOICES, FIELDS, Dates, Encoding, Numbers, Preprocess
from sweepflow.trials.parameters import Parameters

_MOST_CLASSES = 10
"""Of more classes, a column for each would be too many."""


def fitting(
    estimator: BaseEstimator, data: PreparedData, parameters: Parameters, wish: Preprocess | None
) -> tuple[Preprocess, Parameters]:
    """How this data reaches the estimator, every field filled in, and the parameters of single steps.

    The parameters are those of the preprocessing, without their prefix; what they say of a field counts
    more than the wish, and what neither says is such that each step they name is there.
    """
    named = {name: value for name, value in parameters.items() if name in FIELDS and value is not None}
    steps = {name: value for name, value in parameters.items() if name not in FIELDS}
    wish = (wish or Preprocess()).model_copy(update=named)
    categories = wish.categories or encoding_for(estimator, data, steps)
    many = None
    if with_many(data):
        is_fixed = wish.categories is not None
        many = wish.many_categories or _many_for(data, categories, steps, is_fixed=is_fixed)
    encodings = {"categorical": categories, "many": many}
    kinds = text_columns(data, categories, many)
    _limit(steps, estimator, [kind for kind in kinds if encodings[kind] == "native"])
    numbers = wish.numbers or _numbers_for(estimator, steps)
    dates: Dates = wish.dates or ("numbers" if is_of_trees(estimator) else "cyclic")
    return Preprocess(categories=categories, many_categories=many, numbers=numbers, dates=dates), steps


def _limit(steps: Parameters, estimator: BaseEstimator, kinds: Iterable[str]) -> None:
    """Keep the native categories of these kinds of columns to as many as the estimator takes."""
    limit = most_categories(estimator)
    for name in [f"{kind}__encode__max_categories" for kind in kinds]:
        asked: Any = steps.get(name)
        if limit is not None:
            steps[name] = min(asked, limit) if asked else limit


def usual(estimator: BaseEstimator, n_classes: int) -> Preprocess:
    """What fits the estimator whatever the table; one-hot encoding is left open, which may be sparse."""
    encoding = encoding_of(estimator, 0, 0, [])
    return Preprocess(
        categories=None if encoding == "one_hot" else encoding,
        many_categories=_for_many(n_classes),
        numbers=_numbers_for(estimator, {}),
    )


def _for_many(n_classes: int) -> Encoding:
    return "counts" if n_classes > _MOST_CLASSES else "target"


def _many_for(data: PreparedData, categories: Encoding, steps: Parameters, *, is_fixed: bool) -> Encoding:
    """How columns of many categories are encoded; as the others if the spec speaks of the encoding of all."""
    speaks_of_all = is_fixed or any(name.startswith("categorical__") for name in steps)
    if speaks_of_all and not any(name.startswith("many__") for name in steps):
        return categories
    return _for_many(len(data.labels or ()))


def _numbers_for(estimator: BaseEstimator, steps: Parameters) -> Numbers:
    names = [name.partition("__")[2] for name in steps if not name.startswith(("categorical__", "many__"))]
    if not is_of_trees(estimator) or any(name.startswith("scale") for name in names):
        return "scaled"
    fills_gaps = any(name.startswith("impute") for name in names)
    return "imputed" if fills_gaps or not takes_gaps(estimator) else "native"


def takes_gaps(estimator: BaseEstimator) -> bool:
    """Whether the estimator takes NaN for what is missing."""
    return takes_categories(estimator) or bool(get_tags(estimator).input_tags.allow_nan)


def possible(estimator: BaseEstimator, field: str) -> tuple[str, ...]:
    """The values of a field of `Preprocess` that the estimator can learn from."""
    values: tuple[str, ...] = get_args(CHOICES[field])
    lacks = {
        "native": not (takes_gaps(estimator) if field == "numbers" else takes_categories(estimator)),
        "sparse": not get_tags(estimator).input_tags.sparse,
    }
    return tuple(value for value in values if not lacks.get(value))
