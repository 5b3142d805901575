"""Which rows each fold of a cross-validation trains on, and which ones it holds out."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

from sweepflow.data.prepared import PreparedData
from sweepflow.data.roles import Roles
from sweepflow.data.time_split import expanding_windows

Rows = NDArray[np.intp]


def fold_rows(
    target: NDArray[Any], roles: Roles, *, n_folds: int, seed: int, gap: int | str, is_classification: bool
) -> Iterator[tuple[Rows, Rows]]:
    """The rows to train on and the rows held out, fold by fold; the same for every trial of a sweep.

    Expanding windows where there is a time, which leave out the `gap` before the rows held out;
    else shuffled folds, with whole groups where there are groups and stratified where there are classes.
    """
    if roles.time is not None:
        yield from expanding_windows(roles.time, roles.group, n_folds, gap)
        return
    if roles.group is not None:
        splitter: Any = StratifiedGroupKFold if is_classification else GroupKFold
    else:
        splitter = StratifiedKFold if is_classification else KFold
    folds = splitter(n_folds, shuffle=True, random_state=seed)
    yield from folds.split(np.zeros(len(target)), target, roles.group)


def too_small(data: PreparedData, target: NDArray[Any], n_folds: int) -> str | None:
    """Why the rows cannot make so many folds; None if they can."""
    if not data.is_classification:
        n_rows = len(target)
        rows = f"{n_rows} rows that have a value in {data.described_target()}"
        return f"{rows} cannot make {n_folds} folds" if n_rows < n_folds else None
    import pandas as pd

    counts = pd.Series(target).value_counts()
    if counts.min() >= n_folds:
        return None
    (label,) = counts.index[[int(np.argmin(counts))]].tolist()
    smallest = f"class {label!r} of {data.described_target()} has {counts.min()} rows"
    return f"{smallest} beside the test's, too few for {n_folds} folds"


def too_few_groups_or_times(data: PreparedData, roles: Roles, n_folds: int, gap: int | str) -> str | None:
    """Why the groups or the times cannot make so many folds; None if they can, or there are none."""
    if roles.time is not None:
        windows = expanding_windows(roles.time, roles.group, n_folds, gap)
        if all(len(train) and len(held_out) for train, held_out in windows):
            return None
        size = (
            f"{len(np.unique(roles.time))} different times beside the test's are too few for {n_folds} folds"
        )
        return f"{size} with a gap of {gap}" if gap else size
    if roles.group is None or (n_groups := len(np.unique(roles.group))) >= n_folds:
        return None
    return f"{n_groups} groups of {data.roles.group!r} beside the test's are too few for {n_folds} folds"


def of_one_class(target: NDArray[Any], folds: Iterator[tuple[Rows, Rows]]) -> str | None:
    """Why a classifier cannot learn in one of these folds; None if it can in all."""
    for number, (train, _) in enumerate(folds, start=1):
        if len(labels := np.unique(target[train])) == 1:
            return f"fold {number} would train on rows of class {labels.tolist()[0]!r} alone"
    return None
