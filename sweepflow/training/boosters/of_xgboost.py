"""Boosters of XGBoost."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin, is_classifier

from sweepflow.base.tables import is_table
from sweepflow.training.boosters.booster import Booster, Classifies, Fitted
from sweepflow.training.boosters.names import XGBOOST
from sweepflow.training.boosters.threads import n_threads
from sweepflow.training.boosters.watch import Rows, Watcher


class XGBoost(Booster):
    """What the boosters of XGBoost share."""

    names = XGBOOST

    @classmethod
    def defaults(cls) -> Mapping[str, Any]:
        """The parameters that the library shows, with their defaults."""
        return _defaults(cls.__name__)

    @property
    def categorical_features(self) -> str | None:
        """None for the ways of training that know no categories."""
        is_without = (
            self.parameters.get("booster") == "gblinear" or self.parameters.get("tree_method") == "exact"
        )
        return None if is_without else super().categorical_features

    def _train(self, parameters: dict[str, Any], rows: Rows, watcher: Watcher) -> Fitted:
        callbacks = [self._callback(watcher)] if watcher.is_needed else None
        own = _own(type(self).__name__)
        usual = {"enable_categorical": self.categorical_features is not None}
        if isinstance(signs := parameters.get("monotone_constraints"), list):
            parameters["monotone_constraints"] = tuple(signs)
        model = own(**{**usual, **parameters}, n_estimators=watcher.n_rounds)
        model.set_params(callbacks=callbacks)
        model.fit(rows.features, rows.target, sample_weight=rows.weight, verbose=False, **_evaluated(watcher))
        booster = model.get_booster()
        n_trained = booster.num_boosted_rounds()
        return Fitted(booster, n_trained, booster.best_iteration + 1 if watcher.stops_early else n_trained)

    def _callback(self, watcher: Watcher) -> Any:
        import xgboost

        predict, table = self._predict, _matrix(watcher.held_out.features)  # type: ignore[union-attr]

        class Report(xgboost.callback.TrainingCallback):
            def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002
                return not watcher.goes_on(epoch + 1, lambda: predict(model, table))

        return Report()

    def _output(self, model: Any, features: Any) -> NDArray[Any]:
        return self._predict(model, _matrix(features))

    def _predict(self, model: Any, table: Any) -> NDArray[Any]:
        objective = self.parameters.get("objective")
        if objective == "multi:softmax" and is_classifier(self):  # it would give no probabilities
            from scipy.special import softmax

            return np.asarray(softmax(model.predict(table, output_margin=True), axis=1))
        output = np.asarray(model.predict(table))
        return 1 / (1 + np.exp(-output)) if objective == "binary:logitraw" else output

    def _cut(self, model: Any, n_rounds: int) -> Any:
        is_of_trees = self.parameters.get("booster") in (None, "gbtree")
        return model[:n_rounds] if is_of_trees else None  # later rounds of dart change the earlier ones

    def _written(self, model: Any) -> bytes:
        return bytes(model.save_raw("ubj"))

    def _read(self, content: bytes) -> Any:
        import xgboost

        booster = xgboost.Booster({"nthread": n_threads()})
        booster.load_model(bytearray(content))
        return booster


class XGBClassifier(Classifies, ClassifierMixin, XGBoost):  # type: ignore[misc]
    """XGBoost's classifier."""


class XGBRegressor(RegressorMixin, XGBoost):  # type: ignore[misc]
    """XGBoost's regressor."""


def _evaluated(watcher: Watcher) -> dict[str, Any]:
    """What the library stops early by, if it may do so."""
    if not watcher.stops_early or watcher.held_out is None:
        return {}
    features, target, weight = watcher.held_out
    weights = {} if weight is None else {"sample_weight_eval_set": [weight]}
    return {"eval_set": [(features, target)], **weights}


def _matrix(features: Any) -> Any:
    import xgboost

    return xgboost.DMatrix(features, enable_categorical=is_table(features), nthread=n_threads())


def _own(name: str) -> Any:
    import xgboost

    return getattr(xgboost, name)


@cache
def _defaults(name: str) -> Mapping[str, Any]:
    shown = _own(name)().get_params()
    return {**shown, "n_estimators": XGBOOST.default_rounds}
