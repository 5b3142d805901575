"""Columns as good alone as all columns together: they may hold the answer in other words."""

import warnings
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

_MOST_ROWS, _FEWEST_ROWS = 3000, 60
_MOST_COLUMNS = 300
_GOOD = 0.9
"""A column whose skill is lower than this gives no answer away; 0 is guessing, 1 is knowing."""

_NO_WORSE = 1.1
"""How many times the error of all columns that of a single one may be."""

_MUCH_WORSE = 2.0
"""How many times the error of an answer that of the columns beside it is; where it is less, many columns
tell the classes apart, as in the iris flowers."""

_KNOWN = 0.999
"""A column of this skill is the answer, whatever the others are."""

_FOLDS = 3
_MARGIN = 0.1
"""A column whose skill on one fold is lower than `_GOOD` by more than this is tried on no other."""


class Answer(NamedTuple):
    """A column that predicts the target as well as all columns together."""

    name: str
    figures: str
    """What it reaches alone, and what all columns reach."""
    is_known: bool
    """Whether it makes no mistake worth speaking of."""


class _Sample(NamedTuple):
    """Some rows of a table as numbers, and their answers."""

    values: NDArray[np.float64]
    truth: NDArray[Any]
    is_classification: bool
    group: NDArray[np.int64] | None
    """What belongs together: a column that tells which group a row is of would know its answer."""

    @property
    def guessed(self) -> float:
        """The score of a guess: the share of the largest class; 0 for R^2."""
        return float(np.bincount(self.truth).max() / len(self.truth)) if self.is_classification else 0.0

    def skill(self, score: float) -> float:
        """The score between that of a guess (0) and a perfect one (1)."""
        return (score - self.guessed) / max(1 - self.guessed, 1e-12)

    def score(self, places: list[int], n_folds: int = _FOLDS) -> float:
        """The score of these columns."""
        return _score(self, places, n_folds)


def sampled_rows(n_rows: int) -> NDArray[np.intp]:
    """The numbers of the rows that `as_good_alone` should see of so many, in ascending order."""
    return np.sort(np.random.default_rng(0).permutation(n_rows)[:_MOST_ROWS])


def as_good_alone(
    columns: pd.DataFrame,
    target: "pd.Series[Any]",
    *,
    is_classification: bool,
    group: NDArray[np.int64] | None = None,
) -> Iterator[Answer]:
    """Each column that predicts the target as well as all together, on a sample of rows (`sampled_rows`).

    A tree of a single column is compared with gradient boosting of all, by threefold cross-validation: by
    accuracy for classes, by R^2 for numbers. `group` has a number for each row: no group is split.
    """
    if len(columns) < _FEWEST_ROWS or not 1 < len(columns.columns) <= _MOST_COLUMNS:
        return
    if group is not None and len(np.unique(group)) < _FOLDS:
        return
    sample = _sample(columns, target, is_classification, group)
    good = [n for n in range(sample.values.shape[1]) if _is_good(sample, [n], n_folds=1)]
    scores = {n: sample.score([n]) for n in good}
    scores = {n: score for n, score in scores.items() if sample.skill(score) >= _GOOD}
    if not scores:
        return
    together = sample.score([*range(sample.values.shape[1])])
    metric = "accuracy" if is_classification else "R^2"
    for place, score in scores.items():
        is_known = sample.skill(score) >= _KNOWN
        if 1 - score > _NO_WORSE * (1 - together) + 1e-12:
            continue
        if is_known or _is_alone(place, scores, sample):
            figures = f"alone has {metric} {score:.3f}, all {sample.values.shape[1]} columns together"
            where = f"{together:.3f}, on {len(sample.truth)} rows"
            yield Answer(str(columns.columns[place]), f"{figures} {where}", is_known)


def _is_good(sample: _Sample, places: list[int], n_folds: int) -> bool:
    return sample.skill(sample.score(places, n_folds)) >= _GOOD - _MARGIN


def _is_alone(place: int, scores: Mapping[int, float], sample: _Sample) -> bool:
    """Whether the columns beside this one, its twins and those that know the answer are much worse."""
    known = {n for n, score in scores.items() if sample.skill(score) >= _KNOWN}
    twins = {n for n in scores if _are_twins(sample.values[:, place], sample.values[:, n])}
    others = [n for n in range(sample.values.shape[1]) if n not in known | twins]
    return not others or 1 - sample.score(others) >= _MUCH_WORSE * (1 - scores[place])


def _are_twins(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether each of two columns tells the other."""
    pairs = pd.DataFrame({"one": one, "other": other})
    n_pairs = len(pairs.drop_duplicates())
    return n_pairs == pairs["one"].nunique(dropna=False) == pairs["other"].nunique(dropna=False)


def _sample(
    columns: pd.DataFrame,
    target: "pd.Series[Any]",
    is_classification: bool,
    group: NDArray[np.int64] | None,
) -> _Sample:
    values = np.column_stack([_numbers(columns[name]) for name in columns.columns])
    truth = pd.factorize(target)[0] if is_classification else target.to_numpy(dtype=np.float64)
    return _Sample(values, truth, is_classification, group)


def _score(sample: _Sample, places: list[int], n_folds: int) -> float:
    """The mean score over the first of three folds: a tree's for one column, gradient boosting's for more."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.model_selection import GroupKFold, KFold, cross_val_score
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    values, is_classification = sample.values[:, places], sample.is_classification

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
    kind = KFold if sample.group is None else GroupKFold
    splits = kind(_FOLDS, shuffle=True, random_state=0).split(values, groups=sample.group)
    folds = list(splits)[:n_folds]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that a fold lacks
        return float(cross_val_score(model, values, sample.truth, cv=folds).mean())


def _numbers(column: "pd.Series[Any]") -> NDArray[np.float64]:
    """The column as numbers, NaN where missing; categories by their order of appearance."""
    if types.is_datetime64_any_dtype(column.dtype):
        return np.where(column.isna(), np.nan, column.astype("int64").to_numpy(dtype=np.float64))
    if types.is_numeric_dtype(column.dtype) or types.is_bool_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64)
    codes: NDArray[np.float64] = pd.factorize(column)[0].astype(np.float64)
    codes[codes < 0] = np.nan
    return codes
