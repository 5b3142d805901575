"""Rows that are in more than one part: a model has seen them before it is tested on them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

_FORGOTTEN_BITS = 7
"""Of the 24 bits of a number's mantissa: numbers that agree to about five digits count as equal."""

_LEAST_SHARE, _FEWEST = 0.005, 2
_ROWS_COUNTED = 10_000
_COMBINATIONS_A_ROW = 1000
"""Rows of columns with fewer combinations of values than this, a row, are equal by chance."""


def copied_rows(features: Mapping[str, pd.DataFrame], without: Sequence[str] = ()) -> Iterator[str]:
    """A sentence for the test rows, and one for the validation rows, if some equal rows that train.

    `features` are those of each part; columns in `without`, such as counters, are not compared.
    """
    compared = {part: frame.drop(columns=list(without)) for part, frame in features.items()}
    train = compared["train"]
    if not len(train.columns) or _is_coarse(train):
        return
    seen = _hashes(train)
    for part in ("validation", "test"):
        if part in compared:
            hashes = _hashes(compared[part])
            n_copies = int(np.isin(hashes, seen).sum())
            if n_copies >= max(_FEWEST, _LEAST_SHARE * len(hashes)):
                yield _sentence(part, n_copies, len(hashes))
            seen = np.concatenate([seen, hashes])


def _sentence(part: str, n_copies: int, n_rows: int) -> str:
    others = "training rows" if part == "validation" else "training or validation rows"
    share = f"{n_copies} of {n_rows} {part} rows ({n_copies / n_rows:.0%})"
    cure = (
        "drop the copies from the table, or keep copies in one part by a column that names them (data.group)"
    )
    return f"{share} are copies of {others}, which makes scores better than on new rows: {cure}."


def _is_coarse(frame: pd.DataFrame) -> bool:
    """Whether rows may be equal by chance, because the columns have few values."""
    counted = frame.iloc[:_ROWS_COUNTED]
    n_combinations = np.log([max(1, counted[name].nunique(dropna=False)) for name in frame.columns]).sum()
    return bool(n_combinations < np.log(_COMBINATIONS_A_ROW * len(frame)))


def _hashes(frame: pd.DataFrame) -> NDArray[np.uint64]:
    """A number for each row; rows that agree have the same."""
    rounded = {str(name): _rounded(frame[name]) for name in frame.columns}
    hashes: Any = pd.util.hash_pandas_object(pd.DataFrame(rounded), index=False)
    return np.asarray(hashes.to_numpy())


def _rounded(column: "pd.Series[Any]") -> Any:
    if not types.is_float_dtype(column.dtype):
        return column.astype(str) if not types.is_numeric_dtype(column.dtype) else column.to_numpy()
    with np.errstate(over="ignore"):
        bits = (column.to_numpy(dtype=np.float32) + np.float32(0)).view(np.uint32)  # -0.0 + 0 is 0.0
    return (bits + (1 << (_FORGOTTEN_BITS - 1))) >> _FORGOTTEN_BITS
