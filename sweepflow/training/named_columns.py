"""Columns by their names, also where these are no text for pandas though they are in the file it has read."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer

__all__ = ["NamedColumns", "lacks"]

_MOST_TOLD = 10


class NamedColumns(ColumnTransformer):  # type: ignore[misc]
    """A `ColumnTransformer` by names of text that takes tables with numbers, times or pairs for names.

    What a table lacks is told by name: scikit-learn's own fails with "'NoneType' object is not iterable" over
    one that has no other column.
    """

    def fit_transform(self, X: pd.DataFrame, y: object = None, **params: Any) -> Any:  # noqa: N803
        """What scikit-learn's own makes of the table with names of text."""
        return super().fit_transform(_with_text(X), y, **params)

    def transform(self, X: pd.DataFrame, **params: Any) -> Any:  # noqa: N803
        """What scikit-learn's own makes of the table with names of text; ValueError if it lacks a column."""
        table = _with_text(X)
        if lacking := [name for _, _, names in self.transformers for name in names if name not in table]:
            raise ValueError(lacks(lacking, [str(name) for name in table]))
        return super().transform(table, **params)


def lacks(lacking: Sequence[str], known: Sequence[str]) -> str:
    """Of a table that has these columns alone, what it lacks for a model."""
    wanted = f"column{'s' if len(lacking) > 1 else ''} {_listed(lacking)}"
    return f"the table lacks the {wanted} that the model has learned from; it has {_listed(known)}"


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(map(repr, names[:_MOST_TOLD])) or 'none'}{', ...' if len(names) > _MOST_TOLD else ''}"


def _with_text(table: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(table, pd.DataFrame):
        raise ValueError(
            f"the model takes a pandas DataFrame, by the names of its columns, got {type(table)}"
        )
    return table.set_axis([_text(name) for name in table.columns], axis=1)


def _text(name: object) -> str:
    """The name as Arrow writes it into a file."""
    return str(tuple(map(_text, name))) if isinstance(name, tuple) else str(name)
