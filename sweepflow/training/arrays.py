"""The prepared rows as arrays: what the preprocessing of a trial makes of them."""

import hashlib
import json
import pickle
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer

from sweepflow.data.prepared import (
    Part,
    PreparedData,
    arrays_folder,
    features_and_target,
    load_part,
    load_roles,
)
from sweepflow.training.array_files import read_arrays, write_batches
from sweepflow.training.category_numbers import TargetMeans
from sweepflow.training.fit_by_columns import fit_by_columns
from sweepflow.training.kept_folders import kept
from sweepflow.training.pipeline import GENERAL, fit_preprocess, fit_step, unfitted
from sweepflow.training.preprocess import Preprocess
from sweepflow.trials.parameters import Parameters

_PREPROCESS = "preprocess.pickle"
_PARTS: tuple[Part, ...] = ("train", "validation")

_SMALL = 16_000_000
"""Up to so many bytes each worker preprocesses the rows for itself, which is quicker than a file."""

_MOST_AT_ONCE = 2_000_000
"""Cells of the table that are preprocessed together."""

_VERSIONS = [1, sys.version, *(version(name) for name in ("numpy", "pandas", "scikit-learn"))]


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
    if _n_bytes(data) > _SMALL:
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


def _n_bytes(data: PreparedData) -> int:
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
    preprocess = unfitted(data, parameters, how)
    facts = data.model_dump(mode="json", exclude={"folder"}), parameters, how.model_dump(), gap
    name = hashlib.sha256(json.dumps([_VERSIONS, facts], sort_keys=True).encode()).hexdigest()
    folder = arrays_folder(data.folder)
    fitted, *features = kept(folder, name, lambda new: _write(new, preprocess, data, gap), _read)
    targets = (_features_and_target(data, part)[1] for part in _PARTS)
    train, validation = zip(features, targets, strict=True)
    return _read_only(Arrays(fitted, *train, *validation))


def _write(folder: Path, preprocess: ColumnTransformer, data: PreparedData, gap: int | str) -> None:
    """Write the fitted preprocessing and what it makes of each part."""
    rows, target = _features_and_target(data, "train")
    roles = load_roles(data, "train")
    if _is_row_by_row(preprocess):
        fit_by_columns(preprocess, rows, target, roles, gap)
        write_batches(folder / "train", _batches(preprocess, rows))
    else:
        write_batches(folder / "train", [fit_preprocess(preprocess, rows, target, roles, gap)])
    write_batches(folder / "validation", _batches(preprocess, _features_and_target(data, "validation")[0]))
    (folder / _PREPROCESS).write_bytes(pickle.dumps(preprocess))


def _read(folder: Path) -> tuple[ColumnTransformer, Any, Any]:
    # A pickle, unlike a model file: it is private to its writer, and goes with the sweep.
    preprocess = pickle.loads((folder / _PREPROCESS).read_bytes())
    return preprocess, *(read_arrays(folder / part) for part in _PARTS)


def _is_row_by_row(preprocess: ColumnTransformer) -> bool:
    """Whether a row that it is fitted on becomes the same numbers as any other row with its values."""
    steps = (step for _, pipeline, _ in preprocess.transformers for step in pipeline.named_steps.values())
    return not any(isinstance(step, TargetMeans) for step in steps)


def _batches(preprocess: ColumnTransformer, rows: pd.DataFrame) -> Iterator[Any]:
    n_at_once = max(1000, _MOST_AT_ONCE // len(rows.columns))
    for first in range(0, max(len(rows), 1), n_at_once):
        yield preprocess.transform(rows.iloc[first : first + n_at_once])


def _features_and_target(data: PreparedData, part: Part) -> tuple[pd.DataFrame, NDArray[Any]]:
    return features_and_target(load_part(data.folder, part), data)


def _read_only(found: Arrays) -> Arrays:
    for array in found[1:5]:
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    return found
