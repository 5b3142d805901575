"""How categories reach an estimator: as they are, as codes, or one-hot in as little memory as it can take."""

import warnings
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, clone
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder
from sklearn.utils import get_tags

from sweepflow.data.prepared import FeatureColumns, PreparedData
from sweepflow.training.preprocess import Encoding
from sweepflow.trials.parameters import Parameters

MOST_CATEGORIES = 100
"""The most columns that one-hot encoding makes of one column; its rarer categories share one of them."""

_LITTLE = 50_000_000
"""Up to so many bytes, one-hot encoding is dense for every estimator."""

_MUCH = 200_000_000
"""Above so many bytes for one worker, there is a notice."""

_ROWS_TRIED = 200

_PER_NUMBER, _PER_SPARSE_NUMBER = 8, 12
_PER_TEXT = 20  # a short one with its numbers; see `known_texts`
_MANY_TEXTS = 2_000_000
_PREFIX = "categorical__encode__"
_OF_BOTH = frozenset({f"{_PREFIX}max_categories", f"{_PREFIX}min_frequency"})
_NATIVE = {
    "sklearn.ensemble._hist_gradient_boosting": "max_bins",
    **dict.fromkeys(("lightgbm", "xgboost", "sweepflow.training.boosters")),
}
"""The modules of the estimators that take pandas categories, and the parameter that limits how many."""

_TREES = (
    *("sklearn.tree.", "sklearn.ensemble._forest", "sklearn.ensemble._gb", "sklearn.ensemble._bagging"),
    *("sklearn.ensemble._hist_gradient_boosting", "sklearn.ensemble._weight_boosting"),
    *("lightgbm.", "xgboost.", "catboost.", "sweepflow.training.boosters."),
)
"""The modules of the estimators that are trees, or are made of trees by default."""


def encoder(encoding: Encoding) -> OneHotEncoder | OrdinalEncoder:
    """The unfitted encoder; a category that the training rows lack becomes a rare one or none, or code -1."""
    if encoding == "ordinal":
        return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        max_categories=MOST_CATEGORIES,
        sparse_output=encoding == "sparse",
    )


def text_columns(
    columns: FeatureColumns, categories: Encoding | None, many_categories: Encoding | None
) -> dict[str, tuple[str, ...]]:
    """The columns of text by the steps that encode them: `categorical`, and `many` for those encoded apart.

    These are the columns of many categories, if they have another encoding.
    """
    is_apart = many_categories not in (None, categories)
    many = with_many(columns) if is_apart else ()
    few = tuple(name for name in columns.categorical if name not in many)
    return {kind: names for kind, names in (("categorical", few), ("many", many)) if names}


def with_many(columns: FeatureColumns) -> tuple[str, ...]:
    """The columns of text that have many categories, more than one-hot encoding tells apart."""
    counts = columns.n_categories
    return tuple(name for name in columns.categorical if counts.get(name, 0) > MOST_CATEGORIES)


def takes_categories(estimator: BaseEstimator) -> bool:
    """Whether the estimator takes pandas categories, and gaps, as they are."""
    chooses = getattr(estimator, "categorical_features", "from_dtype")
    return _native_module(estimator) is not None and chooses == "from_dtype"


def most_categories(estimator: BaseEstimator) -> int | None:
    """The most categories of one column that the estimator takes as they are; None if there is no limit."""
    name = _NATIVE.get(_native_module(estimator) or "")
    return getattr(estimator, name) if name else None


def encoding_of(
    estimator: BaseEstimator, n_rows: int, n_others: int, n_categories: Collection[int]
) -> Encoding:
    """The encoding for this many rows, columns other than text, and categories in each column of text.

    None for an estimator that takes categories as they are, codes for trees, which split them just as well,
    and one-hot for others: sparse if that saves much and the estimator can take it.
    """
    if takes_categories(estimator):
        return "native"
    if is_of_trees(estimator):
        return "ordinal"
    return _sparse_or_not(estimator, n_rows, n_others, n_categories)


def encoding_for(estimator: BaseEstimator, data: PreparedData, parameters: Parameters) -> Encoding:
    """The encoding of this data; some parameters of the preprocessing need codes or one-hot encoding."""
    size = _size(data, parameters)
    encoding = encoding_of(estimator, *size)
    if {name for name in parameters if name.startswith(_PREFIX)} - _OF_BOTH:
        return _sparse_or_not(estimator, *size)
    fills_gaps = any(name.startswith("categorical__impute") for name in parameters)
    return "ordinal" if encoding == "native" and fills_gaps else encoding


def memory_notices(
    data: PreparedData, parameters: Parameters, slots: int, encoding: Encoding
) -> Iterator[str]:
    """Notices about the memory that categories and prepared rows take in each worker, if it is much."""
    yield from _texts_notices(data, slots)
    n_rows, n_others, n_categories = _size(data, parameters)
    needed = _bytes(encoding, n_rows, n_others, n_categories)
    if needed <= _MUCH:
        return
    memory = _memory_text(needed, slots)
    n_columns = n_others + (sum(n_categories) if encoding == "one_hot" else len(n_categories))
    usage = f"{n_rows:,} rows of {n_columns:,} columns of numbers take about {memory}"
    if encoding == "one_hot" and sum(n_categories) > n_others:
        shown = _with_most(_n_one_hot_columns(data, parameters))
        yield (
            f"{usage}, for the categories of {shown}: leave some out (data.drop), or set "
            f"preprocess__{_PREFIX}max_categories in trial.parameters"
        )
    else:
        yield f"{usage}: fewer rows, columns or trials at once (limits.max_concurrent_trials) take less"


def _texts_notices(data: PreparedData, slots: int) -> Iterator[str]:
    """A notice if the texts of all categories, by which a model knows them, take much memory."""
    n_texts = sum(data.n_categories.values())
    if n_texts > _MANY_TEXTS:
        memory = _memory_text(n_texts * _PER_TEXT, slots)
        yield (
            f"the {n_texts:,} categories of {_with_most(data.n_categories)} take about {memory}, and make "
            "the model large: leave out columns whose texts new rows will not share (data.drop)"
        )


def _with_most(n_categories: Mapping[str, int]) -> str:
    """The columns with the most categories, each with their number."""
    most = sorted(n_categories.items(), key=lambda item: -item[1])
    more = f" and {len(most) - 5} more" if len(most) > 5 else ""
    return ", ".join(f"{name!r} ({n})" for name, n in most[:5]) + more


def _size(data: PreparedData, parameters: Parameters) -> tuple[int, int, list[int]]:
    n_others = len(data.numeric) + len(data.boolean) + 3 * len(data.date) + 3 * len(data.time)
    n_rows = sum(n for part, n in data.n_rows.items() if part != "test")
    return n_rows, n_others, list(_n_one_hot_columns(data, parameters).values())


def _n_one_hot_columns(data: PreparedData, parameters: Parameters) -> Mapping[str, int]:
    """How many one-hot columns each column of text becomes, by name."""
    most: Any = parameters.get(f"{_PREFIX}max_categories", MOST_CATEGORIES)
    is_count = isinstance(most, int) and not isinstance(most, bool)
    return {name: min(n, most) if is_count else n for name, n in data.n_categories.items()}


def _bytes(encoding: Encoding, n_rows: int, n_others: int, n_categories: Collection[int]) -> int:
    if encoding == "sparse":
        return n_rows * (n_others + len(n_categories)) * _PER_SPARSE_NUMBER
    n_columns = n_others + (sum(n_categories) if encoding == "one_hot" else len(n_categories))
    return n_rows * n_columns * _PER_NUMBER


def _sparse_or_not(
    estimator: BaseEstimator, n_rows: int, n_others: int, n_categories: Collection[int]
) -> Encoding:
    size = n_rows, n_others, n_categories
    is_less = _bytes("sparse", *size) < _bytes("one_hot", *size)
    is_little = _bytes("one_hot", *size) <= _LITTLE
    return "sparse" if is_less and not is_little and _takes_sparse(estimator) else "one_hot"


def _takes_sparse(estimator: BaseEstimator) -> bool:
    """Whether it takes sparse rows with its parameters: some distances and solvers do not.

    The tags do not know all of those, so it is fitted on a few rows. If that fails with rows of any kind, the
    tags count.
    """
    if not get_tags(estimator).input_tags.sparse:
        return False
    rows = np.random.default_rng(0).integers(0, 3, (_ROWS_TRIED, 3)).astype(float)
    return _learns(estimator, csr_matrix(rows)) or not _learns(estimator, rows)


def _learns(estimator: Any, rows: Any) -> bool:
    try:
        model = clone(estimator)
        if "max_iter" in model.get_params(deep=False):
            model.set_params(max_iter=5)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(rows, np.arange(_ROWS_TRIED) % 2).predict(rows)
    except Exception:  # noqa: BLE001  an estimator may raise anything
        return False
    return True


def is_of_trees(estimator: BaseEstimator) -> bool:
    """Whether the estimator is a tree, or is made of trees."""
    member = getattr(estimator, "estimator", None)
    if isinstance(member, BaseEstimator):
        return is_of_trees(member)
    return any(f"{base.__module__}.".startswith(_TREES) for base in type(estimator).__mro__)


def _native_module(estimator: BaseEstimator) -> str | None:
    """The key of `_NATIVE` for the class of the estimator or one that it inherits from."""
    modules = [f"{base.__module__}." for base in type(estimator).__mro__]
    return next((name for name in _NATIVE for module in modules if module.startswith(f"{name}.")), None)


def _memory_text(n_bytes: int, slots: int) -> str:
    size = _size_text(n_bytes)
    return f"{size} in each of {slots} workers" if slots > 1 else f"{size} in the worker"


def _size_text(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"
