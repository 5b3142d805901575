"""Boosters of LightGBM."""

import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin

from sweepflow.base.printable import brief
from sweepflow.errors import TrialError
from sweepflow.training.boosters.booster import Booster, Classifies, Fitted
from sweepflow.training.boosters.names import LIGHTGBM
from sweepflow.training.boosters.threads import n_threads
from sweepflow.training.boosters.watch import Rows, Watcher

_BEFORE_EARLY_STOPPING = 25
_NO_METRIC = "at least one dataset and eval metric"
_KINDS_OF_BOOSTING = ("boosting_type", "boosting", "boost")


class LightGBM(Booster):
    """What the boosters of LightGBM share."""

    names = LIGHTGBM

    @classmethod
    def defaults(cls) -> Mapping[str, Any]:
        """The parameters that the library shows, with their defaults."""
        return _defaults(cls.__name__)

    def _train(self, parameters: dict[str, Any], rows: Rows, watcher: Watcher) -> Fitted:
        _check_words(parameters)
        model = _own(type(self).__name__)(**parameters, n_estimators=watcher.n_rounds)
        if not watcher.stops_early:
            model.set_params(metric="None")
        with warnings.catch_warnings():  # older versions know no other name for it
            warnings.filterwarnings("ignore", message="The argument 'eval_set' is deprecated")
            try:
                model.fit(rows.features, rows.target, sample_weight=rows.weight, **_watched(watcher))
            except ValueError as error:
                if _NO_METRIC not in str(error):
                    raise
                raise TrialError(
                    "metric must name metrics of LightGBM, such as auc, to stop early"
                ) from error
        booster = model.booster_
        n_trained = booster.current_iteration()
        n_best = booster.best_iteration if watcher.stops_early else 0
        return Fitted(booster, n_trained, n_best if n_best > 0 else n_trained)

    def _output(self, model: Any, features: Any) -> NDArray[Any]:
        n_all = model.current_iteration()  # and not the best one alone
        return np.asarray(model.predict(features, num_iteration=n_all, num_threads=n_threads()))

    def _cut(self, model: Any, n_rounds: int) -> Any:
        if any(self.parameters.get(name) == "dart" for name in _KINDS_OF_BOOSTING):
            return None  # its later rounds change the earlier ones
        return self._read(model.model_to_string(num_iteration=n_rounds).encode())

    def _written(self, model: Any) -> bytes:
        text: str = model.model_to_string(num_iteration=model.current_iteration())
        return text.encode()

    def _read(self, content: bytes) -> Any:
        import lightgbm

        return lightgbm.Booster(model_str=content.decode())


class LGBMClassifier(Classifies, ClassifierMixin, LightGBM):  # type: ignore[misc]
    """LightGBM's classifier."""


class LGBMRegressor(RegressorMixin, LightGBM):  # type: ignore[misc]
    """LightGBM's regressor."""


def _check_words(parameters: Mapping[str, Any]) -> None:
    """Refuse text of several words: the library would take the next `name=value` in it for a parameter."""
    for name, value in parameters.items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and any(sign.isspace() or sign == "=" for sign in text):
                raise TrialError(f"{name} must be one word, got {brief(text)}")


def _watched(watcher: Watcher) -> dict[str, Any]:
    """The held-out rows, if the library is watched on them or stops early by them."""
    if watcher.held_out is None or not (watcher.is_needed or watcher.stops_early):
        return {}
    features, target, weight = watcher.held_out
    weights = {} if weight is None else {"eval_sample_weight": [weight]}
    return {"eval_set": [(features, target)], "callbacks": [_callback(watcher)], **weights}


def _callback(watcher: Watcher) -> Any:
    from lightgbm.callback import EarlyStopException

    def report(environment: Any) -> None:
        n_rounds = environment.iteration + 1
        if not watcher.goes_on(n_rounds, lambda: _held_out_output(environment.model)):
            raise EarlyStopException(environment.iteration, environment.evaluation_result_list)

    report.order = _BEFORE_EARLY_STOPPING  # type: ignore[attr-defined]
    return report


def _held_out_output(model: Any) -> NDArray[Any]:
    """What the library has computed for the held-out rows, as it gives it to a metric of one's own."""
    outputs = []

    def take(output: NDArray[Any], _: Any) -> list[Any]:
        outputs.append(np.array(output))
        return []

    model.eval_valid(feval=take)
    return outputs[0]


def _own(name: str) -> Any:
    import lightgbm

    return getattr(lightgbm, name)


@cache
def _defaults(name: str) -> Mapping[str, Any]:
    return dict(_own(name)().get_params())
