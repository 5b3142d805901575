"""Checks whether a preprocessing goes with the estimator, the data and the steps that the spec names."""

from collections.abc import Callable, Iterable, Iterator

from sklearn.base import BaseEstimator

from sweepflow.data.prepared import PreparedData
from sweepflow.errors import Problem
from sweepflow.training.pipeline import split_names
from sweepflow.training.preprocess import Preprocess
from sweepflow.training.preprocess_choice import possible
from sweepflow.training.preprocessor import unfitted
from sweepflow.trials.parameters import Parameters, configuration_key


def check_preprocess(path: str, estimator: BaseEstimator, wish: Preprocess | None) -> Iterator[Problem]:
    """The problems with a preprocessing that the estimator cannot take."""
    for field, value in wish or ():
        if value is not None and value not in (takes := possible(estimator, field)):
            rule = f"must be {', '.join(takes)} or null for {path}, got {value!r}"
            yield Problem(f"trial.preprocess.{field}", rule)


def missing_steps(
    preprocessing_of: Callable[[Parameters], tuple[Parameters, Preprocess]],
    data: PreparedData,
    draws: Iterable[Parameters],
) -> Iterator[Problem]:
    """The parameters of steps that the preprocessing of some draw lacks, once each."""
    by_preprocessing = {configuration_key(split_names(drawn)[0]): drawn for drawn in draws}
    told: set[str] = set()
    for drawn in by_preprocessing.values():
        steps, how = preprocessing_of(drawn)
        for name in steps.keys() - unfitted(data, {}, how).get_params().keys() - told:
            told.add(name)
            field = "search_space" if f"preprocess__{name}" in drawn else "trial.parameters"
            yield Problem(f"{field}.preprocess__{name}", f"there is no such step with {how}")
