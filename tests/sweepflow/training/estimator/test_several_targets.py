"""Several targets of one estimator: trained, scored, tested and kept as scikit-learn does it by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.cross_decomposition import PLSRegression
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import get_scorer, r2_score
from sklearn.model_selection import GroupKFold, KFold
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import QuantileTransformer

from recorded import ranked_row
from sweepflow.archive.folder import SweepFolder
from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import (
    all_training_roles,
    all_training_rows,
    features_and_target,
    load_part,
    load_roles,
)
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import DataError, SpecError
from sweepflow.gating import gate_models
from sweepflow.metrics.compatibility import AnswerError
from sweepflow.metrics.scoreboard import Scoreboard
from sweepflow.metrics.scorers import objective_of
from sweepflow.models.model_file import load_model, save_model
from sweepflow.result import BestTrial, TrialCounts
from sweepflow.running.hand_over import HandOver
from sweepflow.running.model_card import model_card
from sweepflow.running.preflight import prepare_data
from sweepflow.spec.spec import Spec
from sweepflow.training import EstimatorTrial
from sweepflow.training.job import Job

TARGETS = ["price", "days"]
FOREST = "sklearn.ensemble.RandomForestRegressor"
N_ROWS = 150


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Houses: what they cost, and how long they were for sale; a few rows lack one of the two."""
    generator = np.random.default_rng(0)
    x, z, noise, more = generator.normal(size=(4, N_ROWS)).round(3)
    table = pd.DataFrame({"x": x, "place": np.where(z > 0, "town", "land"), "z": z})
    table["price"] = np.exp(10 + x + 0.3 * z + 0.2 * noise).round()
    table["days"] = (50 + 20 * z + 5 * more).round(1)
    table["street"] = [f"s{number % 30}" for number in range(N_ROWS)]
    table["size"] = generator.integers(1, 5, N_ROWS)
    table["kind"] = np.where(x > 0, "old", "new")
    table.loc[[3, 4], "price"] = None
    table.loc[[4, 9], "days"] = None
    path = tmp_path_factory.mktemp("targets") / "t.csv"
    table.to_csv(path, index=False)
    return path


def prepared(path, target=TARGETS, validation=None, **fields):
    drop = sorted({"price", "days", "street", "size", "kind"} - {*target, *fields.values()})
    source = DataSource(path=str(path), target=target, drop=drop, **fields)
    return prepare(source, Validation(**(validation or {})), path.parent / "cache", is_classifier=False)


@pytest.fixture(scope="module")
def data(path):
    return prepared(path)


def rows(data, part):
    return features_and_target(load_part(data.folder, part), data)


def trained(asked, data, metric="r2", metrics=(), parameters=None, **fields):
    objective = objective_of(metric)
    job = Job(parameters=parameters or {}, data=data, objective=objective, metrics=metrics, **fields)
    values = []
    return values, asked.train(job, lambda told: values.extend(told.values()))


def by_hand(asked, regressor, data):
    return Pipeline([("preprocess", asked.model({}, data)["preprocess"]), ("estimator", regressor)])


@pytest.mark.parametrize(
    ("estimator", "parameters", "regressor"),
    [
        (FOREST, {"random_state": 0, "n_estimators": 10}, RandomForestRegressor(10, random_state=0)),
        ("sklearn.linear_model.Ridge", {}, Ridge()),
        ("sklearn.neighbors.KNeighborsRegressor", {}, KNeighborsRegressor()),
        (
            "sklearn.neural_network.MLPRegressor",
            {"random_state": 0, "tol": 1e9, "n_iter_no_change": 2},
            MLPRegressor(random_state=0, tol=1e9, n_iter_no_change=2),
        ),
        ("sklearn.cross_decomposition.PLSRegression", {}, PLSRegression()),
        (
            "sklearn.multioutput.MultiOutputRegressor",
            {
                "estimator": {
                    "estimator": "sklearn.ensemble.HistGradientBoostingRegressor",
                    "parameters": {"max_iter": 10},
                }
            },
            MultiOutputRegressor(HistGradientBoostingRegressor(max_iter=10)),
        ),
        (
            "sklearn.multioutput.RegressorChain",
            {"estimator": {"estimator": "sklearn.linear_model.Ridge"}},
            RegressorChain(Ridge()),
        ),
    ],
)
def test_a_trial_has_the_mean_over_the_targets_and_its_model_answers_all(
    estimator, parameters, regressor, data, tmp_path
):
    asked = EstimatorTrial(estimator=estimator, parameters=parameters)
    values, found = trained(asked, data, metrics=("mean_absolute_error", "root_mean_squared_error"))
    expected = by_hand(asked, regressor, data).fit(*rows(data, "train"))
    features, truth = rows(data, "validation")
    each = [r2_score(truth[:, place], expected.predict(features)[:, place]) for place in (0, 1)]
    assert values == [pytest.approx(np.mean(each))]
    for name, value in found.metrics.items():
        assert value == pytest.approx(-get_scorer(f"neg_{name}")(expected, features, truth))
    save_model(found.model, tmp_path / "model.skops")
    raw, _ = rows(data, "test")
    answers = load_model(tmp_path / "model.skops").predict(raw)
    np.testing.assert_allclose(answers, expected.predict(raw))
    assert answers.shape == (len(raw), 2)


def test_rows_that_lack_any_of_the_targets_are_left_out_and_no_target_is_a_feature(path, data):
    table = pd.read_csv(path)
    known = table.dropna(subset=TARGETS)
    assert sum(data.n_rows.values()) == len(known) == N_ROWS - 3
    assert f"3 of {N_ROWS} rows have no 'price' or no 'days' and are left out." in data.notices
    parts = pd.concat([load_part(data.folder, part) for part in ("train", "validation", "test")])
    assert list(parts) == ["x", "place", "z", *TARGETS]
    assert sorted(parts.price) == sorted(known.price)
    swapped = prepared(path, TARGETS[::-1])
    np.testing.assert_array_equal(rows(swapped, "test")[1], rows(data, "test")[1][:, ::-1])


def test_folds_are_those_of_the_rows(data):
    asked = EstimatorTrial(estimator="sklearn.linear_model.Ridge")
    values, _ = trained(asked, data, folds=3)
    features, target = all_training_rows(data)
    expected = []
    for train, held_out in KFold(3, shuffle=True, random_state=0).split(features):
        model = by_hand(asked, Ridge(), data).fit(features.iloc[train], target[train])
        expected.append(r2_score(target[held_out], model.predict(features.iloc[held_out])))
    assert values[-1] == pytest.approx(np.mean(expected))


def test_weights_count_in_the_fit_and_over_all_targets(path):
    data = prepared(path, weight="size")
    asked = EstimatorTrial(estimator="sklearn.linear_model.Ridge")
    values, found = trained(asked, data)
    (table, target), weight = rows(data, "train"), load_roles(data, "train").weight
    times = np.repeat(np.arange(len(target)), weight.astype(int))
    expected = by_hand(asked, Ridge(), data).fit(table.iloc[times], target[times])
    features, truth = rows(data, "validation")
    held_weight = load_roles(data, "validation").weight
    assert values == [pytest.approx(r2_score(truth, expected.predict(features), sample_weight=held_weight))]
    interval = Scoreboard(found.model, features, truth, data, load_roles(data, "validation")).interval(
        "r2", 0
    )
    assert interval.value == pytest.approx(values[0])
    assert interval.low < interval.value < interval.high


def test_a_group_is_never_on_both_sides_of_a_fold(path):
    data = prepared(path, group="street", validation={"folds": 3})
    values, _ = trained(EstimatorTrial(estimator="sklearn.linear_model.Ridge"), data, folds=3)
    features, target = all_training_rows(data)
    group, expected = all_training_roles(data).group, []
    for train, held_out in GroupKFold(3, shuffle=True, random_state=0).split(features, target, group):
        model = by_hand(EstimatorTrial(estimator="sklearn.linear_model.Ridge"), Ridge(), data)
        model.fit(features.iloc[train], target[train])
        expected.append(r2_score(target[held_out], model.predict(features.iloc[held_out])))
    assert values[-1] == pytest.approx(np.mean(expected))


@pytest.mark.parametrize(
    ("estimator", "parameters", "iterations", "expected"),
    [
        (
            FOREST,
            {"n_estimators": 20, "random_state": 0},
            {"parameter": "n_estimators", "step": 10},
            [RandomForestRegressor(n, random_state=0) for n in (10, 20)],
        ),
        (
            "sklearn.neural_network.MLPRegressor",
            {"random_state": 0},
            {"epochs": 2},
            None,
        ),
    ],
)
def test_an_estimator_reports_while_it_trains(estimator, parameters, iterations, expected, data):
    asked = EstimatorTrial(estimator=estimator, parameters=parameters, iterations=iterations)
    values, found = trained(asked, data)
    features, truth = rows(data, "validation")
    if expected:
        by_size = [by_hand(asked, each, data).fit(*rows(data, "train")) for each in expected]
        assert values == [pytest.approx(r2_score(truth, model.predict(features))) for model in by_size]
    assert len(values) == 2
    assert r2_score(truth, found.model.predict(features)) == pytest.approx(max(values))


@pytest.mark.parametrize(
    ("transform", "scale"),
    [
        ("log1p", {"func": np.log1p, "inverse_func": np.expm1}),
        (
            "quantile",
            {
                "transformer": QuantileTransformer(
                    n_quantiles=87, output_distribution="normal", random_state=0
                ),
                "check_inverse": False,
            },
        ),
    ],
)
def test_each_target_is_transformed_by_itself(transform, scale, data):
    asked = EstimatorTrial(estimator="sklearn.linear_model.Ridge", target={"transform": transform})
    values, _ = trained(asked, data)
    expected = by_hand(asked, TransformedTargetRegressor(Ridge(), **scale), data).fit(*rows(data, "train"))
    features, truth = rows(data, "validation")
    assert values == [pytest.approx(r2_score(truth, expected.predict(features)))]


def test_a_category_has_a_mean_of_each_target(data):
    asked = EstimatorTrial(estimator="sklearn.linear_model.Ridge", preprocess={"categories": "target"})
    features, target = rows(data, "train")
    both = asked.model({}, data)["preprocess"].fit(features, target)
    each = [asked.model({}, data)["preprocess"].fit(features, column) for column in target.T]
    held_out = rows(data, "validation")[0]
    names = both.get_feature_names_out().tolist()
    found = both.transform(held_out)
    for place, single in enumerate(each):
        expected = single.transform(held_out)[:, single.get_feature_names_out() == "categorical__place"]
        np.testing.assert_allclose(found[:, [names.index(f"categorical__place_{place}")]], expected)


def spec_of(path, trial=None, **fields):
    return Spec.parse(
        {
            "data": {"path": str(path), "target": TARGETS, "drop": ["street", "size", "kind"]},
            "trial": trial or {"estimator": FOREST, "parameters": {"random_state": 0, "n_estimators": 10}},
            "search_space": {"max_depth": {"type": "choice", "values": [1, 8]}},
            "objective": {"primary_metric": "r2", "goal": "maximize"},
            "limits": {"max_total_trials": 3},
            **fields,
        }
    ).settled(7, 2)


def test_the_winner_is_fitted_again_tested_and_judged_over_both_targets(path, data, tmp_path):
    spec = spec_of(path, metrics=["neg_mean_absolute_error"])
    folder = SweepFolder(tmp_path, "s").create()
    outcome = {"best_interval": 1, "intervals": 1}
    ranked = [
        ranked_row(1, parameters={"max_depth": 8}, value=0.8, **outcome),
        ranked_row(0, parameters={"max_depth": 1}, value=0.3, **outcome),
    ]
    found = HandOver(spec, data, ranked, [], folder).run()
    assert found.notice is None
    assert found.number == 1
    assert found.n_rows == data.n_rows["train"] + data.n_rows["validation"]
    forest = RandomForestRegressor(10, max_depth=8, random_state=0)
    expected = by_hand(spec.trial, forest, data).fit(*all_training_rows(data))
    features, truth = rows(data, "test")
    tested = found.test_metrics["r2"]
    assert tested.value == pytest.approx(r2_score(truth, expected.predict(features)))
    assert tested.low < tested.value < tested.high < 1
    assert found.verdict.text.startswith("tuned beats the defaults")
    shallow = spec.trial.model({"max_depth": 1}, data).fit(*all_training_rows(data))
    decision = gate_models(shallow, expected, data, metric="r2")
    assert decision.difference == pytest.approx(tested.value - r2_score(truth, shallow.predict(features)))
    assert gate_models(None, expected, data, metric="r2").promote
    counts = TrialCounts(total=2, completed=2, terminated=0, failed=0, timed_out=0, canceled=0)
    best = BestTrial(number=1, parameters={"max_depth": 8}, value=0.8, metrics={})
    card = model_card("s", spec, data, best, counts, found)
    assert "| `targets` | `price, days` |" in card


class InOrderOfNames:
    """What a function may return: its predictions are a table, with the columns in another order."""

    def __init__(self, model):
        self.model = model

    def predict(self, features):
        return pd.DataFrame(self.model.predict(features), columns=TARGETS)[sorted(TARGETS)]


def test_a_table_of_predictions_is_read_by_its_names(data):
    asked = EstimatorTrial(estimator="sklearn.linear_model.Ridge")
    values, found = trained(asked, data)
    held = *rows(data, "validation"), data
    assert Scoreboard(InOrderOfNames(found.model), *held).value("r2") == pytest.approx(values[0])


def test_a_model_that_answers_one_of_the_targets_is_told_so(data):
    features, target = rows(data, "train")
    model = EstimatorTrial(estimator="sklearn.linear_model.Ridge").model({}, data).fit(features, target[:, 0])
    told = "the model answers 30 values for 30 rows: a value for each of 2 targets is needed"
    with pytest.raises(AnswerError, match=told):
        Scoreboard(model, *rows(data, "validation"), data).board_for("r2")
    both = (
        EstimatorTrial(estimator="sklearn.linear_model.Ridge").model({}, data).fit(features, target.round())
    )
    with pytest.raises(ValueError, match="compares classes, but the targets 'price' and 'days' hold numbers"):
        Scoreboard(both, *rows(data, "validation"), data).board_for("accuracy")


# --- what is refused


def problems(path, tmp_path, **fields):
    with pytest.raises(SpecError) as refused:
        prepare_data(spec_of(path, **fields), tmp_path)
    return refused.value.problems


@pytest.mark.parametrize(
    "estimator",
    [
        "sklearn.ensemble.GradientBoostingRegressor",
        "sklearn.ensemble.HistGradientBoostingRegressor",
        "sklearn.svm.SVR",
        "xgboost.XGBRegressor",
    ],
)
def test_an_estimator_of_one_target_is_refused_with_the_way_out(estimator, path, tmp_path):
    space = {"max_depth": {"type": "choice", "values": [1, 2]}}
    space = {"C": {"type": "choice", "values": [1, 2]}} if estimator.endswith("SVR") else space
    [problem] = problems(path, tmp_path, trial={"estimator": estimator}, search_space=space)
    name = estimator.rpartition(".")[2]
    wrapped = (
        "{estimator: sklearn.multioutput.MultiOutputRegressor, parameters: {estimator: {estimator: "
        f"{estimator}}}}}}}"
    )
    assert problem.path == "trial.estimator"
    assert problem.message.startswith(f"{name} takes one target, and data.target names 2: ")
    assert problem.message.endswith(wrapped)


def test_a_step_that_looks_at_one_target_is_named(path, tmp_path):
    trial = {
        "estimator": FOREST,
        "steps": [{"select": "sklearn.feature_selection.SelectKBest"}],
        "parameters": {"select__score_func": "sklearn.feature_selection.f_regression", "select__k": 1},
    }
    [problem] = problems(path, tmp_path, trial=trial)
    assert problem.path == "trial.steps"
    assert problem.message.startswith("select, a SelectKBest, takes one target, and data.target names 2")


@pytest.mark.parametrize("estimator", ["MultiTaskLasso", "MultiTaskElasticNet"])
def test_an_estimator_of_several_targets_wants_several(estimator, path, tmp_path):
    space = {"alpha": {"type": "uniform", "min_value": 0.1, "max_value": 1}}
    one = {"path": str(path), "target": "days", "drop": ["street", "size", "kind", "price"]}
    trial = {"estimator": f"sklearn.linear_model.{estimator}"}
    [problem] = problems(path, tmp_path, trial=trial, search_space=space, data=one)
    assert problem.path == "data.target"
    assert problem.message.startswith(f"must be a list for {estimator}, which takes several targets")


@pytest.mark.parametrize("metric", ["max_error", "neg_mean_poisson_deviance", "accuracy"])
def test_a_metric_of_one_target_is_refused(metric, path, tmp_path):
    [problem] = problems(path, tmp_path, metrics=[metric])
    assert problem.path == "metrics.0"
    assert "cannot score the targets 'price' and 'days'" in problem.message


def test_a_value_that_a_transform_does_not_take_is_told_with_its_column(path, tmp_path):
    trial = {"estimator": FOREST, "target": {"transform": "log"}}
    data = {"path": str(path), "target": ["price", "z"], "drop": ["days", "street", "size", "kind"]}
    [problem] = problems(path, tmp_path, trial=trial, data=data)
    assert (problem.path, "for column 'z'" in problem.message) == ("trial.target.transform", True)


@pytest.mark.parametrize(
    ("target", "fields", "validation", "is_classifier", "message"),
    [
        (
            ["price", "kind"],
            {},
            {},
            False,
            "data.target: .*column 'kind' holds .*several targets must be num",
        ),
        (["price", "kind"], {}, {}, None, "data.target: .*column 'kind' holds .*several targets must be num"),
        (TARGETS, {}, {}, True, "data.target: .*several targets are predicted as numbers, and the estimator"),
        (["price", "dayz"], {}, {}, False, "data.target: .*no column 'dayz': did you mean 'days'"),
        (TARGETS, {"drop": ["days"]}, {}, False, "data.drop: .*'days' is the target, leave it out of drop"),
        (
            TARGETS,
            {"positive_label": 1},
            {},
            False,
            "data.positive_label: .*columns 'price' and 'days' hold numbers",
        ),
        (
            TARGETS,
            {},
            {"stratify": True},
            False,
            "validation.stratify: .*columns 'price' and 'days' hold num",
        ),
    ],
)
def test_what_cannot_be_predicted_together_is_refused(
    target, fields, validation, is_classifier, message, path, tmp_path
):
    source = DataSource(path=str(path), target=target, **fields)
    with pytest.raises(DataError, match=message):
        prepare(source, Validation(**validation), tmp_path, is_classifier=is_classifier)


def test_targets_that_never_stand_in_one_row_are_told(tmp_path):
    path = Path(tmp_path, "t.csv")
    path.write_text("x,a,b\n" + "1,2,\n2,,3\n" * 10)
    with pytest.raises(DataError, match="no row of 20 has a value in all of the columns 'a' and 'b'"):
        prepare(DataSource(path=str(path), target=["a", "b"]), Validation(), tmp_path, is_classifier=False)
