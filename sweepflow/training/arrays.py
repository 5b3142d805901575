"""The prepared rows as arrays: what the preprocessing of a trial makes of them."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from sweepflow.base.tables import is_table
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
from sweepflow.training.big_tables import FITTED_PARTS, is_big
from sweepflow.training.costs import PreprocessedRow
from sweepflow.training.kept_arrays import Asked, RowsToKeep, asked_for, preprocessed
from sweepflow.training.pipeline import fit_preprocess, fit_step, fit_steps
from sweepflow.training.preprocess import GENERAL, Preprocess
from sweepflow.trials.parameters import Parameters

if TYPE_CHECKING:
    import pandas as pd

    from sweepflow.training.table_rows import TableRows


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
    first_row: PreprocessedRow | None = None
    """The first validation row before these steps; None if the raw one is at hand."""


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
    if is_big(data) and (kept := kept_arrays(data, parameters, how, gap)):
        return kept
    cached = _arrays(data.model_dump_json(), json.dumps(parameters, sort_keys=True), how, gap)
    features = cached.train_features, cached.validation_features
    if isinstance(features[0], np.ndarray):
        return cached
    # A copy of a table shares its columns until one of them is changed.
    train, validation = (each.copy(deep=False) if is_table(each) else each.copy() for each in features)
    return cached._replace(train_features=train, validation_features=validation)


@lru_cache(maxsize=1)
def _arrays(data_json: str, parameters_json: str, how: Preprocess, gap: int | str) -> Arrays:
    data = PreparedData.model_validate_json(data_json)
    preprocess = _unfitted(data, json.loads(parameters_json), how)
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


def kept_arrays(data: PreparedData, parameters: Parameters, how: Preprocess, gap: int | str) -> Arrays | None:
    """The same from files beside the data, which whoever comes first writes; None if that fails.

    The values are those of `_arrays` to the last bit; arrays are by row here.
    """

    def rows() -> RowsToKeep:
        train, validation = (_rows_on_disk(data, [part]) for part in FITTED_PARTS)
        targets = [_target(data, [part]) for part in FITTED_PARTS]
        return RowsToKeep(train, targets[0], load_roles(data, "train"), [validation], targets)

    if (found := preprocessed(_asked(data, parameters, how), data, gap, ["train"], rows)) is None:
        return None
    (train, validation), targets = found.features, found.beside
    row = None if found.row_ms is None else PreprocessedRow(validation[:1], found.row_ms)
    return _read_only(Arrays(found.preprocess, train, targets[0], validation, targets[1], first_row=row))


class AllRows(NamedTuple):
    """The fitted preprocessing, and what it makes of the training and the validation rows together."""

    preprocess: ColumnTransformer
    features: Any
    target: NDArray[Any]
    roles: Roles


def all_rows(data: PreparedData, parameters: Parameters, how: Preprocess, gap: int | str) -> AllRows:
    """The training and the validation rows, preprocessed with these parameters; from files as in `arrays`."""
    return _all_rows(_asked(data, parameters, how), data, gap)


def fit_on_all_rows(model: Pipeline, data: PreparedData, gap: int | str) -> tuple[Any, NDArray[Any], Roles]:
    """Features, target and roles of the training and the validation rows, as the model's estimator gets them.

    The steps before it are fitted on these rows.
    """
    name, preprocess = model.steps[0]
    found = _all_rows(asked_for(preprocess), data, gap)
    model.steps[0] = name, found.preprocess
    return fit_steps(model, found.features, found.target, found.roles), found.target, found.roles


def _all_rows(asked: Asked, data: PreparedData, gap: int | str) -> AllRows:
    roles = all_training_roles(data)

    def rows() -> RowsToKeep:
        target = all_targets(data)
        return RowsToKeep(all_rows_on_disk(data), target, roles, [], [target])

    if is_big(data) and (found := preprocessed(asked, data, gap, FITTED_PARTS, rows)):
        (features,), (target,) = found.features, found.beside
        return AllRows(found.preprocess, features, target, roles)
    (table, target), preprocess = all_training_rows(data), asked.unfitted()
    return AllRows(preprocess, fit_preprocess(preprocess, table, target, roles, gap), target, roles)


def all_targets(data: PreparedData) -> NDArray[Any]:
    """The target of the training and the validation rows."""
    return _target(data, FITTED_PARTS)


def _target(data: PreparedData, parts: Sequence[Part]) -> NDArray[Any]:
    targets = [_features_and_target(data, part)[1] for part in parts]
    return targets[0] if len(parts) == 1 else np.concatenate(targets)


def all_rows_on_disk(data: PreparedData, rows: NDArray[np.intp] | None = None) -> "TableRows":
    """The features of these training and validation rows; all of them if `rows` is None."""
    return _rows_on_disk(data, FITTED_PARTS, rows)


def _rows_on_disk(
    data: PreparedData, parts: Sequence[Part], rows: NDArray[np.intp] | None = None
) -> "TableRows":
    from sweepflow.training.table_rows import TableRows

    return TableRows([_features_and_target(data, part)[0] for part in parts], rows)


def _features_and_target(data: PreparedData, part: Part) -> "tuple[pd.DataFrame, NDArray[Any]]":
    return features_and_target(load_part(data.folder, part), data)


def _asked(data: PreparedData, parameters: Parameters, how: Preprocess) -> Asked:
    return Asked(lambda: _unfitted(data, parameters, how), [how.model_dump(), parameters])


def _unfitted(data: PreparedData, parameters: Parameters, how: Preprocess) -> ColumnTransformer:
    from sweepflow.training.preprocessor import unfitted

    return unfitted(data, parameters, how)


def _read_only(found: Arrays) -> Arrays:
    for array in found[1:5]:
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    return found
