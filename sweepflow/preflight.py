"""All that is checked and prepared before the first trial."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from sweepflow.data import DataSource, PreparedData, check_columns, load_part, prepare
from sweepflow.errors import DataError, Problem, SpecError
from sweepflow.space import parameter_names
from sweepflow.spec import Spec
from sweepflow.training import EstimatorTrial
from sweepflow.training.applicable import check_applicable, check_defined
from sweepflow.training.class_weights import check_class_weights
from sweepflow.training.folds import too_small
from sweepflow.training.pipeline import all_training_rows, features_and_target, unfitted
from sweepflow.training.toy import impossible


def checked(fields: Mapping[str, Any], *, is_trusted: bool) -> Spec:
    """The spec with these fields; SpecError with all that is wrong, the columns that it names included."""
    try:
        return Spec.checked(fields, is_trusted=is_trusted)
    except SpecError as error:
        raise SpecError([*error.problems, *_check_columns(fields.get("data"))]) from error


def _check_columns(data: object) -> list[Problem]:
    """The problem with the columns that the data names; none where its fields are wrong themselves."""
    try:
        check_columns(DataSource.model_validate(data))
    except ValidationError:
        return []
    except DataError as error:
        return [Problem(error.path, error.message)]
    return []


def prepare_data(spec: Spec, home: Path) -> PreparedData | None:
    """The spec's data, split and written; None if it has none.

    Raises DataError if the data cannot be used, and SpecError if a metric cannot score its target.
    """
    if spec.data is None:
        return None
    is_classifier = spec.trial.is_classifier if isinstance(spec.trial, EstimatorTrial) else None
    data = prepare(spec.data, spec.validation, home / "data", is_classifier=is_classifier)
    if isinstance(spec.trial, EstimatorTrial):
        features, target = features_and_target(load_part(data.folder, "validation"), data)
        found = _check_folds(spec, data)
        found += _check_preprocessing(spec, spec.trial, data)
        found += check_class_weights(spec.trial.parameters, data)
        found += check_applicable(spec.scorers(), features, target, data)
        if not found and spec.validation.folds is None:
            found += check_defined(*spec.scorers()[0], features, target, data)
        if not found:
            found += impossible(spec.trial, spec.search_space, spec.scorers(), data, spec.allows)
        if found:
            raise SpecError(found)
    return data


def memory_notices(spec: Spec, data: PreparedData | None, cores: int) -> list[str]:
    """What to know of the memory that the prepared rows will take, if it is much."""
    if data is None or not isinstance(spec.trial, EstimatorTrial):
        return []
    return spec.trial.memory_notices(data, spec.slots(cores))


def _check_folds(spec: Spec, data: PreparedData) -> list[Problem]:
    """The problem with the number of folds, if a class or the table is too small for it."""
    n_folds = spec.validation.folds
    reason = n_folds and too_small(data, pd.Series(all_training_rows(data)[1]), n_folds)
    return [Problem("validation.folds", reason)] if reason else []


def _check_preprocessing(spec: Spec, trial: EstimatorTrial, data: PreparedData) -> list[Problem]:
    """The parameters of the preprocessing that are for kinds of columns which the data has not."""
    groups = {"trial.parameters": list(trial.parameters), "search_space": parameter_names(spec.search_space)}
    known = unfitted(data, {}).get_params()
    return [
        Problem(f"{path}.{name}", f"the data has no columns for {theirs}")
        for path, names in groups.items()
        for theirs, name in sorted((n.removeprefix("preprocess__"), n) for n in names)
        if name != theirs and theirs not in known
    ]
