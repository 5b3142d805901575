"""What is told of parameters that a booster cannot train with."""

import numpy as np
import pytest

from sweepflow.errors import TrialError
from sweepflow.training.boosters import Rows, Watch, booster_class
from sweepflow.training.boosters.names import CATBOOST, LIGHTGBM, XGBOOST

ROWS = np.random.default_rng(0).normal(size=(80, 3))
REGRESSORS = ["xgboost.XGBRegressor", "lightgbm.LGBMRegressor", "catboost.CatBoostRegressor"]


def fitted(path, watch=None, **parameters):
    booster = booster_class(path)(**{"n_estimators": 5, **parameters})
    target = ROWS[:, 0] > 0 if path.endswith("Classifier") else ROWS[:, 0]
    held_out = Rows(ROWS[40:], target[40:])
    return booster.fit(ROWS[:40], target[:40], held_out=held_out, watch=watch)


@pytest.mark.parametrize("path", REGRESSORS)
@pytest.mark.parametrize("rounds", ["ten", 2.5, -1, True])
def test_the_patience_is_a_number_of_rounds(path, rounds):
    with pytest.raises(TrialError, match="early_stopping_rounds must be a whole number of rounds, or null"):
        fitted(path, early_stopping_rounds=rounds)


@pytest.mark.parametrize(
    ("path", "parameters", "told"),
    [
        ("xgboost.XGBRegressor", {"objective": "nope"}, "xgboost: Unknown objective function: `nope`"),
        ("lightgbm.LGBMRegressor", {"objective": "nope"}, "lightgbm: Unknown objective type name: nope"),
        ("catboost.CatBoostRegressor", {"loss_function": "nope"}, "catboost: nope loss is not supported"),
        (
            "xgboost.XGBClassifier",
            {"eval_metric": "nope", "early_stopping_rounds": 2},
            "xgboost: Unknown metric",
        ),
        (
            "lightgbm.LGBMClassifier",
            {"metric": "nope", "early_stopping_rounds": 2},
            "metric must name metrics of",
        ),
    ],
)
def test_what_the_library_says_is_one_sentence_without_places_in_its_source(path, parameters, told):
    with pytest.raises(TrialError) as raised:
        fitted(path, **parameters)
    message = str(raised.value)
    assert message.startswith(told)
    assert len(message.splitlines()) == 1
    assert not any(word in message for word in (".cc:", ".cpp:", "Stack trace"))


@pytest.mark.parametrize("path", REGRESSORS)
def test_signs_of_columns_are_a_list_in_the_order_of_the_table(path):
    leaves = {"min_child_samples": 2} if path.startswith("lightgbm") else {}
    falling = fitted(path, monotone_constraints=[-1, 0, 0], n_estimators=30, **leaves)
    grid = np.column_stack([np.linspace(-2, 2, 50), np.zeros(50), np.zeros(50)])
    assert (np.diff(falling.predict(grid)) <= 1e-6).all()
    with pytest.raises(
        TrialError, match="must be a list, a number for each column in the order of the table"
    ):
        fitted(path, monotone_constraints={"x": 1})


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("xgboost.XGBRegressor", {"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.9]}),
        ("catboost.CatBoostRegressor", {"loss_function": "MultiQuantile:alpha=0.1,0.9"}),
    ],
)
def test_a_model_of_several_numbers_a_row_is_refused(path, parameters):
    with pytest.raises(TrialError, match="it predicts 2 numbers for a row, and may predict one"):
        fitted(path, **parameters).predict(ROWS)


def test_a_processor_that_takes_no_callbacks_cannot_report():
    with pytest.raises(TrialError, match="GPU reports nothing while it trains; leave"):
        fitted("catboost.CatBoostRegressor", watch=Watch(2, lambda *_: True), task_type="GPU")


@pytest.mark.parametrize(
    ("names", "name", "meant"),
    [
        (LIGHTGBM, "eval_metric", "metric"),
        (LIGHTGBM, "thread_count", "n_jobs"),
        (XGBOOST, "metric", "eval_metric"),
        (XGBOOST, "iterations", "n_estimators"),
        (CATBOOST, "metric", "eval_metric"),
        (CATBOOST, "n_jobs", "thread_count"),
    ],
)
def test_the_name_of_another_library_is_told_and_never_taken_for_nothing(names, name, meant):
    listed = ["n_estimators", "eval_metric", "n_jobs"] if names is XGBOOST else ["n_estimators", "n_jobs"]
    listed = ["eval_metric", "iterations"] if names is CATBOOST else listed
    for is_trusted in (True, False):
        assert f"did you mean '{meant}'?" in names.refusal(name, "p", listed, is_trusted=is_trusted)
