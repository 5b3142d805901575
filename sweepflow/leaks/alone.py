"""Columns as good alone as all columns together: they may hold the answer in other words."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

_MOST_ROWS, _FEWEST_ROWS = 3000, 60
_MOST_COLUMNS = 300
_GOOD = 0.9
"""A column whose score is lower than this gives no answer away."""

_NO_WORSE = 1.1
"""How many times the error of all columns that of a single one may be."""

_FOLDS = 3
_MARGIN = 0.1
"""A column whose score on one fold is lower than `_GOOD` by more than this is tried on no other."""


def as_good_alone(
    columns: pd.DataFrame, target: "pd.Series[Any]", *, is_classification: bool
) -> Iterator[str]:
    """A sentence for each column that predicts the target as well as all together, on a sample of rows.

    A tree of a single column is compared with gradient boosting of all, by threefold cross-validation: by
    accuracy for classes, by R^2 for numbers.
    """
    if len(columns) < _FEWEST_ROWS or not 1 < len(columns.columns) <= _MOST_COLUMNS:
        return
    generator = np.random.default_rng(0)
    rows = np.sort(generator.permutation(len(columns))[:_MOST_ROWS])
    values = np.column_stack([_numbers(columns[name].iloc[rows]) for name in columns.columns])
    answers = target.iloc[rows]
    truth = pd.factorize(answers)[0] if is_classification else answers.to_numpy(dtype=np.float64)
    scores = {
        name: _score(values[:, [place]], truth, is_classification)
        for place, name in enumerate(columns.columns)
        if _score(values[:, [place]], truth, is_classification, n_folds=1) >= _GOOD - _MARGIN
    }
    if max(scores.values(), default=0.0) < _GOOD:
        return
    together = _score(values, truth, is_classification)
    metric = "accuracy" if is_classification else "R^2"
    for name, score in scores.items():
        if score >= _GOOD and 1 - score <= _NO_WORSE * (1 - together) + 1e-12:
            figures = f"{metric} {score:.3f}, all {values.shape[1]} columns together {together:.3f}"
            cure = "leave it out (data.drop) if it is not known before the answer is"
            yield f"Column {str(name)!r} alone has {figures}, on {len(rows)} rows: {cure}."


def _score(
    values: NDArray[np.float64], truth: NDArray[Any], is_classification: bool, n_folds: int = _FOLDS
) -> float:
    """The mean score over the first of three folds: a tree's for one column, gradient boosting's for more."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.model_selection import KFold, cross_val_score
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    options: dict[str, Any] = {"random_state": 0}
    if values.shape[1] == 1:
        options |= {"min_samples_leaf": 3}
        model: Any = (
            DecisionTreeClassifier(**options) if is_classification else DecisionTreeRegressor(**options)
        )
    else:
        options |= {"max_iter": 40, "early_stopping": False}
        boosting = HistGradientBoostingClassifier if is_classification else HistGradientBoostingRegressor
        model = boosting(**options)
    folds = list(KFold(_FOLDS, shuffle=True, random_state=0).split(values))[:n_folds]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that a fold lacks
        return float(cross_val_score(model, values, truth, cv=folds).mean())


def _numbers(column: "pd.Series[Any]") -> NDArray[np.float64]:
    """The column as numbers, NaN where missing; categories by their order of appearance."""
    if types.is_datetime64_any_dtype(column.dtype):
        return np.where(column.isna(), np.nan, column.astype("int64").to_numpy(dtype=np.float64))
    if types.is_numeric_dtype(column.dtype) or types.is_bool_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64)
    codes: NDArray[np.float64] = pd.factorize(column)[0].astype(np.float64)
    codes[codes < 0] = np.nan
    return codes
