"""The gate between two fitted models, on the test rows of prepared data."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor

from sweepflow.data.prepared import Part, PreparedData, features_and_target, load_part, load_roles
from sweepflow.errors import SweepflowError, in_one_line
from sweepflow.gating.bootstrap import gate
from sweepflow.gating.decision import GateDecision, GateError, metric_named
from sweepflow.metrics.compatibility import data_for_metric
from sweepflow.metrics.predictions import Predictions
from sweepflow.metrics.scorers import Goal


def gate_models(
    champion: Any | None,
    challenger: Any,
    data: PreparedData,
    *,
    metric: str,
    part: Part = "test",
    min_improvement: float = 0.0,
    confidence: float = 0.95,
    seed: int = 0,
    goal: Goal | None = None,
) -> GateDecision:
    """Whether to promote the challenger, by `gate` on the rows of a part; both take the data's raw columns.

    With no champion yet, the challenger has to beat a baseline that knows only the target's distribution.
    The comparison is fair if neither model was fitted on these rows; the champion of another sweep was
    not if that sweep split the same data by the same seed.
    """
    data = _data_for(metric, data)
    features, target = features_and_target(load_part(data.folder, part), data)
    rivals = {"champion": _baseline(data) if champion is None else champion, "challenger": challenger}
    before, after = (_predict(model, features, data, metric, name) for name, model in rivals.items())
    truth = encoded(target, data)
    bar: dict[str, Any] = {"goal": goal, "min_improvement": min_improvement, "confidence": confidence}
    roles = load_roles(data, part)._asdict()
    return gate(truth, before, after, metric=metric, seed=seed, labels=classes_of(data), **bar, **roles)


def _data_for(metric: str, data: PreparedData) -> PreparedData:
    try:
        return data_for_metric(data, metric_named(metric))
    except ValueError as error:
        raise GateError(f"{metric} cannot compare the models: {error}") from error


def _predict(model: Any, features: pd.DataFrame, data: PreparedData, metric: str, name: str) -> NDArray[Any]:
    try:
        return predictions(model, features, data, metric=metric, name=name)
    except SweepflowError:
        raise
    except Exception as error:  # a model may raise anything
        reason = _why_not_predicted(error, model, features, data)
        raise GateError(f"the {name} cannot predict the test rows: {reason}") from error


def _why_not_predicted(error: Exception, model: Any, features: pd.DataFrame, data: PreparedData) -> str:
    """Why, and what to do where a column that the model has learned from is no feature now."""
    learned = map(str, getattr(model, "feature_names_in_", ()))
    gone = next((column for column in learned if column not in features), None)
    if gone is None:
        return in_one_line(error)
    roles = [f"in data.{role}, " for role, names in data.roles.by_role.items() if gone in names]
    cure = "`sweepflow promote` makes the new model the champion without a comparison"
    return f"it has learned from column {gone!r}, which is {''.join(roles)}no feature now; {cure}"


def _baseline(data: PreparedData) -> Any:
    """A model fitted on the training rows that does not look at the features."""
    features, target = features_and_target(load_part(data.folder, "train"), data)
    model = DummyClassifier(strategy="prior") if data.is_classification else DummyRegressor()
    weights = load_roles(data, "train").fit_parameters
    return model.fit(np.zeros((len(features), 1)), target, **weights)


def encoded(target: NDArray[Any], data: PreparedData) -> NDArray[Any]:
    """The true values, encoded as `predictions` encodes those of a model."""
    return Predictions(None, None, data).encode(target)


def classes_of(data: PreparedData) -> NDArray[Any] | None:
    """The classes that the columns of `predictions` stand for, ascending; None for a target of numbers."""
    return Predictions(None, None, data).classes_ if data.is_classification else None


def predictions(
    model: Any, features: pd.DataFrame, data: PreparedData, *, metric: str, name: str = "model"
) -> NDArray[Any]:
    """The model's predictions in the form that the metric takes.

    Like scikit-learn's scorers, a metric of scores takes `decision_function` before `predict_proba`. Raises
    GateError, which calls the model by `name`, if the model has no such method, or has learned a column as
    categories that the data holds as dates, times or numbers; AnswerError if it does not predict in the
    target's labels.
    """
    _check_categories(model, data, name)
    answers, kind = Predictions(model, features, data), metric_named(metric).kind
    method = answers.method_for(kind)
    if method is None:
        methods = "predict_proba" if kind == "probabilities" else "decision_function or predict_proba"
        raise GateError(f"the {name}, a {type(model).__qualname__}, has no {methods}")
    answers.check(kind, name)
    return np.asarray(getattr(answers, method)(np.arange(len(features))))


def _check_categories(model: Any, data: PreparedData, name: str) -> None:
    """Raise GateError if the model has learned a column as categories that holds no categories here.

    Such a column holds numbers here, and the model would take each of them for an unknown category.
    """
    preprocess = getattr(model, "named_steps", {}).get("preprocess")
    categorical = {
        column
        for kind, _, columns in getattr(preprocess, "transformers_", ())
        for column in columns
        if kind == "categorical"
    }
    if changed := sorted(categorical & {*data.date, *data.time, *data.number_formats}):
        problem = f"the {name} has learned column {changed[0]!r} as categories"
        raise GateError(f"{problem}, and the data holds dates, times or numbers there: train it again")
