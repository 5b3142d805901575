"""What of the boosting libraries is no booster, and what is told to use."""

import re

import numpy as np
import pytest
import xgboost
import yaml

from sweepflow.errors import TrialError
from sweepflow.training.boosters import booster_class

RANKERS = [
    "lightgbm.LGBMRanker",
    "xgboost.XGBRanker",
    "catboost.CatBoostRanker",
    "lightgbm.sklearn.LGBMRanker",
]


@pytest.mark.parametrize("path", RANKERS)
def test_a_ranker_is_trained_in_a_function(path):
    with pytest.raises(TrialError, match="which no trial here does; train it in a function"):
        booster_class(path)


@pytest.mark.parametrize("kind", ["Classifier", "Regressor"])
def test_a_forest_of_xgboost_is_the_booster_with_the_parameters_that_are_told(kind):
    with pytest.raises(TrialError, match=f"use xgboost.XGB{kind} with parameters") as raised:
        booster_class(f"xgboost.XGBRF{kind}")
    parameters = yaml.safe_load(re.search(r"\{.*\}", str(raised.value)).group())
    rows = np.random.default_rng(0).normal(size=(200, 4))
    target = rows[:, 0] > 0 if kind == "Classifier" else rows[:, 0]
    forest = getattr(xgboost, f"XGBRF{kind}")(n_estimators=100, random_state=0).fit(rows, target)
    booster = booster_class(f"xgboost.XGB{kind}")(**parameters, random_state=0).fit(rows, target)
    answers = [getattr(each, "predict_proba", each.predict)(rows) for each in (forest, booster)]
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-6)


@pytest.mark.parametrize("name", ["CatBoost", "Pool"])
def test_what_neither_classifies_nor_regresses_gets_both_that_do(name):
    both = "did you mean catboost.CatBoostClassifier or catboost.CatBoostRegressor"
    with pytest.raises(TrialError, match=both):
        booster_class(f"catboost.{name}")
