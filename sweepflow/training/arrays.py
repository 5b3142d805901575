"""The prepared rows as arrays: what the preprocessing of a trial makes of them."""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from sweepflow.base.freed_memory import give_back_freed_memory
from sweepflow.data.prepared import (
    Part,
    PreparedData,
    all_training_roles,
    all_training_rows,
    features_and_target,
    load_part,
    load_roles,
)
from sweepflow.data.roles import Roles
from sweepflow.training.kept_arrays import RowsToKeep, preprocessed
from sweepflow.training.pipeline import fit_preprocess, fit_step, fit_steps, fit_transformers
from sweepflow.training.preprocess import GENERAL, Preprocess
from sweepflow.training.preprocessor import unfitted
from sweepflow.training.table_rows import TableRows
from sweepflow.trials.parameters import Parameters

_PARTS: tuple[Part, ...] = ("train", "validation")

_SMALL = 16_000_000
"""Up to so many bytes each worker preprocesses the rows for itself, which is quicker than a file."""


class Arrays(NamedTuple):
    """The fitted preprocessing, and what it makes of the training and the validation part.

    The features are an array; a sparse matrix of SciPy's if the encoding is `sparse`, and a table if it is
    `native` and there are categories.
    """

    preprocess: ColumnTransformer
    train_features: NDArray[Any]
    train_target: NDArray[Any]
    validation_features: NDArray[Any]
    validation_target: NDArray[Any]
    steps: Sequence[tuple[str, Any]] = ()
    """The fitted steps after the preprocessing, through which the features have gone."""


def through(steps: Sequence[tuple[str, Any]], data: Arrays, prepared: PreparedData) -> Arrays:
    """The data as it comes out of these steps, which are fitted on the training part by its roles."""
    roles = load_roles(prepared, "train")
    for _, step in steps:
        train = fit_step(step, data.train_features, data.train_target, roles)
        held_out = step.transform(data.validation_features)
        data = data._replace(train_features=train, validation_features=held_out)
    return data._replace(steps=steps)


def arrays(
    data: PreparedData, parameters: Parameters, how: Preprocess = GENERAL, gap: int | str = 0
) -> Arrays:
    """The data, preprocessed with these parameters of the preprocessing, and the validation's gap.

    Of a small table the last result is remembered, because most sweeps do not tune the preprocessing; that of
    a big one is in files, which all workers of a sweep map into memory. Arrays are read-only, and changes of
    tables and sparse ones stay with the caller, so that no trial can change the data of another one.
    """
    if is_big(data):
        try:
            return kept_arrays(data, parameters, how, gap)
        except OSError as error:  # a full disk, say
            print(f"the preprocessed rows are in this worker's own memory: {error}")
    cached = _arrays(data.model_dump_json(), json.dumps(parameters, sort_keys=True), how, gap)
    features = cached.train_features, cached.validation_features
    if isinstance(features[0], np.ndarray):
        return cached
    # A copy of a table shares its columns until one of them is changed.
    is_table = isinstance(features[0], pd.DataFrame)
    train, validation = (each.copy(deep=False) if is_table else each.copy() for each in features)
    return cached._replace(train_features=train, validation_features=validation)


def is_big(data: PreparedData) -> bool:
    """Whether the rows are preprocessed once for all workers, into files."""
    return n_bytes(data) > _SMALL


def n_bytes(data: PreparedData) -> int:
    """The size of the rows that a trial learns from and is scored on."""
    return sum(Path(data.folder, f"{part}.arrow").stat().st_size for part in _PARTS)


@lru_cache(maxsize=1)
def _arrays(data_json: str, parameters_json: str, how: Preprocess, gap: int | str) -> Arrays:
    data = PreparedData.model_validate_json(data_json)
    preprocess = unfitted(data, json.loads(parameters_json), how)
    train, train_target = _features_and_target(data, "train")
    validation, validation_target = _features_and_target(data, "validation")
    result = Arrays(
        preprocess,
        fit_preprocess(preprocess, train, train_target, load_roles(data, "train"), gap),
        train_target,
        preprocess.transform(validation),
        validation_target,
    )
    return _read_only(result)


def kept_arrays(data: PreparedData, parameters: Parameters, how: Preprocess, gap: int | str) -> Arrays:
    """The same from files beside the data, which whoever comes first writes; OSError if that fails.

    The values are those of `_arrays` to the last bit; arrays are by row here.
    """
    targets = [_target(data, (part,)) for part in _PARTS]

    def rows() -> RowsToKeep:
        others = [_rows_on_disk(data, ["validation"])]
        return RowsToKeep(_rows_on_disk(data, ["train"]), targets[0], load_roles(data, "train"), others)

    preprocess, train, validation = preprocessed(unfitted(data, parameters, how), data, gap, ["train"], rows)
    give_back_freed_memory()  # what writing them, or this worker's last trial, has left behind
    return _read_only(Arrays(preprocess, train, targets[0], validation, targets[1]))


def fit_on_all_rows(model: Pipeline, data: PreparedData, gap: int | str) -> tuple[Any, NDArray[Any], Roles]:
    """Features, target and roles of the training and the validation rows, as the model's estimator gets them.

    The steps before it are fitted on these rows. Of a big table they come from files, as in `arrays`.
    """
    roles = all_training_roles(data)
    if is_big(data):
        target = _target(data, _PARTS)

        def rows() -> RowsToKeep:
            return RowsToKeep(all_rows_on_disk(data), target, roles, [])

        try:
            fitted, features = preprocessed(model.steps[0][1], data, gap, _PARTS, rows)
        except OSError as error:  # a full disk, say
            print(f"the preprocessed rows are in this process's own memory: {error}")
        else:
            model.steps[0] = (model.steps[0][0], fitted)
            give_back_freed_memory()
            return fit_steps(model, features, target, roles), target, roles
    table, target = all_training_rows(data)
    return fit_transformers(model, table, target, roles, gap), target, roles


def all_targets(data: PreparedData) -> NDArray[Any]:
    """The target of the training and the validation rows."""
    return _target(data, _PARTS)


def _target(data: PreparedData, parts: Sequence[Part]) -> NDArray[Any]:
    targets = [_features_and_target(data, part)[1] for part in parts]
    return targets[0] if len(parts) == 1 else np.concatenate(targets)


def all_rows_on_disk(data: PreparedData, rows: NDArray[np.intp] | None = None) -> TableRows:
    """The features of these training and validation rows; all of them if `rows` is None."""
    return _rows_on_disk(data, _PARTS, rows)


def _rows_on_disk(
    data: PreparedData, parts: Sequence[Part], rows: NDArray[np.intp] | None = None
) -> TableRows:
    return TableRows([_features_and_target(data, part)[0] for part in parts], rows)


def _features_and_target(data: PreparedData, part: Part) -> tuple[pd.DataFrame, NDArray[Any]]:
    return features_and_target(load_part(data.folder, part), data)


def _read_only(found: Arrays) -> Arrays:
    for array in found[1:5]:
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    return found
