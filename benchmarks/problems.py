"""Seven problems to search: four functions with a known optimum, and three models on real data.

The value of a problem is a function of its parameters, and is computed only once for each set of them.
"""

import math
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from pydantic import TypeAdapter
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.model_selection import StratifiedKFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVC

from sweepflow.space.search_space import SearchSpace
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters, configuration_key


class Problem:
    """A search space, and the value of each set of its parameters."""

    def __init__(self, goal: str, space: dict[str, Any], function: Callable[[Parameters], float]) -> None:
        self.space: SearchSpace = TypeAdapter(SearchSpace).validate_python(space)
        self.objective = Objective(primary_metric="value", goal=goal)
        self._function = function
        self._values: dict[str, float] = {}

    def value(self, parameters: Parameters) -> float:
        key = configuration_key(parameters)
        if key not in self._values:
            self._values[key] = self._function(parameters)
        return self._values[key]


def uniform(low: float, high: float) -> dict[str, Any]:
    return {"type": "uniform", "min_value": low, "max_value": high}


def whole(low: int, high: int) -> dict[str, Any]:
    return {"type": "quniform", "min_value": low, "max_value": high, "q": 1}


def log(low: float, high: float) -> dict[str, Any]:
    return {"type": "loguniform", "min_value": low, "max_value": high}


def choice(*values: Any) -> dict[str, Any]:
    return {"type": "choice", "values": list(values)}


def box(n: int, low: float, high: float) -> dict[str, Any]:
    return {f"x{i}": uniform(low, high) for i in range(n)}


def branin(p: Parameters) -> float:
    """The optimum is 0.397887."""
    x, y = p["x"], p["y"]
    b, c, t = 5.1 / (4 * math.pi**2), 5 / math.pi, 1 / (8 * math.pi)
    return (y - b * x * x + c * x - 6) ** 2 + 10 * (1 - t) * math.cos(x) + 10


def rosenbrock(p: Parameters) -> float:
    """The optimum is 0, at the end of a narrow curved valley."""
    x = np.array(list(p.values()))
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def ackley(p: Parameters) -> float:
    """The optimum is 0, among many local optima."""
    x = np.array(list(p.values()))
    hills = np.exp(np.mean(np.cos(2 * math.pi * x)))
    return float(-20 * np.exp(-0.2 * np.sqrt(np.mean(x * x))) - hills + 20 + math.e)


HEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
SHAPES = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
CENTRES = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann(p: Parameters) -> float:
    """The optimum is -3.32237; a second optimum is -3.2032."""
    x = np.array(list(p.values()))
    return -float(HEIGHTS @ np.exp(-np.sum(SHAPES * (x - CENTRES) ** 2, axis=1)))


@cache
def halves(load: Callable[..., Any], is_stratified: bool) -> list[Any]:
    features, target = load(return_X_y=True)
    stratify = target if is_stratified else None
    return train_test_split(features, target, test_size=0.5, random_state=0, stratify=stratify)


def svc(p: Parameters) -> float:
    """The accuracy on 600 digits of the second half, trained on 300 of the first."""
    train, validation, train_target, validation_target = halves(load_digits, is_stratified=True)
    model = SVC(**p).fit(train[:300], train_target[:300])
    return float(model.score(validation[:600], validation_target[:600]))


def boosting(p: Parameters) -> float:
    """R squared on the second half of the table, trained on the first."""
    train, validation, train_target, validation_target = halves(load_diabetes, is_stratified=False)
    model = GradientBoostingRegressor(random_state=0, **p).fit(train, train_target)
    return float(model.score(validation, validation_target))


@cache
def cancer() -> tuple[Any, Any]:
    return load_breast_cancer(return_X_y=True)


SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler}


def pipeline(p: Parameters) -> float:
    """The area under the ROC curve, the mean over three folds."""
    steps = [] if p["scaler"] is None else [SCALERS[p["scaler"]]()]
    steps += [PCA(p["components"], random_state=0)] if p["pca"] else []
    classifier = SVC(kernel=p["kernel"], C=p["C"], gamma=p["gamma"], class_weight=p["weight"], max_iter=3000)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = cross_val_score(make_pipeline(*steps, classifier), *cancer(), cv=folds, scoring="roc_auc")
    return float(scores.mean())


BOOSTING = {
    "learning_rate": log(-5, 0),
    "n_estimators": whole(5, 60),
    "max_depth": whole(1, 4),
    "min_samples_leaf": whole(1, 30),
    "subsample": uniform(0.4, 1.0),
    "max_features": uniform(0.1, 1.0),
}
PIPELINE = {
    "scaler": choice("standard", "minmax", "robust", None),
    "pca": choice(True, False),
    "components": whole(2, 20),
    "kernel": choice("linear", "poly", "rbf", "sigmoid"),
    "C": log(-7, 7),
    "gamma": log(-10, 2),
    "weight": choice(None, "balanced"),
}
PROBLEMS = {
    "branin": Problem("minimize", {"x": uniform(-5, 10), "y": uniform(0, 15)}, branin),
    "hartmann-6": Problem("minimize", box(6, 0, 1), hartmann),
    "rosenbrock-4": Problem("minimize", box(4, -5, 10), rosenbrock),
    "ackley-5": Problem("minimize", box(5, -20, 30), ackley),
    "svc-digits": Problem("maximize", {"C": log(-7, 7), "gamma": log(-14, 0)}, svc),
    "boosting-diabetes": Problem("maximize", BOOSTING, boosting),
    "pipeline-cancer": Problem("maximize", PIPELINE, pipeline),
}
