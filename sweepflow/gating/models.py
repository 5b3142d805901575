"""The gate between two fitted models, on the test rows of prepared data."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor

from sweepflow.data.prepared import PreparedData, features_and_target, load_part
from sweepflow.errors import SweepflowError, in_one_line
from sweepflow.gating.decision import GateDecision, GateError, metric_named
from sweepflow.gating.paired import gate
from sweepflow.metrics.answers import for_metric
from sweepflow.metrics.predictions import Predictions


def gate_models(
    champion: Any | None,
    challenger: Any,
    data: PreparedData,
    *,
    metric: str,
    min_improvement: float = 0.0,
    confidence: float = 0.95,
    seed: int = 0,
) -> GateDecision:
    """Whether to promote the challenger, by `gate` on the test rows; both take the data's raw columns.

    With no champion yet, the challenger has to beat a baseline that knows only the target's distribution.
    The comparison is fair if neither model was fitted on the test rows: a champion of another sweep was not,
    if that sweep split the same data by the same seed.
    """
    data = _seen_by(metric, data)
    features, target = features_and_target(load_part(data.folder, "test"), data)
    rivals = {"champion": _baseline(data) if champion is None else champion, "challenger": challenger}
    before, after = (_told(model, features, data, metric, name) for name, model in rivals.items())
    truth = encoded(target, data)
    bar = {"min_improvement": min_improvement, "confidence": confidence}
    return gate(truth, before, after, metric=metric, seed=seed, labels=classes_of(data), **bar)


def _seen_by(metric: str, data: PreparedData) -> PreparedData:
    try:
        return for_metric(data, metric_named(metric))
    except ValueError as error:
        raise GateError(f"{metric} cannot compare the models: {error}") from error


def _told(model: Any, features: pd.DataFrame, data: PreparedData, metric: str, name: str) -> NDArray[Any]:
    try:
        return predictions(model, features, data, metric=metric, name=name)
    except SweepflowError:
        raise
    except Exception as error:  # a model may raise anything, of columns that are gone for example
        reason = in_one_line(error)
        raise GateError(f"the {name} cannot predict the test rows: {reason}") from error


def _baseline(data: PreparedData) -> Any:
    """A model fitted on the training rows that does not look at the features."""
    features, target = features_and_target(load_part(data.folder, "train"), data)
    model = DummyClassifier(strategy="prior") if data.is_classification else DummyRegressor()
    return model.fit(np.zeros((len(features), 1)), target)


def encoded(target: NDArray[Any], data: PreparedData) -> NDArray[Any]:
    """The true values as `predictions` gives a model's."""
    return Predictions(None, None, data).encode(target)


def classes_of(data: PreparedData) -> NDArray[Any] | None:
    """What the columns of `predictions` are for, ascending; None for a target of numbers."""
    return Predictions(None, None, data).classes_ if data.is_classification else None


def predictions(
    model: Any, features: pd.DataFrame, data: PreparedData, *, metric: str, name: str = "model"
) -> NDArray[Any]:
    """What the metric takes of the model: as a scorer would ask, decisions before probabilities.

    GateError, which calls the model by `name`, if it gives no such thing, or has learned words where the
    data has none; AnswerError if its answers are not in the target's labels.
    """
    _check_words(model, data, name)
    answer, kind = Predictions(model, features, data), metric_named(metric).kind
    method = answer.method_for(kind)
    if method is None:
        wanted = "predict_proba" if kind == "probabilities" else "decision_function or predict_proba"
        raise GateError(f"the {name}, a {type(model).__qualname__}, has no {wanted}")
    answer.check(kind, name)
    return np.asarray(getattr(answer, method)(np.arange(len(features))))


def _check_words(model: Any, data: PreparedData, name: str) -> None:
    """GateError if a column was one of words for the model of another sweep, and is not in these rows.

    Its words are numbers here; the model would take each for a word that it has never seen.
    """
    preprocess = getattr(model, "named_steps", {}).get("preprocess")
    words = {
        column
        for kind, _, columns in getattr(preprocess, "transformers_", ())
        for column in columns
        if kind == "categorical"
    }
    if changed := sorted(words & {*data.date, *data.time, *data.number_formats}):
        told = f"the {name} has learned column {changed[0]!r} as categories"
        raise GateError(f"{told}, and the data holds dates, times or numbers there: train it again")
