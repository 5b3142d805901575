"""The rows of one fold, preprocessed: those to train on, and those held out."""

import hashlib
import shutil
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sweepflow.data.prepared import PreparedData, all_training_rows, load_rows
from sweepflow.data.roles import Roles
from sweepflow.training.arrays import all_rows_on_disk
from sweepflow.training.big_tables import is_big, n_bytes
from sweepflow.training.kept_arrays import RowsToKeep, asked_for, preprocessed
from sweepflow.training.pipeline import fit_preprocess

if TYPE_CHECKING:
    import pandas as pd

Rows = NDArray[np.intp]

_KEPT_FOLDS = 2
"""All folds are kept for so many different preprocessings, and so often must their size fit on the disk."""


def fold_features(
    preprocess: Any,
    data: PreparedData,
    train: Rows,
    held_out: Rows,
    target: NDArray[Any],
    roles: Roles,
    *,
    n_folds: int,
    gap: int | str,
) -> tuple[Any, Any, Any]:
    """The preprocessing, fitted on the rows to train on, and what it makes of these and of those held out.

    The row numbers are those of the training and the validation rows together, `target` and `roles` are those
    of the rows to train on. As in `arrays`, what is made of a big table comes from files that all workers map
    into memory.
    """
    n_kept = _KEPT_FOLDS * n_folds

    def rows() -> RowsToKeep:
        _check_disk(data, n_kept)
        fitted_on, others = (all_rows_on_disk(data, part) for part in (train, held_out))
        return RowsToKeep(fitted_on, target, roles, [others])

    which = ["fold", *(hashlib.sha256(part.tobytes()).hexdigest() for part in (train, held_out))]
    if is_big(data) and (found := preprocessed(asked_for(preprocess), data, gap, which, rows, n_kept)):
        fitted_on, others = found.features
        return found.preprocess, fitted_on, others
    features = _all_features(data.model_dump_json())
    fitted = fit_preprocess(preprocess, features.iloc[train], target, roles, gap)
    return preprocess, fitted, preprocess.transform(features.iloc[held_out])


def first_held_out(data: PreparedData, held_out: Rows) -> "pd.DataFrame":
    """The features of the first of these rows, as they are in the prepared data."""
    n_train = data.n_rows["train"]
    row = int(held_out[0])
    found = (
        load_rows(data.folder, "train", np.array([row]))
        if row < n_train
        else load_rows(data.folder, "validation", np.array([row - n_train]))
    )
    return found.drop(columns=list(data.targets))


@lru_cache(maxsize=1)  # for the next fold, and for the next trial of the same worker
def _all_features(data_json: str) -> "pd.DataFrame":
    return all_training_rows(PreparedData.model_validate_json(data_json))[0]


def _check_disk(data: PreparedData, n_kept: int) -> None:
    """OSError if the files of so many folds would fill the disk."""
    needed, free = n_kept * n_bytes(data), shutil.disk_usage(data.folder).free
    if needed > free:
        raise OSError(
            f"all folds take about {needed / 1e9:.1f} GB on the disk, which has {free / 1e9:.1f} GB"
        )
