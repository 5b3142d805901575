"""Columns whose names are no text for pandas, though they are in the file that it has read."""

from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer

__all__ = ["NamedColumns"]


class NamedColumns(ColumnTransformer):  # type: ignore[misc]
    """A `ColumnTransformer` by names of text that takes tables with numbers, times or pairs for names."""

    def fit_transform(self, X: pd.DataFrame, y: object = None, **params: Any) -> Any:  # noqa: N803
        """What scikit-learn's own makes of the table with names of text."""
        return super().fit_transform(_with_text(X), y, **params)

    def transform(self, X: pd.DataFrame, **params: Any) -> Any:  # noqa: N803
        """What scikit-learn's own makes of the table with names of text."""
        return super().transform(_with_text(X), **params)


def _with_text(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_axis([_text(name) for name in table.columns], axis=1)


def _text(name: object) -> str:
    """The name as Arrow writes it into a file."""
    return str(tuple(map(_text, name))) if isinstance(name, tuple) else str(name)
