"""The preprocessing, fitted a few columns at a time: on all at once it takes several copies of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sweepflow.data.roles import Roles
from sweepflow.training.category_numbers import CategoryCounts, TargetMeans
from sweepflow.training.native_columns import CategoryColumns
from sweepflow.training.pipeline import fit_preprocess
from sweepflow.training.plain import PlainBooleans, PlainNumbers
from sweepflow.training.table_rows import TableRows

_MOST_AT_ONCE = 2_000_000
"""Numbers of one fit."""

_FEW_ROWS = 100
"""They show what a step makes of any rows: how many columns, of which type."""

_LISTS_BY_COLUMN = {
    TargetMeans: ("texts_", "means_"),
    CategoryCounts: ("texts_", "counts_"),
    CategoryColumns: ("texts_", "have_rare_"),
}
"""The lists of what a step has learned, with an item for each column."""


class Learning:
    """The rows to learn from, and where numbers are put that only they have."""

    def __init__(self, rows: TableRows, target: Any, roles: Roles, gap: int | str, scratch: Path) -> None:
        """`gap` is that of the validation, `scratch` an empty folder."""
        self.rows, self.target, self.roles, self.gap, self._scratch = rows, target, roles, gap, scratch
        self.own: dict[str, _OwnNumbers] = {}
        """By kind of columns the numbers of the rows where a further row with the same values has others."""

    def few(self) -> tuple[pd.DataFrame, Any, Roles]:
        """A few of the rows."""
        table = self.rows.first(_FEW_ROWS)
        return table, np.asarray(self.target)[: len(table)], self.roles.of(np.arange(len(table)))

    def keep(self, kind: str, numbers: Any) -> None:
        """Put the numbers of a few more columns of that kind into a file."""
        values = np.asarray(numbers)
        if kind not in self.own:
            path = self._scratch / f"{kind}.bin"
            self.own[kind] = _OwnNumbers(path, values.dtype, len(values), isinstance(numbers, pd.DataFrame))
        self.own[kind].add(values)


class _OwnNumbers(BaseEstimator):  # type: ignore[misc]
    """A fitted transformer of the rows of `TableRows.batches`: looks their numbers up in a file."""

    def __init__(self, path: Path, dtype: np.dtype[Any], n_rows: int, is_table: bool) -> None:
        self.path, self.dtype, self.n_rows, self.is_table = path, dtype, n_rows, is_table
        self.names: NDArray[np.object_] = np.empty(0, dtype=object)

    def add(self, values: NDArray[Any]) -> None:
        """Append columns."""
        with self.path.open("ab") as file:
            np.ascontiguousarray(values.T).tofile(file)

    def transform(self, X: pd.DataFrame) -> Any:  # noqa: N803
        """The numbers of these rows, by their index."""
        columns = np.memmap(self.path, self.dtype, mode="r").reshape(-1, self.n_rows)
        values = np.asarray(columns[:, X.index[0] : X.index[-1] + 1]).T if len(X) else np.empty((0, 0))
        return pd.DataFrame(values, index=X.index, columns=self.names) if self.is_table else values


def fit_by_columns(preprocess: ColumnTransformer, learning: Learning) -> None:
    """Fit the preprocessing on the rows, to the last bit as `fit_preprocess` does.

    What that makes of them is what the preprocessing makes of their batches within `of_own_rows`.
    """
    unfitted = preprocess.transformers
    preprocess.transformers = [
        (step[0], FrozenEstimator(_fitted(preprocess, step, learning)), step[2]) for step in unfitted
    ]
    fit_preprocess(preprocess, *learning.few(), learning.gap)
    preprocess.transformers = unfitted
    preprocess.transformers_ = [
        (kind, fitted.estimator if isinstance(fitted, FrozenEstimator) else fitted, names)
        for kind, fitted, names in preprocess.transformers_
    ]


@contextmanager
def of_own_rows(preprocess: ColumnTransformer, own: Mapping[str, Any]) -> Iterator[None]:
    """Let the fitted preprocessing make of the rows that it was fitted on what its fit made of them."""
    fitted = preprocess.transformers_
    for kind, pipeline, _ in fitted:
        if kind in own:
            own[kind].names = pipeline.get_feature_names_out()
    preprocess.transformers_ = [(kind, own.get(kind, pipeline), names) for kind, pipeline, names in fitted]
    try:
        yield
    finally:
        preprocess.transformers_ = fitted


def _fitted(
    preprocess: ColumnTransformer, step: tuple[str, Pipeline, list[str]], learning: Learning
) -> Pipeline:
    """The pipeline of one kind of columns, fitted."""
    kind, pipeline, names = step
    has_own = any(isinstance(each, TargetMeans) for each in pipeline.named_steps.values())

    def fitted(columns: Sequence[str], rows: pd.DataFrame, y: Any, roles: Roles) -> tuple[Pipeline, Any]:
        alone = clone(preprocess).set_params(transformers=[(kind, pipeline, list(columns))])
        made = fit_preprocess(alone, rows, y, roles, learning.gap)
        return alone.named_transformers_[kind], made

    all_rows = learning.target, learning.roles
    if not _is_by_column(pipeline):
        whole, made = fitted(names, learning.rows.columns(names), *all_rows)
        if has_own:
            learning.keep(kind, made)
        return whole
    dtype = learning.rows.common_type(names) if kind == "numeric" else None
    parts = []
    for block in _blocks(names, len(learning.rows)):
        rows = learning.rows.columns(block)
        # Without the others, its numbers may be of another precision.
        part, made = fitted(block, rows if dtype is None else rows.astype(dtype), *all_rows)
        parts.append(part)
        if has_own:
            learning.keep(kind, made)
    table, *others = learning.few()
    whole, _ = fitted(names, table[names], *others)
    for place, step_of_whole in enumerate(whole.named_steps.values()):
        _take_over(step_of_whole, [part[place] for part in parts])
    return whole


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
    by_column = StandardScaler | PlainNumbers | PlainBooleans | TargetMeans | CategoryCounts | CategoryColumns
    return step == "passthrough" or isinstance(step, by_column)


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
        step.n_features_in_ = sum(part.n_features_in_ for part in parts)  # a few rows may lack a class
        if hasattr(step, "feature_names_in_"):
            step.feature_names_in_ = np.concatenate([part.feature_names_in_ for part in parts])
    for name in _LISTS_BY_COLUMN.get(type(step), ()):
        setattr(step, name, [each for part in parts for each in getattr(part, name)])
    if isinstance(step, TargetMeans):
        step.names_ = parts[0].names_
