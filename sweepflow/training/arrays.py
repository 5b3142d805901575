"""The prepared rows as arrays: what the preprocessing of a trial makes of them."""

import hashlib
import json
import pickle
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib.metadata import version
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
    arrays_folder,
    features_and_target,
    load_part,
    load_roles,
)
from sweepflow.data.roles import Roles
from sweepflow.training.array_files import read_arrays, write_batches
from sweepflow.training.category_numbers import TargetMeans
from sweepflow.training.fit_by_columns import fit_by_columns
from sweepflow.training.kept_folders import kept
from sweepflow.training.pipeline import (
    GENERAL,
    fit_preprocess,
    fit_step,
    fit_steps,
    fit_transformers,
    unfitted,
)
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
    preprocess, train, validation = _kept(unfitted(data, parameters, how), data, gap, ("train",))
    targets = [_target(data, (part,)) for part in _PARTS]
    give_back_freed_memory()  # what writing them, or this worker's last trial, has left behind
    return _read_only(Arrays(preprocess, train, targets[0], validation, targets[1]))


def fit_on_all_rows(model: Pipeline, data: PreparedData, gap: int | str) -> tuple[Any, NDArray[Any], Roles]:
    """Features, target and roles of the training and the validation rows, as the model's estimator gets them.

    The steps before it are fitted on these rows. Of a big table they come from files, as in `arrays`.
    """
    roles = all_training_roles(data)
    if _n_bytes(data) > _SMALL:
        try:
            fitted, features = _kept(model.steps[0][1], data, gap, _PARTS)
        except OSError as error:  # a full disk, say
            print(f"the preprocessed rows are in this process's own memory: {error}")
        else:
            model.steps[0] = (model.steps[0][0], fitted)
            target = _target(data, _PARTS)
            give_back_freed_memory()
            return fit_steps(model, features, target, roles), target, roles
    table, target = all_training_rows(data)
    return fit_transformers(model, table, target, roles, gap), target, roles


def _kept(
    preprocess: ColumnTransformer, data: PreparedData, gap: int | str, fitted_on: Sequence[Part]
) -> tuple[Any, ...]:
    """The preprocessing, fitted on the rows of these parts, what it makes of them, and of each other part."""
    steps = preprocess.get_params()
    facts = [
        _VERSIONS,
        [(kind, list(names)) for kind, _, names in preprocess.transformers],
        [(name, repr(value)) for name, value in steps.items() if not _is_of_steps(name, value)],
        [type(value).__qualname__ for value in steps.values()],
        [gap, fitted_on, data.model_dump(mode="json", exclude={"folder"})],
    ]
    name = hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    def write(folder: Path) -> None:
        _write(folder, preprocess, data, gap, fitted_on)

    return kept(arrays_folder(data.folder), name, write, _read)


def _is_of_steps(name: str, value: object) -> bool:
    """Whether a parameter of the preprocessing is a step, or holds some, and no plain value."""
    return hasattr(value, "get_params") or name.rpartition("__")[2] in ("steps", "transformers")


def _write(
    folder: Path, preprocess: ColumnTransformer, data: PreparedData, gap: int | str, fitted_on: Sequence[Part]
) -> None:
    """Write the fitted preprocessing and what it makes of the rows that `_kept` gives."""
    tables = [_features_and_target(data, part)[0] for part in fitted_on]
    target = _target(data, fitted_on)
    roles = load_roles(data, "train") if len(fitted_on) == 1 else all_training_roles(data)
    if _is_row_by_row(preprocess):
        fit_by_columns(preprocess, tables, target, roles, gap)
        batches: Iterable[Any] = (made for table in tables for made in _batches(preprocess, table))
    else:
        batches = [fit_preprocess(preprocess, pd.concat(tables, ignore_index=True), target, roles, gap)]
    write_batches(folder / "0", batches)
    others = [part for part in _PARTS if part not in fitted_on]
    for number, part in enumerate(others, start=1):
        write_batches(folder / str(number), _batches(preprocess, _features_and_target(data, part)[0]))
    (folder / _PREPROCESS).write_bytes(pickle.dumps(preprocess))


def _read(folder: Path) -> tuple[Any, ...]:
    # A pickle, unlike a model file: it is private to its writer, and goes with the sweep.
    preprocess = pickle.loads((folder / _PREPROCESS).read_bytes())
    numbers = sorted(path for path in folder.iterdir() if path.is_dir())
    return preprocess, *map(read_arrays, numbers)


def _target(data: PreparedData, parts: Sequence[Part]) -> NDArray[Any]:
    targets = [_features_and_target(data, part)[1] for part in parts]
    return targets[0] if len(parts) == 1 else np.concatenate(targets)


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
