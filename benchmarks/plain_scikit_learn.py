"""What somebody writes with scikit-learn alone: estimators with their defaults, and its random search."""

from typing import Any

import pandas as pd
from scipy.stats import loguniform, randint, uniform
from sklearn import ensemble, linear_model
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

_TEXT = ["object", "string", "category", "bool"]
_MOST_NATIVE = 255
"""The most categories of a column that HistGradientBoosting takes."""


def defaults(features: pd.DataFrame, *, is_classification: bool) -> dict[str, Any]:
    """The models with their defaults, unfitted, by name."""
    kind = "Classifier" if is_classification else "Regressor"
    forest = getattr(ensemble, f"RandomForest{kind}")(random_state=0)
    linear = linear_model.LogisticRegression() if is_classification else linear_model.Ridge()
    return {
        "hist gradient boosting": _boosting(features, kind),
        "random forest": make_pipeline(_one_hot(is_scaled=False), forest),
        "linear": make_pipeline(_one_hot(is_scaled=True), linear),
    }


def random_search(
    features: pd.DataFrame, *, is_classification: bool, n_trials: int, scoring: str
) -> RandomizedSearchCV:
    """HistGradientBoosting over a usual space, each of so many configurations on five folds."""
    model = _boosting(features, "Classifier" if is_classification else "Regressor")
    name = model.steps[-1][0]
    space = {
        "learning_rate": loguniform(0.01, 0.3),
        "max_iter": randint(50, 500),
        "max_leaf_nodes": randint(7, 64),
        "min_samples_leaf": randint(5, 50),
        "l2_regularization": loguniform(0.001, 10),
        "max_features": uniform(0.3, 0.7),
    }
    space = {f"{name}__{parameter}": values for parameter, values in space.items()}
    return RandomizedSearchCV(model, space, n_iter=n_trials, scoring=scoring, cv=5, random_state=0)


def _boosting(features: pd.DataFrame, kind: str) -> Any:
    native = [
        name
        for name in features.select_dtypes(include=_TEXT).columns
        if features[name].nunique() < _MOST_NATIVE
    ]
    others = list(features.select_dtypes(exclude=_TEXT).columns)
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=float("nan"))
    columns = make_column_transformer((codes, native), ("passthrough", others))
    is_category = [True] * len(native) + [False] * len(others)
    boosting = getattr(ensemble, f"HistGradientBoosting{kind}")
    return make_pipeline(columns, boosting(categorical_features=is_category, random_state=0))


def _one_hot(*, is_scaled: bool) -> Any:
    numbers = make_pipeline(SimpleImputer(strategy="median"), *([StandardScaler()] if is_scaled else []))
    return make_column_transformer(
        (numbers, make_column_selector(dtype_exclude=_TEXT)),
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_include=_TEXT)),
    )
