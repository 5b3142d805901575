"""The prepared rows as arrays: what the preprocessing of a trial makes of them."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer

from sweepflow.data.prepared import PreparedData, features_and_target, load_part, load_roles
from sweepflow.data.roles import Roles
from sweepflow.training.pipeline import GENERAL, fit_preprocess, fit_step, unfitted
from sweepflow.training.preprocess import Preprocess
from sweepflow.trials.parameters import Parameters


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


def through(steps: Sequence[tuple[str, Any]], data: Arrays, roles: Roles) -> Arrays:
    """The data as it comes out of these steps, which are fitted on the training part with these roles."""
    for _, step in steps:
        train = fit_step(step, data.train_features, data.train_target, roles)
        held_out = step.transform(data.validation_features)
        data = data._replace(train_features=train, validation_features=held_out)
    return data._replace(steps=steps)


def arrays(
    data: PreparedData, parameters: Parameters, how: Preprocess = GENERAL, gap: int | str = 0
) -> Arrays:
    """The data, preprocessed with these parameters of the preprocessing, and the validation's gap.

    The last result is cached, because most sweeps do not tune the preprocessing. Its arrays are read-only,
    and tables and sparse ones are copied, so that no trial can change the data of another one.
    """
    cached = _arrays(data.model_dump_json(), json.dumps(parameters, sort_keys=True), how, gap)
    features = cached.train_features, cached.validation_features
    if isinstance(features[0], np.ndarray):
        return cached
    # A copy of a table shares its columns until one of them is changed.
    is_table = isinstance(features[0], pd.DataFrame)
    train, validation = (each.copy(deep=False) if is_table else each.copy() for each in features)
    return cached._replace(train_features=train, validation_features=validation)


@lru_cache(maxsize=1)
def _arrays(data_json: str, parameters_json: str, how: Preprocess, gap: int | str) -> Arrays:
    data = PreparedData.model_validate_json(data_json)
    preprocess = unfitted(data, json.loads(parameters_json), how)
    train, train_target = features_and_target(load_part(data.folder, "train"), data)
    validation, validation_target = features_and_target(load_part(data.folder, "validation"), data)
    result = Arrays(
        preprocess,
        fit_preprocess(preprocess, train, train_target, load_roles(data, "train"), gap),
        train_target,
        preprocess.transform(validation),
        validation_target,
    )
    for array in result[1:]:
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    return result
