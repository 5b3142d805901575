"""Which training rows each of them may learn from, for numbers that are learned from the target."""

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold

from sweepflow.data.roles import Roles
from sweepflow.data.time_split import expanding_windows

__all__ = ["cross_fitting"]

Rows = NDArray[np.intp]

_WINDOWS_PER_FOLD = 4
"""Windows are smaller than folds: the rows before the first one have no earlier rows to learn from."""


def cross_fitting(roles: Roles, gap: int | str, n_rows: int, n_folds: int) -> list[tuple[Rows, Rows]]:
    """Pairs of row numbers: those to learn from, and those for which what they tell is used.

    No row is on both sides of a pair, nor is a group; with a time, all learn from earlier rows alone, as the
    model will, and the first ones from none: they are in no second part. Neither are those of the only group.
    """
    if roles.time is not None:
        n_windows = min(n_folds * _WINDOWS_PER_FOLD, n_rows - 1)
        windows = expanding_windows(roles.time, roles.group, n_windows, gap) if n_windows else ()
        return [(earlier, window) for earlier, window in windows if len(earlier) and len(window)]
    n_units = n_rows if roles.group is None else len(np.unique(roles.group))
    n_folds = min(n_folds, n_units)
    if n_folds < 2:
        return []
    splitter = KFold if roles.group is None else GroupKFold
    folds = splitter(n_folds, shuffle=True, random_state=0)
    return list(folds.split(np.zeros(n_rows), groups=roles.group))
