"""A booster inside of another estimator: what a spec may set of it is what it may set of one by itself."""

import pytest

from sweepflow.training import EstimatorTrial

CATBOOST, LIGHTGBM = "catboost.CatBoostRegressor", "lightgbm.LGBMRegressor"


def problems(path, parameters=None, drawn=(), **others):
    inner = {"estimator": path, "parameters": parameters or {}}
    trial = EstimatorTrial(
        estimator="sklearn.multioutput.MultiOutputRegressor", parameters={"estimator": inner, **others}
    )
    return [(each.path, each.message) for each in trial.check(frozenset(drawn), is_trusted=False)]


@pytest.mark.parametrize(
    ("path", "name"), [(CATBOOST, "train_dir"), (CATBOOST, "save_snapshot"), (LIGHTGBM, "input_model")]
)
def test_a_parameter_that_may_name_a_file_is_refused_wherever_it_stands(path, name):
    ((where, told),) = problems(path, {name: "/etc/x"})
    assert where == f"trial.parameters.estimator.parameters.{name}"
    assert told.startswith("may name a file or reach a network")
    ((where, told),) = problems(path, **{f"estimator__{name}": "/etc/x"})
    assert where == f"trial.parameters.estimator__{name}"
    ((where, told),) = problems(path, drawn=[f"estimator__{name}"])
    assert where == f"search_space.estimator__{name}"


@pytest.mark.parametrize(
    ("path", "name"),
    [(CATBOOST, "n_estimators"), (CATBOOST, "depth"), (LIGHTGBM, "lambda_l1"), (LIGHTGBM, "num_threads")],
)
def test_a_name_that_the_library_does_not_list_is_taken_as_of_a_booster_by_itself(path, name):
    assert problems(path, {name: 3}) == []
    assert problems(path, drawn=[f"estimator__{name}"], **{f"estimator__{name}": 3}) == []


def test_the_name_of_another_library_is_told():
    ((_, told),) = problems(LIGHTGBM, {"eval_metric": "rmse"})
    assert told == "lightgbm.LGBMRegressor has no parameter 'eval_metric'; did you mean 'metric'?"
