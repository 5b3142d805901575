"""What is checked and prepared before the first trial."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sweepflow.data.prepare import check_columns, prepare
from sweepflow.data.prepared import PreparedData
from sweepflow.data.source import DataSource
from sweepflow.errors import DataError, Problem, SpecError
from sweepflow.spec.spec import Spec


def checked_spec(fields: Mapping[str, Any], *, is_trusted: bool) -> Spec:
    """The spec with these fields; SpecError with all that is wrong, also with the columns that it names."""
    try:
        return Spec.checked(fields, is_trusted=is_trusted)
    except SpecError as error:
        raise SpecError([*error.problems, *_check_columns(fields.get("data"))]) from error


def _check_columns(data: object) -> list[Problem]:
    """The problem with the columns that the data names; none if its own fields are wrong."""
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
    data = prepare(spec.data, spec.validation, home / "data", is_classifier=spec.trial.is_classifier)
    problems = spec.trial.check_data(
        data,
        space=spec.search_space,
        metrics=spec.scorers(),
        n_folds=spec.validation.folds,
        allows=spec.allows,
    )
    if problems:
        raise SpecError(problems)
    return data


def memory_notices(spec: Spec, data: PreparedData | None, cores: int) -> list[str]:
    """Notices about the memory that the prepared rows will take, if it is much."""
    return [] if data is None else spec.trial.memory_notices(data, spec.slots(cores))
