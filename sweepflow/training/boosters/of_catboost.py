"""Boosters of CatBoost."""

import inspect
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.base import ClassifierMixin, RegressorMixin, is_classifier

from sweepflow.base.tables import is_table
from sweepflow.errors import TrialError
from sweepflow.training.boosters.booster import Booster, Classifies, Fitted
from sweepflow.training.boosters.names import CATBOOST
from sweepflow.training.boosters.threads import n_threads
from sweepflow.training.boosters.watch import Rows, Watcher

_EXPONENTIAL = ("Poisson", "Tweedie")
_WITH_VARIANCE = ("RMSEWithUncertainty",)
_RATES = ("learning_rate", "eta")
_SHRINKING = ("model_shrink_rate", "langevin", "posterior_sampling")
_MISSING = "<missing>"
"""The category that stands for a missing one, which CatBoost does not take."""


class CatBoost(Booster):
    """What the boosters of CatBoost share."""

    names = CATBOOST

    @classmethod
    def defaults(cls) -> Mapping[str, Any]:
        """The parameters that the library shows, with their defaults."""
        return _defaults(cls.__name__)

    def _train(self, parameters: dict[str, Any], rows: Rows, watcher: Watcher) -> Fitted:
        # The library chooses its learning rate by the number of rounds that were asked for, and by whether
        # it keeps the best one.
        asked = {"allow_writing_files": False, **parameters, "iterations": self.n_rounds}
        metric = None
        if watcher.is_needed:
            metric = _Metric(self._metric(parameters), watcher)
            asked |= {"eval_metric": metric, "best_model_min_trees": self.n_rounds}
        if isinstance(weights := asked.get("class_weights"), Mapping):  # a list alone is by number
            asked["class_weights"] = [weights.get(label, 1.0) for label in self._labels_by_number]
        callbacks: list[Any] | None = [_Callback(watcher, metric, self._from_raw)]
        if parameters.get("task_type") == "GPU":  # takes no callbacks
            if watcher.is_needed:
                raise TrialError("task_type: GPU reports nothing while it trains; leave trial.iterations out")
            asked["iterations"], callbacks = watcher.n_rounds, None
        model = _own(type(self).__name__)(**asked)
        held_out = watcher.held_out if watcher.is_needed or watcher.stops_early else None
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Failed to import numba")
            model.fit(
                _pool(*rows),
                eval_set=None if held_out is None else _pool(*held_out),
                use_best_model=None if watcher.stops_early else False,
                callbacks=callbacks,
            )
        if not any(self.parameters.get(name) for name in _RATES):
            self.learning_rate_ = float(model.get_all_params()["learning_rate"])
        n_trained = model.tree_count_
        is_best_kept = watcher.stops_early and watcher.is_needed and parameters.get("use_best_model", True)
        return Fitted(model, n_trained, model.get_best_iteration() + 1 if is_best_kept else n_trained)

    def _metric(self, parameters: Mapping[str, Any]) -> str:
        """What the library stops early by."""
        given = (parameters.get(name) for name in ("eval_metric", "loss_function", "objective"))
        usual = "RMSE"
        if is_classifier(self):
            usual = "Logloss" if len(self.classes_) == 2 else "MultiClass"
        return next((name for name in given if name), usual)

    def _from_raw(self, raw: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """The answers for raw values, which come column by column."""
        loss = str(self.parameters.get("loss_function") or self.parameters.get("objective")).split(":")[0]
        if not is_classifier(self):
            if len(raw) > 1 and loss not in _WITH_VARIANCE:
                return np.column_stack(raw)
            return np.exp(raw[0]) if loss in _EXPONENTIAL else raw[0]
        if len(raw) == 1:
            return np.asarray(expit(raw[0]))
        values = np.column_stack(raw)
        return np.asarray(expit(values) if loss == "MultiClassOneVsAll" else softmax(values, axis=1))

    def _output(self, model: Any, features: Any) -> NDArray[Any]:
        pool = _pool(features)
        raw = model.predict(pool, prediction_type="RawFormulaVal", thread_count=n_threads())
        return self._from_raw([*np.reshape(raw, (len(raw), -1)).T])

    def _cut(self, model: Any, n_rounds: int) -> Any:
        if any(self.parameters.get(name) for name in _SHRINKING):
            return None  # later rounds change the earlier ones
        if self.parameters.get("grow_policy") not in (None, "SymmetricTree"):
            return None  # the library cannot
        cut = self._read(self._written(model))
        cut.shrink(n_rounds)
        return cut

    def _written(self, model: Any) -> bytes:
        return bytes(model._serialize_model())

    def _read(self, content: bytes) -> Any:
        import catboost

        return catboost.CatBoost().load_model(blob=content)


class CatBoostClassifier(Classifies, ClassifierMixin, CatBoost):  # type: ignore[misc]
    """CatBoost's classifier."""


class CatBoostRegressor(RegressorMixin, CatBoost):  # type: ignore[misc]
    """CatBoost's regressor."""


class _Metric:
    """The metric that the library stops early by, which keeps what the model says of the held-out rows.

    CatBoost shows that to a metric alone.
    """

    def __init__(self, name: str, watcher: Watcher) -> None:
        self._name = name
        self._watcher = watcher
        self._target = _single(watcher.held_out.target if watcher.held_out else ())
        self.raw: list[NDArray[Any]] = []

    def __deepcopy__(self, _: Any) -> Self:
        return self  # the library copies its parameters

    def is_max_optimal(self) -> bool:
        from catboost.core import is_maximizable_metric

        return bool(is_maximizable_metric(self._name))

    def get_final_error(self, error: float, _: float) -> float:
        return error

    def evaluate(
        self, approxes: Sequence[NDArray[Any]], target: NDArray[Any], weight: NDArray[Any] | None
    ) -> tuple[float, float]:
        if not np.array_equal(_single(target), self._target):
            return 0.0, 1.0  # these are the training rows
        self.raw = [np.array(column) for column in approxes]
        if not self._watcher.stops_early:
            return 0.0, 1.0
        from catboost.utils import eval_metric

        raw = np.column_stack(self.raw) if len(self.raw) > 1 else self.raw[0]
        values = eval_metric(np.asarray(target), raw, self._name, weight=weight, thread_count=n_threads())
        return values[0], 1.0


class _Callback:
    def __init__(self, watcher: Watcher, metric: _Metric | None, from_raw: Any) -> None:
        self._watcher = watcher
        self._metric = metric
        self._from_raw = from_raw

    def after_iteration(self, information: Any) -> bool:
        metric, n_rounds = self._metric, information.iteration
        if metric is not None and not self._watcher.goes_on(n_rounds, lambda: self._from_raw(metric.raw)):
            return False
        return bool(n_rounds < self._watcher.n_rounds)


def _single(target: Any) -> NDArray[np.float32]:
    """A target as the library keeps it."""
    return np.asarray(target, dtype=np.float32)


def _pool(features: Any, target: Any = None, weight: Any = None) -> Any:
    import catboost

    if not is_table(features):
        return catboost.Pool(features, label=target, weight=weight)
    import pandas as pd

    categories = [name for name in features if isinstance(features[name].dtype, pd.CategoricalDtype)]
    texts = {
        name: features[name].astype(object).where(features[name].notna(), _MISSING) for name in categories
    }
    table = features.assign(**{str(name): text.astype(str) for name, text in texts.items()})
    return catboost.Pool(table, label=target, weight=weight, cat_features=categories)


def _own(name: str) -> Any:
    import catboost

    return getattr(catboost, name)


@cache
def _defaults(name: str) -> Mapping[str, Any]:
    shown = inspect.signature(_own(name).__init__).parameters
    names = [each for each in shown if each not in {"self", *CATBOOST.rounds}]
    return {"iterations": CATBOOST.default_rounds, **dict.fromkeys(names)}
