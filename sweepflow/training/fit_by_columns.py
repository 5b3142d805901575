"""The preprocessing, fitted a few columns at a time: on all at once it takes several copies of them."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sweepflow.data.roles import Roles
from sweepflow.training.pipeline import fit_preprocess
from sweepflow.training.plain import PlainBooleans, PlainNumbers
from sweepflow.training.weighted import WeightedScaler

_MOST_AT_ONCE = 2_000_000
"""Numbers of one fit."""

_FEW_ROWS = 100
"""They show what a step makes of any rows: how many columns, of which type."""


def fit_by_columns(
    preprocess: ColumnTransformer, tables: Sequence[pd.DataFrame], target: Any, roles: Roles, gap: int | str
) -> None:
    """Fit the preprocessing on the rows of all tables, to the last bit as `fit_preprocess` does."""
    unfitted, few = preprocess.transformers, np.arange(min(_FEW_ROWS, len(tables[0])))
    preprocess.transformers = [
        (step[0], FrozenEstimator(_fitted(preprocess, step, tables, target, roles, gap)), step[2])
        for step in unfitted
    ]
    fit_preprocess(preprocess, tables[0].iloc[few], np.asarray(target)[few], roles.of(few), gap)
    preprocess.transformers = unfitted
    preprocess.transformers_ = [
        (kind, fitted.estimator if isinstance(fitted, FrozenEstimator) else fitted, names)
        for kind, fitted, names in preprocess.transformers_
    ]


def _fitted(
    preprocess: ColumnTransformer,
    step: tuple[str, Pipeline, list[str]],
    tables: Sequence[pd.DataFrame],
    target: Any,
    roles: Roles,
    gap: int | str,
) -> Pipeline:
    """The pipeline of one kind of columns, fitted."""
    kind, pipeline, names = step

    def fitted(columns: Sequence[str], rows: pd.DataFrame, y: Any, own_roles: Roles) -> Pipeline:
        alone = clone(preprocess).set_params(transformers=[(kind, pipeline, list(columns))])
        fit_preprocess(alone, rows, y, own_roles, gap)
        return alone.named_transformers_[kind]

    if not _is_by_column(pipeline):
        return fitted(names, _columns(tables, names), target, roles)
    dtype = None if kind == "boolean" else np.result_type(*tables[0][names].dtypes)
    parts = []
    for block in _blocks(names, len(target)):  # without the others, its numbers may be of another precision
        rows = _columns(tables, block)
        parts.append(fitted(block, rows if dtype is None else rows.astype(dtype), target, roles))
    few = np.arange(min(_FEW_ROWS, len(tables[0])))
    whole = fitted(names, tables[0][names].iloc[few], np.asarray(target)[few], roles.of(few))
    for place, step_of_whole in enumerate(whole.named_steps.values()):
        _take_over(step_of_whole, [part[place] for part in parts])
    return whole


def _columns(tables: Sequence[pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
    columns = [table[list(names)] for table in tables]
    return pd.concat(columns, ignore_index=True) if len(columns) > 1 else columns[0]


def _blocks(names: Sequence[str], n_rows: int) -> Iterator[list[str]]:
    """The columns, a few at a time, and never one: NumPy adds up a single column in another order."""
    most = max(2, _MOST_AT_ONCE // max(n_rows, 1))
    for block in np.array_split(np.asarray(names, dtype=object), max(1, len(names) // most)):
        yield list(block)


def _is_by_column(pipeline: Pipeline) -> bool:
    """Whether each step learns of each column by itself, and has one column for it."""
    return all(_learns_by_column(step) for step in pipeline.named_steps.values())


def _learns_by_column(step: Any) -> bool:
    if isinstance(step, SimpleImputer):
        return bool(step.keep_empty_features and not step.add_indicator)
    if isinstance(step, WeightedScaler):
        return False  # it multiplies matrices, and the last bits depend on how many columns there are
    return step == "passthrough" or isinstance(step, StandardScaler | PlainNumbers | PlainBooleans)


def _take_over(step: Any, parts: Sequence[Any]) -> None:
    """Give the step what its parts have learned of their columns."""
    if isinstance(step, SimpleImputer):
        step.statistics_ = np.concatenate([part.statistics_ for part in parts])
    elif isinstance(step, StandardScaler):
        for name in ("mean_", "var_", "scale_"):
            of_parts = [getattr(part, name) for part in parts]
            setattr(step, name, None if of_parts[0] is None else np.concatenate(of_parts))
        counts = [np.broadcast_to(part.n_samples_seen_, part.n_features_in_) for part in parts]
        n_seen = np.concatenate(counts)
        step.n_samples_seen_ = n_seen[0] if (n_seen == n_seen[0]).all() else n_seen
