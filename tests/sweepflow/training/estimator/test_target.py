"""A target learned on another scale: as scikit-learn's TransformedTargetRegressor does it, in its unit."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import Ridge, SGDRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import QuantileTransformer

from recorded import ranked_row
from sweepflow.archive.folder import SweepFolder
from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import all_training_rows, features_and_target, load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import SpecError
from sweepflow.gating import gate_models
from sweepflow.metrics.scorers import objective_of
from sweepflow.models.model_file import load_model, save_model
from sweepflow.running.hand_over import HandOver
from sweepflow.running.preflight import prepare_data
from sweepflow.spec.spec import Spec
from sweepflow.training import EstimatorTrial
from sweepflow.training.job import Job
from sweepflow.training.target_scale import TargetScale

RIDGE = "sklearn.linear_model.Ridge"
METRIC = "neg_mean_absolute_error"
LOG1P = {"func": np.log1p, "inverse_func": np.expm1}
N_ROWS = 150


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Prices that grow by factors; `balance` is below 0 too."""
    generator = np.random.default_rng(0)
    x, z = generator.normal(size=(2, N_ROWS)).round(3)
    price = np.exp(10 + x + 0.3 * z + 0.2 * generator.normal(size=N_ROWS)).round()
    table = pd.DataFrame({"x": x, "z": z, "place": np.where(z > 0, "town", "land"), "price": price})
    table["balance"] = table.price - 20_000
    path = tmp_path_factory.mktemp("target") / "t.csv"
    table.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def data(path):
    source = DataSource(path=str(path), target="price", drop=("balance",))
    return prepare(source, Validation(), path.parent / "cache", is_classifier=False)


def trial(transform="log1p", estimator=RIDGE, **fields):
    return EstimatorTrial(estimator=estimator, target={"transform": transform}, **fields)


def job(data, **fields):
    return Job(parameters={}, data=data, objective=objective_of(METRIC), metrics=("r2",), **fields)


def trained(asked, work):
    values = []
    return values, asked.train(work, lambda metrics: values.extend(metrics.values()))


def rows(data, part):
    return features_and_target(load_part(data.folder, part), data)


def by_hand(asked, regressor, data, **scale):
    """Scikit-learn's own, behind the same preprocessing."""
    preprocess = asked.model({}, data)["preprocess"]
    wrapped = TransformedTargetRegressor(regressor, **(scale or LOG1P))
    return Pipeline([("preprocess", preprocess), ("estimator", wrapped)])


def error(model, data, part="validation"):
    features, truth = rows(data, part)
    return -mean_absolute_error(truth, model.predict(features))


@pytest.mark.parametrize(
    ("transform", "scale"),
    [
        ("log", {"func": np.log, "inverse_func": np.exp}),
        ("log1p", LOG1P),
        ("sqrt", {"func": np.sqrt, "inverse_func": lambda root: np.square(np.maximum(root, 0))}),
        (
            "quantile",
            {
                "transformer": QuantileTransformer(
                    n_quantiles=90, output_distribution="normal", random_state=0
                )
            },
        ),
    ],
)
def test_a_transformed_target_gives_what_scikit_learns_own_gives(transform, scale, data, tmp_path):
    asked = trial(transform)
    values, found = trained(asked, job(data))
    expected = by_hand(asked, Ridge(), data, **scale, check_inverse=False).fit(*rows(data, "train"))
    assert values == [pytest.approx(error(expected, data))]
    assert found.metrics["r2"] == pytest.approx(expected.score(*rows(data, "validation")))
    save_model(found.model, tmp_path / "model.skops")
    features, _ = rows(data, "test")
    answers = load_model(tmp_path / "model.skops").predict(features)
    np.testing.assert_allclose(answers, expected.predict(features))
    assert answers.mean() > 1000  # prices, and no logarithms


def test_a_growing_estimator_goes_on_where_it_was_and_is_scored_in_the_targets_unit(data):
    asked = trial(
        estimator="sklearn.ensemble.GradientBoostingRegressor",
        parameters={"n_estimators": 30, "random_state": 0},
        iterations={"parameter": "n_estimators", "step": 10},
    )
    values, found = trained(asked, job(data))
    for value, n_estimators in zip(values, (10, 20, 30), strict=True):
        regressor = GradientBoostingRegressor(n_estimators=n_estimators, random_state=0)
        expected = by_hand(asked, regressor, data).fit(*rows(data, "train"))
        assert value == pytest.approx(error(expected, data))
    assert found.model["estimator"].regressor.n_estimators_ == 10 * (values.index(max(values)) + 1)


def test_epochs_go_on_too(data):
    asked = trial(
        estimator="sklearn.linear_model.SGDRegressor",
        parameters={"random_state": 0},
        iterations={"epochs": 5},
    )
    values, _ = trained(asked, job(data))
    preprocess, regressor = asked.model({}, data)["preprocess"], SGDRegressor(random_state=0)
    features, truth = rows(data, "train")
    numbers = preprocess.fit_transform(features, truth)
    held_out, held_truth = rows(data, "validation")
    for value in values:
        regressor.partial_fit(numbers, np.log1p(truth))
        answers = np.expm1(regressor.predict(preprocess.transform(held_out)))
        assert value == pytest.approx(-mean_absolute_error(held_truth, answers))
    assert len(set(values)) == 5


def test_folds_transform_the_training_rows_of_each(data):
    asked = trial()
    values, _ = trained(asked, job(data, folds=3))
    features, target = all_training_rows(data)
    errors = []
    for train, held_out in KFold(3, shuffle=True, random_state=0).split(features):
        model = by_hand(asked, Ridge(), data).fit(features.iloc[train], target[train])
        errors.append(-mean_absolute_error(target[held_out], model.predict(features.iloc[held_out])))
    assert values[-1] == pytest.approx(np.mean(errors))


@pytest.mark.parametrize("path_of_class", ["lightgbm.LGBMRegressor", "xgboost.XGBRegressor"])
def test_a_booster_is_watched_in_the_targets_unit(path_of_class, data, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    settings = {"n_estimators": 20, "random_state": 0}
    watched = {"iterations": {"parameter": "n_estimators", "step": 10}}
    asked = trial(estimator=path_of_class, parameters=settings, **watched)
    plain = EstimatorTrial(estimator=path_of_class, parameters={**settings, "n_estimators": 10})
    values, found = trained(asked, job(data))
    first = by_hand(asked, plain.model({}, data)["estimator"], data).fit(*rows(data, "train"))
    assert values[0] == pytest.approx(error(first, data))
    save_model(found.model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    assert error(loaded, data) == pytest.approx(max(values))
    again = asked.refit(job(data), len(values))
    assert again.predict(rows(data, "test")[0]).mean() > 1000


def spec_of(path, transform="log1p", target="price", **trial_fields):
    other = "balance" if target == "price" else "price"
    return Spec.parse(
        {
            "data": {"path": str(path), "target": target, "drop": [other]},
            "trial": {"estimator": RIDGE, "target": {"transform": transform}, **trial_fields},
            "search_space": {"alpha": {"type": "loguniform", "low": 0.01, "high": 100}},
            "objective": {"primary_metric": METRIC, "goal": "maximize"},
            "limits": {"max_total_trials": 3},
        }
    ).settled(7, 2)


def test_the_model_handed_over_its_test_and_the_gate_are_in_the_targets_unit(path, data, tmp_path):
    spec = spec_of(path)
    folder = SweepFolder(tmp_path, "s").create()
    outcome = {"best_interval": 1, "intervals": 1}
    ranked = [
        ranked_row(1, parameters={"alpha": 0.1}, value=-9000.0, **outcome),
        ranked_row(0, parameters={"alpha": 1.0}, value=-9500.0, **outcome),
    ]
    found = HandOver(spec, data, ranked, [], folder).run()
    model = load_model(found.model_path)
    tested = found.test_metrics[METRIC]
    assert tested.value == pytest.approx(error(model, data, "test"))
    assert tested.low < tested.value < tested.high < -1000
    both = all_training_rows(data)
    np.testing.assert_allclose(
        model.predict(rows(data, "test")[0]),
        by_hand(spec.trial, Ridge(alpha=model["estimator"].regressor.alpha), data)
        .fit(*both)
        .predict(rows(data, "test")[0]),
    )
    unscaled = EstimatorTrial(estimator=RIDGE).model({}, data).fit(*both)
    decision = gate_models(unscaled, model, data, metric=METRIC)
    assert decision.promote
    assert decision.difference > 1000
    assert spec.trial.facts({}, data)["target learned as"] == "log1p"


# --- what is refused


@pytest.mark.parametrize("transform", ["log", "log1p", "sqrt"])
def test_values_that_cannot_be_transformed_are_told_before_the_first_trial(path, transform, tmp_path):
    spec = spec_of(path, transform, target="balance")
    with pytest.raises(SpecError) as refused:
        prepare_data(spec, tmp_path)
    [problem] = refused.value.problems
    assert problem.path == "trial.target.transform"
    assert f"'balance': {transform} takes numbers >" in problem.message
    assert "quantile takes all" in problem.message


def test_a_transform_in_the_place_of_the_columns_name_is_told_where_it_belongs(path):
    with pytest.raises(
        ValidationError, match=r"name of a column, got .*; trial\.target says how it is learned"
    ):
        DataSource(path=str(path), target={"column": "price", "transform": "log1p"})


def test_a_classifier_has_no_target_to_transform():
    asked = trial(estimator="sklearn.linear_model.LogisticRegression")
    [problem] = asked.check(frozenset(), is_trusted=True)
    assert (problem.path, "predicts classes" in problem.message) == ("trial.target", True)


@pytest.mark.parametrize("transform", ["log", "log1p", "sqrt", "quantile"])
def test_back_is_where_it_came_from(transform):
    target = np.array([0.5, 1, 2, 30, 4000])
    scale = TargetScale(transform).fit(target)
    np.testing.assert_allclose(scale.back(scale.forward(target)), target, rtol=1e-6)


def test_a_root_below_0_is_no_greater_than_one_of_0():
    assert TargetScale("sqrt").back([-3.0, 0.0, 2.0]).tolist() == [0.0, 0.0, 4.0]
