"""From raw columns to numbers: the preprocessing in front of every estimator."""

import json
import re
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sweepflow.data.prepared import FeatureColumns, PreparedData, features_and_target, load_part
from sweepflow.data.roles import Roles
from sweepflow.reading.csv_files import MISSING_WORDS
from sweepflow.training.dates import DateFeatures, TimeFeatures
from sweepflow.training.encoding import Encoding, encoder
from sweepflow.training.named_columns import NamedColumns
from sweepflow.training.plain import PlainBooleans, PlainNumbers, PlainText
from sweepflow.trials.parameters import Parameters

_ODD_NAME = re.compile(r"[-+]?[\d.]+(e[-+]?\d+)?|\d+-\d\d-\d\d .*|\(.*\)")
"""The text, in a file, of a name that pandas may read as a number, a time or a pair."""


class Arrays(NamedTuple):
    """The fitted preprocessing, and what it makes of the training and the validation part.

    The features are an array, or a sparse matrix of SciPy's where the encoding is `sparse`.
    """

    preprocess: ColumnTransformer
    train_features: NDArray[Any]
    train_target: NDArray[Any]
    validation_features: NDArray[Any]
    validation_target: NDArray[Any]


def preprocessor(columns: FeatureColumns, encoding: Encoding = "one_hot") -> ColumnTransformer:
    """An unfitted transformer of these columns; other columns of a table are ignored.

    Numbers go through scikit-learn's own steps alone, so that the model can be loaded without Sweepflow,
    unless a table read by pandas has something else (`number_formats`, or `missing_words` of its own) or
    column names that are no text.
    """
    words, formats = list(columns.missing_words), columns.number_formats
    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    scaled = [("impute", imputer), ("scale", StandardScaler())]
    plain_text = PlainText(list(columns.read_words), words, dict(columns.words_for_missing))
    is_plain = not formats and set(words) <= set(MISSING_WORDS)
    plain_numbers = PlainNumbers({name: dict(how) for name, how in formats.items()}, words)
    numbers = scaled if is_plain else [("plain", plain_numbers), *scaled]
    dates = DateFeatures(dict(columns.date_formats), words)
    kinds = [
        ("numeric", Pipeline(numbers), list(columns.numeric)),
        ("boolean", Pipeline([("plain", PlainBooleans(words)), *scaled]), list(columns.boolean)),
        ("categorical", _of_text(plain_text, encoding), list(columns.categorical)),
        ("date", Pipeline([("parts", dates), *scaled]), list(columns.date)),
        ("time", Pipeline([("parts", TimeFeatures(words)), *scaled]), list(columns.time)),
    ]
    present = [kind for kind in kinds if kind[2]]
    has_odd_names = any(_ODD_NAME.fullmatch(name) for _, _, names in present for name in names)
    most_dense = 1 if encoding == "sparse" else 0
    is_scikit_learns = is_plain and not has_odd_names and all(kind == "numeric" for kind, _, _ in present)
    return (ColumnTransformer if is_scikit_learns else NamedColumns)(present, sparse_threshold=most_dense)


def _of_text(plain: PlainText, encoding: Encoding) -> Pipeline:
    """The unfitted steps of the categorical columns."""
    filler = SimpleImputer(strategy="constant", fill_value="missing", keep_empty_features=True)
    return Pipeline([("plain", plain), ("impute", filler), ("encode", encoder(encoding))])


def with_every_kind(estimator: Any) -> Pipeline:
    """The model of a table that has a column of every kind, and so every parameter that a model can have."""
    names = ("x",)
    columns = FeatureColumns(
        numeric=names, boolean=names, categorical=names, date=names, time=names, date_formats={}
    )
    return pipeline(preprocessor(columns), estimator)


def unfitted(data: PreparedData, parameters: Parameters, encoding: Encoding = "one_hot") -> ColumnTransformer:
    """The unfitted preprocessing of this data, with these parameters."""
    return preprocessor(data, encoding).set_params(**parameters)


def pipeline(preprocess: ColumnTransformer, estimator: Any) -> Pipeline:
    """The preprocessing and the estimator as one model of raw columns."""
    return Pipeline([("preprocess", preprocess), ("estimator", estimator)])


def fit_model(model: Pipeline, features: Any, target: Any, roles: Roles) -> Pipeline:
    """The model, fitted on these rows; its last step counts each by its weight, if they have weights."""
    last = model.steps[-1][0]
    return model.fit(features, target, **{f"{last}__{n}": value for n, value in roles.fit_parameters.items()})


def columns_of_text(model: Any) -> list[str]:
    """The columns whose numbers the model reads from text; empty for a model that is not of this form."""
    preprocess = getattr(model, "named_steps", {}).get("preprocess")
    numeric = getattr(preprocess, "named_transformers_", {}).get("numeric")
    formats = getattr(getattr(numeric, "named_steps", {}).get("plain"), "formats", None) or {}
    return [name for name, how in formats.items() if "picture" in how]


def split_names(parameters: Parameters) -> tuple[Parameters, Parameters]:
    """The parameters of the preprocessing (`preprocess__...`, without that prefix), and the estimator's."""
    prefix = "preprocess__"
    own = {name: value for name, value in parameters.items() if not name.startswith(prefix)}
    preprocessing = {name.removeprefix(prefix): parameters[name] for name in parameters if name not in own}
    return preprocessing, own


def arrays(data: PreparedData, parameters: Parameters, encoding: Encoding = "one_hot") -> Arrays:
    """The data, preprocessed with these parameters of the preprocessing.

    The last result is cached, because most sweeps do not tune the preprocessing. Its arrays are read-only,
    and sparse ones are copied, so that no trial can change the data of another one.
    """
    cached = _arrays(data.model_dump_json(), json.dumps(parameters, sort_keys=True), encoding)
    if encoding != "sparse":
        return cached
    copies = cached.train_features.copy(), cached.validation_features.copy()
    return cached._replace(train_features=copies[0], validation_features=copies[1])


@lru_cache(maxsize=1)
def _arrays(data_json: str, parameters_json: str, encoding: Encoding) -> Arrays:
    data = PreparedData.model_validate_json(data_json)
    preprocess = unfitted(data, json.loads(parameters_json), encoding)
    train, train_target = features_and_target(load_part(data.folder, "train"), data)
    validation, validation_target = features_and_target(load_part(data.folder, "validation"), data)
    result = Arrays(
        preprocess,
        preprocess.fit_transform(train, train_target),
        train_target,
        preprocess.transform(validation),
        validation_target,
    )
    for array in result[1:]:
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    return result
