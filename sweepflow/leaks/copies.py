"""Rows that are in more than one part: a model has seen them before it is tested on them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from sweepflow.data.mapped_files import let_go_of_read_pages

_FORGOTTEN_BITS = 7
"""Of the 24 bits of a number's mantissa: numbers that agree to about five digits count as equal."""

_LEAST_SHARE, _FEWEST = 0.005, 2
_SURE = 0.95
"""Of rows with equal features at least this share must have one target, or they are equal by chance."""

_ROWS_COUNTED, _ROWS_AT_ONCE = 10_000, 100_000
_COMBINATIONS_A_ROW = 1000
"""Rows of columns with fewer combinations of values than this, a row, are equal by chance."""


def copied_rows(
    parts: Mapping[str, pd.DataFrame], targets: Sequence[str], without: Sequence[str] = ()
) -> Iterator[str]:
    """A sentence for the test rows, and one for the validation rows, if some equal rows that train.

    `parts` hold the features and the targets; columns in `without`, such as counters, are not compared. Rows
    that agree but in the target agree by chance, and so may those whose target is the same.
    """
    train = parts["train"].drop(columns=[*without, *targets])
    if not len(train.columns) or _is_coarse(train):
        return
    rows = {part: _rows(frame.drop(columns=list(without)), targets) for part, frame in parts.items()}
    seen = rows["train"]
    for part in ("validation", "test"):
        if part in rows:
            n_equal, n_copies = _counts(rows[part], seen)
            least = max(_FEWEST, _LEAST_SHARE * len(rows[part]), _SURE * n_equal)
            if n_copies >= least:
                yield _sentence(part, n_copies, len(rows[part]))
            seen = pd.concat([seen, rows[part]])


def _rows(frame: pd.DataFrame, targets: Sequence[str]) -> pd.DataFrame:
    """A number for the features of each row, and one for the whole row."""
    return pd.DataFrame({"features": _hashes(frame.drop(columns=list(targets))), "row": _hashes(frame)})


def _counts(rows: pd.DataFrame, seen: pd.DataFrame) -> tuple[int, int]:
    """How many rows have the features of rows seen before, and how many of them have their target too."""
    seen = seen[seen["features"].isin(rows["features"])]
    n_targets = seen.groupby("features")["row"].nunique()
    known = rows[rows["features"].isin(n_targets.index)]
    has_one = known["features"].map(n_targets) == 1
    return len(known), int((has_one & known["row"].isin(seen["row"])).sum())


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
    hashes = []
    for n in range(0, len(frame), _ROWS_AT_ONCE):
        hashes.append(_hashes_of_piece(frame.iloc[n : n + _ROWS_AT_ONCE]))
        let_go_of_read_pages()
    return np.concatenate(hashes)


def _hashes_of_piece(frame: pd.DataFrame) -> NDArray[np.uint64]:
    rounded = {str(name): _rounded(frame[name]) for name in frame.columns}
    hashes: Any = pd.util.hash_pandas_object(pd.DataFrame(rounded), index=False)
    return np.asarray(hashes.to_numpy())


def _rounded(column: "pd.Series[Any]") -> Any:
    if not types.is_float_dtype(column.dtype):
        return column.astype(str) if not types.is_numeric_dtype(column.dtype) else column.to_numpy()
    with np.errstate(over="ignore"):
        bits = (column.to_numpy(dtype=np.float32) + np.float32(0)).view(np.uint32)  # -0.0 + 0 is 0.0
    return (bits + (1 << (_FORGOTTEN_BITS - 1))) >> _FORGOTTEN_BITS
