"""Estimators made of others, and steps before them."""

import numpy as np
import pytest
from pydantic import TypeAdapter
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler, SplineTransformer
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sweepflow.data.prepared import features_and_target, load_part
from sweepflow.errors import SpecError
from sweepflow.models.model_file import load_model, save_model
from sweepflow.space.search_space import SearchSpace
from sweepflow.spec.spec import Spec
from sweepflow.training import EstimatorTrial
from sweepflow.training.arrays import arrays
from sweepflow.training.estimator.class_weights import check_drawn_weights
from sweepflow.training.preprocess import Preprocess

LOGISTIC = "sklearn.linear_model.LogisticRegression"
TREE = "sklearn.tree.DecisionTreeClassifier"
PCA_PATH = "sklearn.decomposition.PCA"
K_BEST = "sklearn.feature_selection.SelectKBest"
GENERAL = {"categories": "one_hot", "numbers": "scaled", "dates": "cyclic"}
STUMP = {"estimator": TREE, "parameters": {"max_depth": 1, "random_state": 0}}
RANGE = {"type": "randint", "lower": 1, "upper": 4}


def choice(*values, **fields):
    return {"type": "choice", "values": list(values), **fields}


def trial(estimator, parameters, steps=()):
    return EstimatorTrial(
        estimator=f"sklearn.{estimator}", parameters=parameters, steps=steps, preprocess=GENERAL
    )


def faults(trial, **space):
    fields = {
        "data": {"path": "table.csv", "target": "y"},
        "trial": trial,
        "search_space": space or {"verbose": choice(0, 1)},
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "limits": {"max_total_trials": 2},
    }
    try:
        Spec.checked(fields, is_trusted=False)
    except SpecError as error:
        return dict(error.problems)
    return {}


def trained(trial, job, folder):
    """The value reported, and the model as it comes back from its file."""
    values = []
    made = trial.train(job, lambda metrics: values.append(metrics[job.objective.primary_metric]))
    save_model(made.model, folder / "model.skops")
    loaded = load_model(folder / "model.skops")
    rows, _ = features_and_target(load_part(job.data.folder, "validation"), job.data)
    np.testing.assert_array_equal(loaded.predict(rows), made.model.predict(rows))
    return values[-1], loaded


# --- what is made of a spec is what scikit-learn's users write

MADE = [
    (
        "ensemble.StackingClassifier",
        {"estimators": [{"lr": LOGISTIC}, {"tree": STUMP}], "final_estimator": LOGISTIC, "cv": 3},
        {"lr__C": 0.5, "tree__max_depth": 2, "final_estimator__C": 2.0},
        StackingClassifier(
            [
                ("lr", LogisticRegression(C=0.5)),
                ("tree", DecisionTreeClassifier(max_depth=2, random_state=0)),
            ],
            LogisticRegression(C=2.0),
            cv=3,
        ),
    ),
    (
        "ensemble.VotingClassifier",
        {"estimators": [{"lr": LOGISTIC}, {"tree": STUMP}], "voting": "soft", "tree__random_state": 0},
        {"weights": [1, 3], "lr": None, "tree": TREE, "tree__max_depth": 3},
        VotingClassifier(
            [("lr", "drop"), ("tree", DecisionTreeClassifier(max_depth=3, random_state=0))],
            voting="soft",
            weights=[1, 3],
        ),
    ),
    (
        "ensemble.BaggingClassifier",
        {"estimator": {"estimator": LOGISTIC, "parameters": {"C": 3.0}}, "random_state": 0},
        {"estimator__C": 0.1, "n_estimators": 3},
        BaggingClassifier(LogisticRegression(C=0.1), n_estimators=3, random_state=0),
    ),
    (
        "ensemble.BaggingClassifier",
        {"n_estimators": 3, "random_state": 0, "estimator__max_depth": 9},
        {"estimator": TREE, "estimator__max_depth": 2, "estimator__random_state": 0},
        BaggingClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=3, random_state=0),
    ),
    (
        "ensemble.AdaBoostClassifier",
        {"estimator": STUMP, "n_estimators": 4, "random_state": 0},
        {"estimator__max_depth": 2},
        AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=4, random_state=0),
    ),
    (
        "calibration.CalibratedClassifierCV",
        {"estimator": "sklearn.svm.SVC", "cv": 3},
        {"estimator__C": 2.0, "method": "sigmoid"},
        CalibratedClassifierCV(SVC(C=2.0), cv=3),
    ),
    (
        "multiclass.OneVsRestClassifier",
        {"estimator": "sklearn.svm.SVC"},
        {"estimator__C": 2.0},
        OneVsRestClassifier(SVC(C=2.0)),
    ),
    (
        "model_selection.TunedThresholdClassifierCV",
        {"estimator": LOGISTIC, "random_state": 0},
        {"estimator__C": 0.1},
        TunedThresholdClassifierCV(LogisticRegression(C=0.1), random_state=0),
    ),
    (
        "model_selection.GridSearchCV",
        {"estimator": LOGISTIC, "param_grid": {"C": [0.01, 1.0]}},
        {"cv": 3},
        GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0]}, cv=3),
    ),
]


@pytest.mark.parametrize(
    ("name", "fixed", "drawn", "same"), MADE, ids=lambda each: each if isinstance(each, str) else ""
)
def test_a_composed_estimator_is_what_the_spec_says_and_comes_back(
    name, fixed, drawn, same, prepared, job, tmp_path
):
    data = prepared("label")
    value, model = trained(trial(name, fixed), job(data, **drawn), tmp_path)
    rows = arrays(data, {}, Preprocess(**GENERAL))
    assert value == same.fit(rows.train_features, rows.train_target).score(
        rows.validation_features, rows.validation_target
    )
    assert type(model[-1]) is type(same)


def test_a_target_is_transformed_by_functions_that_a_spec_may_name(prepared, job, tmp_path):
    data = prepared("amount")
    fixed = {"regressor": "sklearn.linear_model.Ridge", "func": "numpy.log1p", "inverse_func": "numpy.expm1"}
    asked = trial("compose.TransformedTargetRegressor", fixed)
    value, _ = trained(asked, job(data, regressor__alpha=2.0), tmp_path)
    same, rows = (
        TransformedTargetRegressor(Ridge(2.0), func=np.log1p, inverse_func=np.expm1),
        arrays(data, {}, Preprocess(**GENERAL)),
    )
    same.fit(rows.train_features, rows.train_target)
    assert value == same.score(rows.validation_features, rows.validation_target)
    assert not asked.is_classifier


def test_members_of_a_voting_regressor_can_be_drawn_as_lists(prepared, job):
    pair = [{"ridge": {"estimator": "sklearn.linear_model.Ridge", "parameters": {"alpha": 2.0}}}]
    asked = trial("ensemble.VotingRegressor", {})
    data, values = prepared("amount"), []
    rows = arrays(data, {}, Preprocess(**GENERAL))
    asked.train(job(data, estimators=pair), lambda metrics: values.append(metrics["r2"]))
    same = VotingRegressor([("ridge", Ridge(2.0))]).fit(rows.train_features, rows.train_target)
    assert values == [same.score(rows.validation_features, rows.validation_target)]


# --- class weights


@pytest.mark.parametrize(
    ("name", "fixed", "drawn", "same"),
    [
        ("svm.SVC", {}, "class_weight", SVC(class_weight={"no": 1, "yes": 9})),
        (
            "ensemble.AdaBoostClassifier",
            {"estimator": STUMP, "n_estimators": 3, "random_state": 0},
            "estimator__class_weight",
            AdaBoostClassifier(
                DecisionTreeClassifier(max_depth=1, class_weight={"no": 1, "yes": 9}),
                n_estimators=3,
                random_state=0,
            ),
        ),
        (
            "ensemble.VotingClassifier",
            {"estimators": [{"svc": "sklearn.svm.SVC"}]},
            "svc__class_weight",
            VotingClassifier([("svc", SVC(class_weight={0: 1, 1: 9}))]),
        ),
    ],
    ids=["svc", "boosting", "voting"],
)
def test_class_weights_can_be_drawn_and_reach_the_parts_too(
    name, fixed, drawn, same, prepared, job, tmp_path
):
    data, weights = prepared("label"), {"yes": 9, "no": 1}
    space = TypeAdapter(SearchSpace).validate_python({drawn: choice(None, weights, literal=True)})
    rows = arrays(data, {}, Preprocess(**GENERAL))
    for value in space[drawn].options:
        _, model = trained(trial(name, fixed), job(data, **{drawn: value}), tmp_path)
    same.fit(rows.train_features, rows.train_target)
    expected = same.predict(rows.validation_features)
    np.testing.assert_array_equal(model[-1].predict(rows.validation_features), expected)


def test_weights_of_a_class_that_the_target_lacks_are_refused_where_they_are_listed(prepared):
    space = TypeAdapter(SearchSpace).validate_python(
        {"estimator__class_weight": choice(None, {"yes": 2}, {"ja": 2}, {"yes": -1, "no": 1}, literal=True)}
    )
    found = check_drawn_weights(space, prepared("label"))
    assert [problem.path for problem in found] == [
        "search_space.estimator__class_weight.values.2.ja",
        "search_space.estimator__class_weight.values.3.yes",
    ]


# --- steps


def test_steps_are_fitted_after_the_preprocessing_and_stay_in_the_model(prepared, job, tmp_path):
    data = prepared("amount")
    rows = arrays(data, {}, Preprocess(**GENERAL))
    steps = [{"scale": "sklearn.preprocessing.RobustScaler"}, {"select": K_BEST}, {"reduce": None}]
    fixed = {"select__k": 3, "scale__quantile_range": [10, 90]}
    asked = trial(
        "linear_model.Ridge", fixed | {"select__score_func": "sklearn.feature_selection.f_regression"}, steps
    )
    drawn = {"alpha": 2.0, "reduce": PCA_PATH, "reduce__n_components": 2}
    value, model = trained(asked, job(data, **drawn), tmp_path)
    same = make_pipeline(
        RobustScaler(quantile_range=(10, 90)), SelectKBest(f_regression, k=3), PCA(2), Ridge(2.0)
    ).fit(rows.train_features, rows.train_target)
    assert value == pytest.approx(same.score(rows.validation_features, rows.validation_target), abs=1e-12)
    assert list(model.named_steps) == ["preprocess", "scale", "select", "reduce", "estimator"]


def test_a_step_that_is_null_is_left_out_and_its_parameters_with_it(prepared, job, tmp_path):
    asked = trial("linear_model.LogisticRegression", {"reduce__n_components": 3}, [{"reduce": PCA_PATH}])
    _, model = trained(asked, job(prepared("label"), reduce=None, reduce__whiten=True), tmp_path)
    assert list(model.named_steps) == ["preprocess", "estimator"]


def test_steps_with_parameters_of_their_own_are_fitted_in_each_fold_and_again_in_a_refit(prepared, job):
    steps = [
        {"spline": {"estimator": "sklearn.preprocessing.SplineTransformer", "parameters": {"n_knots": 3}}}
    ]
    asked, values = trial("linear_model.Ridge", {}, steps), []
    one = job(prepared("amount"), spline__degree=2)
    asked.train(one.model_copy(update={"folds": 3}), lambda metrics: values.append(metrics["r2"]))
    assert len(values) == 3
    for model in (asked.refit(one, 1), asked.fit_again(one, 1)):
        assert isinstance(model.named_steps["spline"], SplineTransformer)
        assert (model.named_steps["spline"].n_knots, model.named_steps["spline"].degree) == (3, 2)


def test_an_estimator_grows_behind_steps(prepared, job):
    asked = EstimatorTrial(
        estimator="sklearn.ensemble.RandomForestClassifier",
        parameters={"n_estimators": 6, "random_state": 0},
        steps=[{"reduce": PCA_PATH}],
        iterations={"parameter": "n_estimators", "step": 2},
    )
    values = []
    made = asked.train(job(prepared("label"), reduce__n_components=2), values.append)
    assert len(values) == 3
    assert made.model.named_steps["reduce"].n_components_ == 2


# --- what is refused, and where


@pytest.mark.parametrize(
    ("parameters", "path", "message"),
    [
        (
            {"estimator": {"estimator": "os.system"}},
            "estimator.estimator",
            "must lie in sklearn, got 'os.system'",
        ),
        ({"estimator": "os.system"}, "estimator", "must lie in sklearn, got 'os.system'"),
        ({"estimator": {"estimator": 3}}, "estimator.estimator", "must be the path of a class, got 3"),
        (
            {"estimator": {"estimator": LOGISTIC, "parameters": {"D": 1}}},
            "estimator.parameters.D",
            f"{LOGISTIC} has no parameter 'D'; known: C, class_weight",
        ),
        (
            {"estimator": {"estimator": LOGISTIC, "parameters": {"C": -1}}},
            "estimator.parameters.C",
            "must be a float in the range (0.0, inf], got -1",
        ),
        (
            {"estimator": 5},
            "estimator",
            "must be {estimator: PATH, parameters: {...}}, the path of an estimator",
        ),
        (
            {"estimator": {"estimator": "sklearn.ensemble.VotingClassifier"}},
            "estimator.parameters",
            "must have estimators, which sklearn.ensemble.VotingClassifier needs",
        ),
        (
            {
                "estimator": {
                    "estimator": "sklearn.pipeline.Pipeline",
                    "parameters": {"memory": "/tmp/x", "steps": [{"a": TREE}]},
                }
            },
            "estimator.parameters.memory",
            "sklearn.pipeline.Pipeline has no parameter 'memory'",
        ),
        (
            {
                "estimator": {
                    "estimator": "sklearn.pipeline.Pipeline",
                    "parameters": {"steps": [{"a": "os.system"}]},
                }
            },
            "estimator.parameters.steps.0.a",
            "must lie in sklearn",
        ),
    ],
)
def test_a_part_that_cannot_be_made_is_refused_where_it_stands(parameters, path, message):
    found = faults({"estimator": "sklearn.ensemble.BaggingClassifier", "parameters": parameters})
    assert list(found) == [f"trial.parameters.{path}"]
    assert found[f"trial.parameters.{path}"].startswith(message)


@pytest.mark.parametrize(
    ("estimators", "path", "message"),
    [
        ("lr", "", "must be a list such as [{first: {estimator: PATH"),
        ([], "", "must be a list such as"),
        ([["lr", LOGISTIC]], ".0", "must be a mapping of one name to a part"),
        ([{"lr": LOGISTIC, "tree": TREE}], ".0", "must be a mapping of one name to a part"),
        ([{"lr": LOGISTIC}, {"lr": TREE}], ".1", "must have a name of its own, got 'lr' again"),
        ([{"l__r": LOGISTIC}], ".0", "its name must match"),
        ([{"lr": "subprocess.Popen"}], ".0.lr", "must lie in sklearn"),
        ([{"lr": 1}], ".0.lr", "must be the path of a class, {estimator: PATH, parameters: {...}} or null"),
        ([{"t": {"estimator": TREE, "parameters": {"max_depth": 0}}}], ".0.t.parameters.max_depth",
         "must be an int"),
    ],
)  # fmt: skip
def test_named_parts_are_a_list_of_mappings_of_one_name(estimators, path, message):
    found = faults(
        {"estimator": "sklearn.ensemble.VotingClassifier", "parameters": {"estimators": estimators}}
    )
    assert list(found) == [f"trial.parameters.estimators{path}"]
    assert found[f"trial.parameters.estimators{path}"].startswith(message)


@pytest.mark.parametrize(
    ("steps", "path", "message"),
    [
        ([{"a": "os.system"}], ".0.a", "must lie in sklearn"),
        (
            [{"a": 5}],
            ".0.a",
            "must be the path of a class, {estimator: PATH, parameters: {...}} or null, got 5",
        ),
        ([{"a": TREE}], ".0.a", f"'{TREE}' transforms nothing, so it cannot be a step"),
        ([{"a": PCA_PATH}, {"a": PCA_PATH}], ".1", "must have a name of its own, got 'a' again"),
        ([{"preprocess": PCA_PATH}], ".0.preprocess", "a step must have another name than"),
        ([{"C": PCA_PATH}], ".0.C", "'C' is the name of a parameter of the estimator"),
        ([PCA_PATH], ".0", "must be a mapping of one name to a part"),
        (
            [{"a": {"estimator": PCA_PATH, "parameters": {"n": 1}}}],
            ".0.a.parameters.n",
            f"{PCA_PATH} has no param",
        ),
        ([{"a": {"estimator": PCA_PATH, "parameter": {}}}], ".0.a", "must be the path of a class"),
    ],
)
def test_a_step_that_is_none_is_refused_where_it_stands(steps, path, message):
    found = faults({"estimator": LOGISTIC, "steps": steps})
    assert list(found) == [f"trial.steps{path}"]
    assert found[f"trial.steps{path}"].startswith(message)


BAGGING = {"estimator": "sklearn.ensemble.BaggingClassifier"}
WITH_STEP = {"estimator": LOGISTIC, "steps": [{"reduce": None}]}


def test_columns_are_not_selected_for_numbers_by_a_score_for_classes():
    asked = {"estimator": "sklearn.linear_model.Ridge", "steps": [{"select": K_BEST}]}
    told = "scores columns for classes; set select__score_func: sklearn.feature_selection.f_regression in"
    assert faults(asked, alpha=choice(1.0))["trial.steps.0.select"].startswith(told)
    score = {"select__score_func": "sklearn.feature_selection.f_regression"}
    assert "trial.steps.0.select" not in faults({**asked, "parameters": score}, alpha=choice(1.0))


@pytest.mark.parametrize(
    ("trial", "space", "path", "message"),
    [
        (
            BAGGING,
            {"m": choice({"estimator": LOGISTIC, "estimator__max_depth": RANGE}, {"estimator": TREE})},
            "",
            "",
        ),
        (
            BAGGING,
            {"estimator": choice(LOGISTIC, TREE), "estimator__depth": RANGE},
            "search_space.estimator__depth",
            "what is drawn for estimator has no parameter 'estimator__depth'; did you mean",
        ),
        (
            BAGGING,
            {
                "m": choice(
                    {"estimator": TREE, "estimator__criterion": choice("gini", "ginny")},
                    {"estimator": LOGISTIC},
                )
            },
            "search_space.m.values.0.estimator__criterion.values.1",
            "must be 'entropy', 'gini' or 'log_loss', got 'ginny'",
        ),
        (
            BAGGING,
            {"estimator": choice(None, {"estimator": TREE, "parameters": {"max_depth": 0}}, literal=True)},
            "search_space.estimator.values.1.parameters.max_depth",
            "must be an int in the range",
        ),
        (
            WITH_STEP,
            {"reduce": choice(None, PCA_PATH, TREE)},
            "search_space.reduce.values.2",
            f"'{TREE}' transforms",
        ),
        (
            WITH_STEP,
            {"reduce": choice(None, PCA_PATH), "reduce__components": RANGE},
            "search_space.reduce__components",
            "what is drawn for reduce has no parameter",
        ),
        (
            WITH_STEP,
            {"reduce__k": RANGE},
            "search_space.reduce__k",
            "what is drawn for reduce has no parameter",
        ),
        (
            {"estimator": LOGISTIC, "steps": [{"reduce": PCA_PATH}]},
            {"redce__n_components": RANGE},
            "search_space.redce__n_components",
            f"{LOGISTIC} has no parameter 'redce__n_components'; did you mean 'reduce__n_components'?",
        ),
        (
            {"estimator": LOGISTIC, "steps": [{"select": K_BEST}]},
            {"select__score_func": choice("f_regression", "numpy.load")},
            "search_space.select__score_func.values.0",
            "must be a callable, got 'f_regression'; did you mean sklearn.feature_selection.f_regression?",
        ),
        (
            {"estimator": LOGISTIC, "steps": [{"select": K_BEST}]},
            {"select__score_func": choice("sklearn.feature_selection.chi2", "numpy.load")},
            "search_space.select__score_func.values.1",
            "'numpy.load' is no function that may be named; did you mean 'numpy.log'?",
        ),
        (
            {"estimator": "sklearn.ensemble.StackingClassifier"},
            {"passthrough": choice(True, False)},
            "trial.estimator",
            "'sklearn.ensemble.StackingClassifier' cannot be made from parameters alone: give it estim",
        ),
        (
            {"estimator": "sklearn.multiclass.OneVsRestClassifier"},
            {"m": choice({"estimator": TREE}, {"verbose": 1})},
            "search_space.estimator",
            "must be drawn in every branch, or be fixed in trial.parameters too",
        ),
    ],
)
def test_what_is_drawn_in_the_place_of_a_part_is_checked_before_any_trial(trial, space, path, message):
    found = faults(trial, **space)
    assert next(iter(found), "") == path
    assert found.get(path, "").startswith(message)


BLENDED = {
    "estimator": "sklearn.ensemble.VotingClassifier",
    "parameters": {"estimators": [{"a": TREE}, {"b": LOGISTIC}]},
}


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([2, 1], None),
        ([2, 1, 1], "must have a weight for each of the 2 estimators, got [2, 1, 1]"),
        ([-1, 2], "must be numbers of at least 0, and not all 0, got [-1, 2]"),
        ([0, 0], "must be numbers of at least 0, and not all 0, got [0, 0]"),
        (["a", "b"], "must be numbers of at least 0, and not all 0, got ['a', 'b']"),
    ],
)
def test_weights_that_a_blend_cannot_take_are_refused_before_any_trial(weights, message):
    fixed = {**BLENDED, "parameters": {**BLENDED["parameters"], "weights": weights}}
    assert faults(fixed).get("trial.parameters.weights") == message
    drawn = faults(BLENDED, weights=choice([1, 1], weights))
    assert drawn.get("search_space.weights.values.1") == message
