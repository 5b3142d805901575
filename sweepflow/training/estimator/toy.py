"""Fits a few rows before the first trial, to find metrics and models that no trial can ever give."""

import math
import threading
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import islice, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from sweepflow.data.prepared import PreparedData, features_and_target, load_rows, load_target
from sweepflow.errors import Problem
from sweepflow.metrics import Kind, Metric
from sweepflow.metrics.compatibility import AnswerError, check_answers, one_column
from sweepflow.metrics.scoreboard import has_method, needed_methods
from sweepflow.models.model_file import ModelError, load_model, save_model
from sweepflow.space.search_space import SearchSpace, branch_names, dimensions, realize
from sweepflow.training.boosters import Booster
from sweepflow.training.estimator.several_targets import targets_problem
from sweepflow.trials.parameters import Parameters, configuration_key

_MOST_ROWS, _LEAST_OF_CLASS = 50, 2
_MOST_STEPS = 2
_MOST_DRAWS = 500
_MOST_FITS = 3
_MOST_SECONDS = 10.0
_COUNTERS = ("n_estimators", "max_iter", "max_subpopulation")
_OWN_LABELS = "let its predict give the labels that its fit was given, as self.classes_[numbers] does"
_CURES: tuple[tuple[str, Any, str], ...] = (
    ("probability", True, "probability: true"),
    ("loss", "log_loss", "loss: log_loss"),
)


class HasModel(Protocol):
    """A trial whose unfitted model follows from its parameters alone."""

    def model(self, parameters: Parameters, data: PreparedData) -> Pipeline:
        """The unfitted model of a trial with these drawn parameters."""


def impossible(
    trial: HasModel,
    space: SearchSpace,
    metrics: Sequence[tuple[str, str]],
    data: PreparedData,
    allows: Callable[[Parameters], bool],
) -> list[Problem]:
    """The problems with metrics, given as (path, name), and models that no draw of the space can give.

    Other failures with so few rows are ignored: a trial may do better. Fits are given ten seconds in all.
    """
    problems: list[Problem] = []
    toys = Toys(trial, data, list(some_draws(space, allows)))

    def check() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            problems.extend(toys.of_other_targets())
            problems.extend(toys.without_method(metrics))
            problems.extend([*toys.with_other_labels(), *toys.without_file()])

    thread = threading.Thread(target=check, daemon=True)
    thread.start()
    thread.join(_MOST_SECONDS)
    return list(problems)


class Toys:
    """The estimator of a trial, fitted on a few rows with the parameters of some draws."""

    def __init__(self, trial: HasModel, data: PreparedData, draws: Sequence[Parameters]) -> None:
        self._trial = trial
        self._data = data
        self._draws = draws
        self._fitted: dict[int, Pipeline | None] = {}

    def of_other_targets(self) -> list[Problem]:
        """The problem with a model that takes more or fewer targets than the data has, whatever is drawn."""
        problems = []
        for number in self._some:
            model = self._model(number)
            problem = None if model is None else targets_problem(model, *self._rows)
            if problem is None:
                return []
            problems.append(problem)
        return problems[:1]

    def without_method(self, metrics: Sequence[tuple[str, str]]) -> Iterator[Problem]:
        """The metrics that need a method which the estimator lacks for every draw, before a fit and after."""
        if not self._data.is_classification:
            return
        for path, name in metrics:
            kind = Metric(name).kind
            if any(has_method(kind, model) for model in self._unfitted):
                continue
            toy = self._toy(0)
            if toy is None or has_method(kind, toy):
                continue
            estimator = toy[-1]
            fault = f"{type(estimator).__name__} has no {needed_methods(kind)}, which {name} needs"
            yield Problem(path, f"{fault}: {_cure(estimator, kind)}name another metric")

    def with_other_labels(self) -> list[Problem]:
        """The problem with a classifier that predicts, say, numbers of its own instead of the classes."""
        toy = self._toy(0) if self._data.is_classification else None
        if toy is None:
            return []
        name = f"estimator {type(toy[-1]).__name__}"
        features, _ = self._rows
        try:
            answers = one_column(toy.predict(features), self._data)
            check_answers(toy, answers, len(features), self._data, "labels", name, cure=_OWN_LABELS)
        except AnswerError as error:
            return [Problem("trial.estimator", str(error))]
        except Exception:  # noqa: BLE001  so few rows may be the reason
            return []
        return []

    def without_file(self) -> list[Problem]:
        """The problem with a model that cannot be written to a file and read back, whatever is drawn."""
        reason = None
        for number in self._some:
            toy = self._toy(number)
            if toy is None:
                continue
            reason = _why_no_file(toy)
            if reason is None:
                return []
        return [Problem("trial.estimator", f"no trial could keep its model: {reason}")] if reason else []

    @property
    def _some(self) -> list[int]:
        """The numbers of a few draws that lie far apart."""
        last = len(self._draws) - 1
        return list(dict.fromkeys(round(last * step / (_MOST_FITS - 1)) for step in range(_MOST_FITS)))

    @cached_property
    def _unfitted(self) -> list[Any]:
        return [model for number in range(len(self._draws)) if (model := self._estimator(number)) is not None]

    def _estimator(self, number: int) -> Any:
        """The unfitted estimator of that draw, kept small; None if it cannot be made."""
        model = self._model(number)
        return None if model is None else model[-1]

    def _model(self, number: int) -> Pipeline | None:
        try:
            return _small(self._trial.model(self._draws[number], self._data))
        except Exception:  # noqa: BLE001  other checks report a parameter that the estimator refuses
            return None

    def _toy(self, number: int) -> Pipeline | None:
        if number not in self._fitted:
            self._fitted[number] = self._fit(number)
        return self._fitted[number]

    def _fit(self, number: int) -> Pipeline | None:
        model = self._model(number)
        try:
            return None if model is None else model.fit(*self._rows)
        except Exception:  # noqa: BLE001  so few rows may be the reason
            return None

    @cached_property
    def _rows(self) -> tuple[Any, NDArray[Any]]:
        target = load_target(self._data, "train")
        table = load_rows(self._data.folder, "train", few_rows(target, self._data.is_classification))
        return features_and_target(table, self._data)


def few_rows(target: NDArray[Any], is_classification: bool) -> NDArray[np.intp]:
    """The numbers of about fifty rows, ascending: the first ones of each class, or evenly spread ones."""
    if not is_classification:
        return np.unique(np.linspace(0, len(target) - 1, min(_MOST_ROWS, len(target))).astype(np.intp))
    _, codes, counts = np.unique(target, return_inverse=True, return_counts=True)
    n_each = max(_LEAST_OF_CLASS, _MOST_ROWS // len(counts))
    return np.sort(np.concatenate([np.flatnonzero(codes == code)[:n_each] for code in range(len(counts))]))


def some_draws(space: SearchSpace, allows: Callable[[Parameters], bool]) -> Iterator[Parameters]:
    """Draws with every option of every choice, and all combinations of options if there are not too many.

    An interval is represented by its middle: a number does not decide which methods a model has.
    """
    options = {
        dimension.path: [(index + 0.5) / n for index in range(n)]
        for dimension in dimensions(space)
        if (n := len(dimension.expression.draws))
    }
    n_all = math.prod(len(quantiles) for quantiles in options.values())
    points: Iterator[dict[str, float]]
    if n_all <= _MOST_DRAWS:
        points = (dict(zip(options, quantiles, strict=True)) for quantiles in product(*options.values()))
    else:
        single = ({path: quantile} for path, quantiles in options.items() for quantile in quantiles)
        points = islice(single, _MOST_DRAWS)
    drawn_keys, hidden = set(), branch_names(space)
    for point in points:
        parameters = realize(space, defaultdict(lambda: 0.5, point))
        key = configuration_key(parameters)
        if key not in drawn_keys and allows(parameters):
            drawn_keys.add(key)
            yield {name: value for name, value in parameters.items() if name not in hidden}


def _small(model: Pipeline) -> Pipeline:
    """The model with few iterations, in one process, and silent."""
    if isinstance(model[-1], Booster):
        model[-1].set_params(**{model[-1].rounds_name: _MOST_STEPS})
        return model
    parameters = model[-1].get_params()
    counters = {
        name: min(value, _MOST_STEPS)
        for name, value in parameters.items()
        if name.rpartition("__")[2] in _COUNTERS and _is_count(value)
    }
    quiet = {name: 0 for name in ("verbose", "verbosity") if name in parameters}
    if type(model[-1]).__module__.startswith("lightgbm."):
        quiet = {"verbose": -1}  # it prints by default, and does not list this parameter
    one_process = {name: None for name in parameters if name.rpartition("__")[2] == "n_jobs"}
    model[-1].set_params(**counters, **quiet, **one_process)
    return model


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > _MOST_STEPS


def _cure(estimator: Any, kind: Kind) -> str:
    """How another parameter would give the method; empty if none is known."""
    for name, value, setting in _CURES:
        if name not in estimator.get_params(deep=False):
            continue
        changed = type(estimator)(**{**estimator.get_params(deep=False), name: value})
        if has_method(kind, changed):
            return f"set {setting} in trial.parameters, or "
    return ""


def _why_no_file(model: Pipeline) -> str | None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.skops")
        try:
            save_model(model, path)
            load_model(path)
        except ModelError as error:
            return str(error).replace(f"'{path}'", "its file")
        except Exception:  # noqa: BLE001  a full disk, say
            return None
    return None
