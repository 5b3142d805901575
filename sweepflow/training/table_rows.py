"""Rows of tables on disk that are copied a few columns or a few rows at a time, and never as a whole."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sweepflow.data.mapped_files import let_go_of_read_pages

Rows = NDArray[np.intp]


class TableRows:
    """All rows of tables with the same columns, or some of them, one table after the other."""

    def __init__(self, tables: Sequence[pd.DataFrame], rows: Rows | None = None) -> None:
        """`rows` are numbers of rows in all the tables together, in ascending order; None: all."""
        self._tables = tables
        ends = np.cumsum([0, *map(len, tables)])
        everything = np.arange(ends[-1]) if rows is None else rows
        cuts = np.searchsorted(everything, ends)
        self._rows = [
            everything[first:last] - start
            for first, last, start in zip(cuts[:-1], cuts[1:], ends[:-1], strict=True)
        ]
        self._are_all = rows is None

    def __len__(self) -> int:
        return sum(map(len, self._rows))

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return list(self._tables[0].columns)

    def columns(self, names: Sequence[str]) -> pd.DataFrame:
        """These columns of the rows, copied."""
        parts = [
            table[list(names)] if self._are_all else table[list(names)].iloc[rows]
            for table, rows in zip(self._tables, self._rows, strict=True)
        ]
        copied = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0].reset_index(drop=True)
        let_go_of_read_pages()
        return copied

    def common_type(self, names: Sequence[str]) -> np.dtype[Any]:
        """The type of number that holds those of all these columns."""
        return np.result_type(*self._tables[0][list(names)].dtypes)

    def first(self, n: int) -> pd.DataFrame:
        """The first rows, at most n."""
        for batch in self.batches(n):
            return batch
        return self._tables[0].iloc[:0]

    def batches(self, n: int) -> Iterator[pd.DataFrame]:
        """The rows, at most n at once; their index counts the rows from 0 on."""
        start = 0
        for table, rows in zip(self._tables, self._rows, strict=True):
            for first in range(0, len(rows), n):
                own = rows[first : first + n]
                batch = table.iloc[own[0] : own[-1] + 1] if self._are_all else table.iloc[own]
                yield batch.set_axis(pd.RangeIndex(start, start + len(own)))
                start += len(own)
                let_go_of_read_pages()
