"""Columns by their names, even if pandas has read the names as something other than text."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import StandardScaler

__all__ = ["NamedColumns", "missing_columns_message"]

_MOST_SHOWN = 10


class NamedColumns(ColumnTransformer):  # type: ignore[misc]
    """A `ColumnTransformer` by text names that also takes tables with numbers, times or pairs as names.

    Its error names the columns that a table lacks: scikit-learn's own fails with "'NoneType' object is not
    iterable" if the table has no other column.

    Where the numbers of the table are in single precision, so is what it makes of all its columns.
    """

    is_single_: bool = False  # for models that were saved before this attribute existed

    def fit_transform(self, X: pd.DataFrame, y: object = None, **params: Any) -> Any:  # noqa: N803
        """What scikit-learn's own transformer makes of the table, its names turned into text."""
        table = _with_text(X)
        self.is_single_ = self._is_single(table)
        return self._in_precision(super().fit_transform(table, y, **params))

    def transform(self, X: pd.DataFrame, **params: Any) -> Any:  # noqa: N803
        """As `fit_transform`, without the fit; ValueError if the table lacks a column."""
        table = _with_text(X)
        if missing := [name for _, _, names in self.transformers for name in names if name not in table]:
            raise ValueError(missing_columns_message(missing, [str(name) for name in table]))
        return self._in_precision(super().transform(table, **params))

    def _is_single(self, table: pd.DataFrame) -> bool:
        """Whether single precision is enough: not for a day since 1970 with its hour, unless it is scaled."""
        kinds = {kind: (step, names) for kind, step, names in self.transformers}
        numbers = table[list(kinds["numeric"][1])].dtypes if "numeric" in kinds else ()
        times = [kinds[kind][0] for kind in ("date", "time") if kind in kinds]
        if not len(numbers) or not all(isinstance(each, np.dtype) for each in numbers):
            return False
        return np.result_type(*numbers) == np.float32 and all(map(_is_scaled, times))

    def _in_precision(self, made: Any) -> Any:
        if not self.is_single_:
            return made
        if not isinstance(made, pd.DataFrame):
            return made.astype(np.float32, copy=False)
        return made.astype(dict.fromkeys(made.select_dtypes(np.float64), np.float32))


def _is_scaled(steps: Any) -> bool:
    scaler = getattr(steps, "named_steps", {}).get("scale")
    return isinstance(scaler, StandardScaler) and bool(scaler.with_std)


def missing_columns_message(missing: Sequence[str], present: Sequence[str]) -> str:
    """The message about a table with the present columns, which lacks columns of a model."""
    columns = f"column{'s' if len(missing) > 1 else ''} {_listed(missing)}"
    return f"the table lacks the {columns} that the model has learned from; it has {_listed(present)}"


def _listed(names: Sequence[str]) -> str:
    return (
        f"{', '.join(map(repr, names[:_MOST_SHOWN])) or 'none'}{', ...' if len(names) > _MOST_SHOWN else ''}"
    )


def _with_text(table: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(table, pd.DataFrame):
        raise ValueError(
            f"the model takes a pandas DataFrame, by the names of its columns, got {type(table)}"
        )
    return table.set_axis([_text(name) for name in table.columns], axis=1)


def _text(name: object) -> str:
    """The name as Arrow writes it into a file."""
    return str(tuple(map(_text, name))) if isinstance(name, tuple) else str(name)
