import sys
import threading

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from sklearn.base import clone
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import get_scorer
from sklearn.neural_network import MLPClassifier

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import features_and_target, load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import TrialError, TrialTerminated
from sweepflow.models.model_file import ModelError
from sweepflow.training import EstimatorTrial
from sweepflow.training.arrays import arrays

CALM = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # too few iterations


def trial(name, iterations=None, **parameters):
    return EstimatorTrial(estimator=f"sklearn.{name}", parameters=parameters, iterations=iterations)


def train(trial, job):
    """The values reported, and what was trained."""
    values = []
    trained = trial.train(job, lambda metrics: values.append(metrics[job.objective.primary_metric]))
    return values, trained


def rescored(model, job):
    """The metric of a model on the validation rows, by scikit-learn alone."""
    rows = features_and_target(load_part(job.data.folder, "validation"), job.data)
    metric = job.objective.primary_metric
    if metric == "log_loss":
        return -get_scorer("neg_log_loss")(model, *rows)
    return get_scorer(metric)(model, *rows)


# --- every kind of estimator, its reports and the model it keeps

BY_TREES = {"parameter": "n_estimators", "step": 4}
KINDS = [
    ("linear_model.LogisticRegression", None, {}, 1),
    ("svm.SVC", None, {}, 1),
    ("ensemble.RandomForestClassifier", None, {"n_estimators": 10, "random_state": 0}, 1),
    ("ensemble.RandomForestClassifier", BY_TREES, {"n_estimators": 10, "random_state": 0}, 3),
    ("ensemble.GradientBoostingClassifier", BY_TREES, {"n_estimators": 12, "random_state": 0}, 3),
    ("ensemble.HistGradientBoostingClassifier", {"parameter": "max_iter", "step": 5}, {"max_iter": 14}, 3),
    ("linear_model.SGDClassifier", {"epochs": 6}, {"random_state": 0}, 6),
    ("neural_network.MLPClassifier", {"epochs": 5}, {"hidden_layer_sizes": [4], "random_state": 0}, 5),
    ("naive_bayes.GaussianNB", {"epochs": 2}, {}, 2),
    ("linear_model.Ridge", None, {}, 1),
    ("linear_model.LinearRegression", None, {}, 1),
    ("ensemble.RandomForestRegressor", BY_TREES, {"n_estimators": 4, "random_state": 0}, 1),
    ("ensemble.HistGradientBoostingRegressor", {"parameter": "max_iter", "step": 5}, {"max_iter": 20}, 4),
    ("linear_model.SGDRegressor", {"epochs": 4}, {"random_state": 0}, 4),
    ("neural_network.MLPRegressor", {"epochs": 4}, {"hidden_layer_sizes": [4], "random_state": 0}, 4),
]


@pytest.mark.parametrize(("name", "iterations", "parameters", "n_reports"), KINDS)
def test_a_trial_reports_at_each_interval_and_keeps_the_model_of_the_best(
    name, iterations, parameters, n_reports, prepared, job
):
    asked = trial(name, iterations, **parameters)
    targets = ("label", "kind") if asked.is_classifier else ("amount",)
    for target in targets:
        work = job(prepared(target))
        values, trained = train(asked, work)
        assert len(values) == n_reports
        assert rescored(trained.model, work) == max(values)
        assert trained.metrics == {}


def test_the_best_model_is_kept_when_later_ones_are_worse(prepared, job):
    data = prepared("amount")
    asked = trial(
        "ensemble.GradientBoostingRegressor",
        {"parameter": "n_estimators", "step": 10},
        n_estimators=200,
        learning_rate=0.9,
        random_state=0,
    )
    values, trained = train(asked, job(data))
    best = values.index(max(values))
    assert best < len(values) - 1
    assert values[-1] < max(values)
    assert trained.model.named_steps["estimator"].n_estimators_ == (best + 1) * 10
    assert rescored(trained.model, job(data)) == max(values)


def test_the_earlier_of_two_equal_models_is_kept(prepared, job):
    asked = trial(
        "ensemble.RandomForestClassifier", BY_TREES, n_estimators=12, max_depth=1, random_state=0,
        bootstrap=False, max_features=None,
    )  # fmt: skip
    values, trained = train(asked, job(prepared("label")))
    assert len(set(values)) == 1
    assert len(trained.model.named_steps["estimator"].estimators_) == 4


def test_when_less_is_better_the_least_is_kept(prepared, job):
    data = prepared("label")
    work = job(data, "log_loss")
    assert work.objective.goal == "minimize"
    asked = trial("ensemble.GradientBoostingClassifier", BY_TREES, n_estimators=12, random_state=0)
    values, trained = train(asked, work)
    assert 0 < rescored(trained.model, work) == min(values) < max(values)


def test_what_the_space_draws_comes_on_top_of_the_fixed_parameters(prepared, job):
    asked = trial("linear_model.LogisticRegression", C=5.0, max_iter=400)
    _, trained = train(asked, job(prepared("label"), C=0.25, preprocess__numeric__impute__strategy="mean"))
    model = trained.model.named_steps["estimator"]
    assert (model.C, model.max_iter) == (0.25, 400)
    numeric = trained.model.named_steps["preprocess"].named_transformers_["numeric"]
    assert numeric.named_steps["impute"].strategy == "mean"


# --- growing


@pytest.mark.parametrize("subsample", [1.0, 0.5])
@pytest.mark.parametrize(
    ("name", "counter", "target"),
    [
        ("ensemble.GradientBoostingClassifier", "n_estimators", "kind"),
        ("ensemble.GradientBoostingRegressor", "n_estimators", "amount"),
        ("ensemble.ExtraTreesClassifier", "n_estimators", "label"),
        ("ensemble.HistGradientBoostingClassifier", "max_iter", "label"),
    ],
)
def test_a_model_grown_to_its_full_size_is_the_one_fitted_at_once(
    name, counter, target, subsample, prepared, job
):
    fixed = {counter: 10, "random_state": 5}
    if "GradientBoosting" in name and "Hist" not in name:
        fixed["subsample"] = subsample
    work = job(prepared(target))
    grown = trial(name, {"parameter": counter, "step": 3}, **fixed).refit(work, 4)
    at_once = trial(name, **fixed).refit(work, 1)
    features, _ = features_and_target(load_part(work.data.folder, "test"), work.data)
    answer = "predict" if target == "amount" else "predict_proba"
    np.testing.assert_allclose(
        getattr(grown, answer)(features), getattr(at_once, answer)(features), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("total", "step", "sizes"), [(10, 4, [4, 8, 10]), (8, 4, [4, 8]), (3, 4, [3]), (3, 1, [1, 2, 3])]
)
def test_an_ensemble_grows_by_steps_up_to_its_total(total, step, sizes, prepared, job):
    asked = trial(
        "ensemble.RandomForestClassifier", {"parameter": "n_estimators", "step": step}, random_state=0
    )
    work = job(prepared("label"), n_estimators=total)
    for interval, size in enumerate(sizes, start=1):
        model = asked.refit(work, interval).named_steps["estimator"]
        assert len(model.estimators_) == size
    assert len(train(asked, work)[0]) == len(sizes)


@CALM
def test_an_estimator_that_is_no_ensemble_goes_on_from_where_it_stood(prepared, job):
    work = job(prepared("label"), max_iter=7)
    fixed = {"random_state": 0, "tol": None, "learning_rate": "constant", "eta0": 0.01, "shuffle": False}
    asked = trial("linear_model.SGDClassifier", {"parameter": "max_iter", "step": 3}, **fixed)
    values, _ = train(asked, work)
    assert len(values) == 3
    for interval, epochs in ((1, 3), (2, 6), (3, 7)):
        grown = asked.refit(work, interval).named_steps["estimator"]
        at_once = trial("linear_model.SGDClassifier", **fixed).refit(job(work.data, max_iter=epochs), 1)
        np.testing.assert_allclose(grown.coef_, at_once.named_steps["estimator"].coef_)


@CALM
def test_a_logistic_regression_gets_nearer_to_its_optimum_with_each_step(prepared, job):
    data = prepared("label")
    asked = trial("linear_model.LogisticRegression", {"parameter": "max_iter", "step": 2}, max_iter=60)
    optimum = trial("linear_model.LogisticRegression", max_iter=500, tol=1e-8).refit(job(data), 1)
    best = optimum.named_steps["estimator"].coef_
    found = [asked.refit(job(data), n).named_steps["estimator"].coef_ for n in (1, 4, 30)]
    distances = [np.abs(coefficients - best).max() for coefficients in found]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < distances[0] / 10


def test_epochs_are_calls_of_partial_fit_with_all_labels(prepared, job):
    data = prepared("kind")
    found = arrays(data, {})
    model = MLPClassifier([4], random_state=0)
    for _ in range(3):
        model.partial_fit(found.train_features, found.train_target, classes=["large", "medium", "small"])
    expected = model.predict_proba(found.validation_features)
    work = job(data, "neg_log_loss")
    asked = trial("neural_network.MLPClassifier", {"epochs": 3}, hidden_layer_sizes=[4], random_state=0)
    values, trained = train(asked, work)
    assert values == sorted(values)  # so that the last is the best
    features, _ = features_and_target(load_part(data.folder, "validation"), data)
    np.testing.assert_array_equal(trained.model.predict_proba(features), expected)


@pytest.mark.parametrize("total", [0, 2.5, True, "many", None])
def test_what_grows_must_be_a_whole_number(total, prepared, job):
    asked = trial("ensemble.RandomForestClassifier", BY_TREES)
    with pytest.raises(TrialError, match=r"n_estimators must be a whole number >= 1 to grow in steps, got "):
        train(asked, job(prepared("label"), n_estimators=total))


# --- stopping, further metrics


def test_a_trial_that_is_stopped_keeps_its_best_model_and_its_metrics(prepared, job):
    asked = trial("ensemble.GradientBoostingClassifier", {"parameter": "n_estimators"}, random_state=0)
    work = job(prepared("label"), "accuracy", "f1", n_estimators=50)
    values = []

    def report(metrics):
        values.append(metrics["accuracy"])
        if len(values) == 3:
            raise TrialTerminated

    trained = asked.train(work, report)
    assert len(values) == 3
    assert rescored(trained.model, work) == max(values)
    assert set(trained.metrics) == {"f1"}


def test_a_trial_that_is_stopped_at_its_first_report_has_a_model(prepared, job):
    def report(metrics):
        raise TrialTerminated

    trained = trial("svm.SVC").train(job(prepared("label")), report)
    assert rescored(trained.model, job(prepared("label"))) > 0.5


def test_further_metrics_are_those_of_the_kept_model_and_not_the_primary_again(prepared, job):
    work = job(prepared("amount"), "r2", "neg_mean_absolute_error", "r2")
    fixed = {"n_estimators": 60, "learning_rate": 0.9, "random_state": 0}
    growing = {"parameter": "n_estimators", "step": 10}
    values, trained = train(trial("ensemble.GradientBoostingRegressor", growing, **fixed), work)
    assert max(values) > values[-1]
    rows = features_and_target(load_part(work.data.folder, "validation"), work.data)
    expected = get_scorer("neg_mean_absolute_error")(trained.model, *rows)
    assert trained.metrics == {"neg_mean_absolute_error": expected}


@pytest.mark.parametrize("positive", ["no", "yes"])
def test_metrics_of_the_positive_label_work_with_labels_of_text(positive, prepared, job):
    data = prepared("label", positive_label=positive)
    work = job(data, "f1", "precision", "average_precision")
    values, trained = train(trial("linear_model.LogisticRegression"), work)
    features, truth = features_and_target(load_part(data.folder, "validation"), data)
    train_features, target = features_and_target(load_part(data.folder, "train"), data)
    plain = clone(trained.model).fit(train_features, target == positive)
    for name, value in {"f1": values[0], **trained.metrics}.items():
        assert value == pytest.approx(get_scorer(name)(plain, features, truth == positive), rel=1e-6)


def test_class_weights_by_label_reach_the_estimator_although_json_made_text_of_the_labels(tmp_path, job):
    generator = np.random.default_rng(0)
    table = pd.DataFrame({"x": generator.normal(size=120), "y": np.arange(120) % 3})
    table.to_csv(tmp_path / "t.csv", index=False)
    source = DataSource(path=str(tmp_path / "t.csv"), target="y")
    data = prepare(source, Validation(), tmp_path, is_classifier=True)
    asked = trial("linear_model.LogisticRegression", class_weight={"0": 1, "1": 1000, "2": 1})
    _, trained = train(asked, job(data))
    assert set(trained.model.predict(table)) == {1}


def test_an_estimator_without_data_is_a_failed_trial(job):
    with pytest.raises(TrialError, match="an estimator needs data"):
        train(trial("svm.SVC"), job(None))
    for again in (trial("svm.SVC").refit, trial("svm.SVC").fit_again):
        with pytest.raises(TrialError, match="the trial needs data, and was given none"):
            again(job(None), 1)


# --- fitting again


def test_a_refit_learns_from_training_and_validation_rows(prepared, job):
    work = job(prepared("amount"))
    model = trial("ensemble.RandomForestRegressor", n_estimators=3, bootstrap=False).refit(work, 1)
    for part, is_known in (("train", True), ("validation", True), ("test", False)):
        features, target = features_and_target(load_part(work.data.folder, part), work.data)
        assert np.allclose(model.predict(features), target) is is_known


def test_a_refit_stops_after_the_best_interval(prepared, job):
    work = job(prepared("label"), n_estimators=20)
    asked = trial("ensemble.GradientBoostingClassifier", BY_TREES, random_state=0)
    assert asked.refit(work, 2).named_steps["estimator"].n_estimators_ == 8
    epochs = trial("linear_model.SGDClassifier", {"epochs": 9}, random_state=0).refit(job(work.data), 3)
    n_rows = work.data.n_rows["train"] + work.data.n_rows["validation"]
    assert epochs.named_steps["estimator"].t_ == 3 * n_rows + 1


# --- names of estimators


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("os.system", "must lie in sklearn, got 'os.system'"),
        ("subprocess.Popen", "must lie in sklearn, got 'subprocess.Popen'"),
        ("RandomForestClassifier", "did you mean sklearn.ensemble.RandomForestClassifier?"),
        ("", "must lie in sklearn, got ''"),
        ("sklearnx.svm.SVC", "must lie in sklearn, got 'sklearnx.svm.SVC'; did you mean sklearn.svm.SVC?"),
        (".sklearn.svm.SVC", "must lie in sklearn"),
        ("sklearn.ensemble.RandomForestClasifier", "did you mean sklearn.ensemble.RandomForestClassifier?"),
        ("sklearn.trees.DecisionTreeClassifier", "did you mean sklearn.tree.DecisionTreeClassifier?"),
        ("sklearn..svm.SVC", "must be the path of a class"),
        ("sklearn.\0.SVC", "must be the path of a class"),
        ("sklearn.svm.SVC.__class__", "must be the path of a class"),
        ("sklearn.svm.__builtins__", "must be the path of a class"),
        ("sklearn.__dict__", "must be the path of a class"),
        ("sklearn.base.BaseEstimator", "'sklearn.base.BaseEstimator' is not an estimator"),
        ("sklearn.model_selection.KFold", "'sklearn.model_selection.KFold' is not an estimator"),
        ("sklearn.datasets._base.os", "is not an estimator"),
        ("sklearn.metrics.accuracy_score", "is not an estimator"),
        ("sklearn.preprocessing.StandardScaler", "is neither a classifier nor a regressor"),
        ("sklearn.cluster.KMeans", "is neither a classifier nor a regressor"),
        ("sklearn.pipeline.Pipeline", "cannot be made from parameters alone"),
        ("sklearn.ensemble.VotingClassifier", "cannot be made from parameters alone"),
        (
            "sklearn.semi_supervised.SelfTrainingClassifier",
            "alone: give it estimator: {estimator: PATH, parameters: {...}} in trial.parameters",
        ),
    ],
)
def test_a_name_that_is_no_estimator_s_is_a_problem(name, message):
    (problem,) = EstimatorTrial(estimator=name).check(frozenset(), is_trusted=True)
    assert problem.path == "trial.estimator"
    assert message in problem.message


def test_an_estimator_whose_import_is_cut_short_is_not_said_to_be_missing(tmp_path, monkeypatch):
    # What NumPy makes of a Ctrl-C in the import of a library that needs it.
    (tmp_path / "halfway.py").write_text("raise ImportError('numpy._core.multiarray failed to import')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("SWEEPFLOW_ESTIMATOR_PACKAGES", "halfway")
    (problem,) = EstimatorTrial(estimator="halfway.Forest").check(frozenset(), is_trusted=True)
    told = "'halfway.Forest' cannot be imported: numpy._core.multiarray failed to import"
    assert problem.message == told


def test_a_module_outside_the_allowed_packages_is_not_imported(tmp_path, monkeypatch):
    mark = tmp_path / "imported"
    (tmp_path / "sideeffect.py").write_text(
        f"import os\nos.mkdir({str(mark)!r})\nfrom sklearn.svm import SVC\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    asked = EstimatorTrial(estimator="sideeffect.SVC")
    (problem,) = asked.check(frozenset(), is_trusted=True)
    assert "must lie in sklearn" in problem.message
    assert not mark.exists()
    monkeypatch.setenv("SWEEPFLOW_ESTIMATOR_PACKAGES", "other, sideeffect")
    assert asked.check(frozenset(), is_trusted=False) == []
    assert mark.exists()


def test_an_estimator_by_its_private_module_is_the_same():
    assert trial("svm._classes.SVC").load() is trial("svm.SVC").load()


@pytest.mark.parametrize(("name", "expected"), [("svm.SVC", True), ("svm.SVR", False)])
def test_a_classifier_is_told_from_a_regressor(name, expected):
    assert trial(name).is_classifier is expected


# --- names of parameters


def problems(trial, *names):
    return trial.check(frozenset(names), is_trusted=False)


def test_names_that_the_estimator_has_are_no_problem():
    assert problems(trial("svm.SVC", kernel="rbf", random_state=0), "C", "gamma") == []


def test_a_fixed_parameter_that_does_not_exist_is_a_problem_with_the_nearest_name():
    (problem,) = problems(trial("svm.SVC", kernal="rbf"), "C")
    assert problem.path == "trial.parameters.kernal"
    assert problem.message == "sklearn.svm.SVC has no parameter 'kernal'; did you mean 'kernel'?"


def test_every_drawn_parameter_that_does_not_exist_is_a_problem():
    found = problems(trial("ensemble.RandomForestClassifier"), "n_estimator", "max_depth", "max_feature")
    assert [problem.path for problem in found] == ["search_space.max_feature", "search_space.n_estimator"]
    assert "did you mean 'max_features'?" in found[0].message
    assert "did you mean 'n_estimators'?" in found[1].message


def test_names_that_lightgbm_takes_and_does_not_list_are_no_problem():
    asked = EstimatorTrial(estimator="lightgbm.LGBMClassifier", parameters={"verbose": -1})
    names = frozenset({"lambda_l1", "feature_fraction", "bagging_freq", "min_data_in_leaf", "num_leaves"})
    assert asked.check(names, is_trusted=True) == []
    wrong = frozenset({"num_leafs", "reg_alfa", "n_estimator", "preprocess__numeric__memory"})
    assert {each.path.removeprefix("search_space.") for each in asked.check(wrong, is_trusted=True)} == wrong
    assert asked.check(names, is_trusted=False) == []
    unknown = frozenset({"a_name_of_the_next_version"})
    assert asked.check(unknown, is_trusted=True) == []
    assert len(asked.check(unknown | wrong, is_trusted=False)) == 5


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("lightgbm.LGBMClassifier", {"input_model", "forcedsplits_filename", "machines", "config"}),
        ("catboost.CatBoostRegressor", {"train_dir", "input_borders", "snapshot_file"}),
    ],
)
def test_names_of_a_booster_s_files_are_taken_from_one_s_own_shell_alone(path, names):
    asked = EstimatorTrial(estimator=path)
    assert asked.check(frozenset(names), is_trusted=True) == []
    found = asked.check(frozenset(names), is_trusted=False)
    assert {each.path.removeprefix("search_space.") for each in found} == names
    assert found[0].message == (
        "may name a file or reach a network, so only your own shell or code may set it; leave it out"
    )


@pytest.mark.parametrize(
    ("path", "parameters", "slots", "told"),
    [
        (
            "xgboost.XGBRegressor",
            {"n_jobs": 3},
            2,
            "n_jobs: 3 threads in each of 2 trials at once share 4 core(s)",
        ),
        (
            "catboost.CatBoostRegressor",
            {"thread_count": -1},
            4,
            "thread_count: 4 threads in each of 4 trials",
        ),
        (
            "sklearn.ensemble.RandomForestRegressor",
            {"n_jobs": -1},
            2,
            "n_jobs: 4 threads in each of 2 trials",
        ),
        ("xgboost.XGBRegressor", {"n_jobs": 2}, 2, None),
        ("xgboost.XGBRegressor", {"n_jobs": 8}, 1, None),
        ("xgboost.XGBRegressor", {}, 4, None),
    ],
)
def test_more_threads_than_cores_are_told(path, parameters, slots, told):
    found = EstimatorTrial(estimator=path, parameters=parameters).thread_notices(slots, 4)
    assert [each.startswith(f"trial.parameters.{told}") for each in found] == ([True] if told else [])


def test_what_sweepflow_sets_of_a_booster_is_a_problem_everywhere():
    (problem,) = EstimatorTrial(estimator="xgboost.XGBClassifier", parameters={"callbacks": []}).check(
        frozenset(), is_trusted=True
    )
    assert problem.path == "trial.parameters.callbacks"
    assert problem.message == "is set by Sweepflow itself; leave it out"


@pytest.mark.parametrize(
    ("path", "parameter", "told"),
    [
        (
            "xgboost.XGBRegressor",
            "max_depth",
            "'max_depth' does not count its rounds; did you mean 'n_estimators'?",
        ),
        ("catboost.CatBoostRegressor", "n_estimators", None),
    ],
)
def test_a_booster_reports_by_its_rounds_alone(path, parameter, told):
    asked = EstimatorTrial(estimator=path, iterations={"parameter": parameter, "step": 5})
    assert [each.message for each in asked.check(frozenset(), is_trusted=False)] == ([told] if told else [])


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (
            "xgboost.XGBClasifier",
            "there is no booster 'xgboost.XGBClasifier'; did you mean xgboost.XGBClassifier?",
        ),
        ("lightgbm.Booster", "there is no booster 'lightgbm.Booster'; did you mean lightgbm.LGBM"),
        ("xgboost.XGBClassifier", "xgboost is not installed: pip install 'sweepflow[boosting]'"),
    ],
)
def test_a_booster_that_there_is_not_is_told_in_one_sentence(path, told, monkeypatch):
    monkeypatch.setitem(sys.modules, "xgboost", None)
    (problem,) = EstimatorTrial(estimator=path).check(frozenset(), is_trusted=False)
    assert problem.path == "trial.estimator"
    assert problem.message.startswith(told)


@pytest.mark.parametrize(
    "name",
    [
        "preprocess__numeric__impute__strategy",
        "preprocess__numeric__scale__with_mean",
        "preprocess__categorical__encode__max_categories",
        "preprocess__date__impute__strategy",
    ],
)
def test_names_of_the_preprocessing_are_accepted(name):
    assert problems(trial("svm.SVC", **{name: 1}), name) == []


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("preprocess__numeric__imputer__strategy", "did you mean 'preprocess__numeric__impute__strategy'?"),
        ("preprocess__numeric__memory", "has no parameter 'preprocess__numeric__memory'"),  # writes a folder
        ("estimator__C", "has no parameter 'estimator__C'"),
    ],
)
def test_other_names_with_a_prefix_are_problems(name, nearest):
    (problem,) = problems(trial("svm.SVC"), name)
    assert problem.path == f"search_space.{name}"
    assert nearest in problem.message


# --- iterations


@pytest.mark.parametrize(
    ("name", "iterations", "path", "message"),
    [
        ("svm.SVC", {"epochs": 3}, "epochs", "sklearn.svm.SVC has no partial_fit"),
        ("svm.SVC", {"parameter": "max_iter"}, "parameter", "sklearn.svm.SVC has no warm_start"),
        ("gaussian_process.GaussianProcessClassifier", {"parameter": "n_restarts_optimizer"}, "parameter",
         "so it cannot grow"),
        ("ensemble.RandomForestClassifier", {"parameter": "n_estimator"}, "parameter",
         "did you mean 'n_estimators'?"),
        ("ensemble.RandomForestClassifier", {"parameter": "max_depth"}, "parameter",
         "'max_depth' does not count iterations; did you mean 'n_estimators'?"),
    ],
)  # fmt: skip
def test_iterations_that_the_estimator_cannot_do_are_a_problem(name, iterations, path, message):
    (problem,) = problems(trial(name, iterations))
    assert problem.path == f"trial.iterations.{path}"
    assert message in problem.message


@pytest.mark.parametrize(
    ("name", "iterations"),
    [
        ("linear_model.SGDClassifier", {"epochs": 1}),
        ("linear_model.SGDClassifier", {"parameter": "max_iter", "step": 10}),
        ("ensemble.BaggingRegressor", {"parameter": "n_estimators"}),
    ],
)
def test_iterations_that_the_estimator_can_do_are_no_problem(name, iterations):
    assert problems(trial(name, iterations)) == []


@pytest.mark.parametrize(
    ("iterations", "message"),
    [
        ({}, "exactly one of epochs and parameter must be given, got neither"),
        ({"epochs": 2, "parameter": "n_estimators"}, "must be given, got both"),
        ({"epochs": 0}, "greater than or equal to 1"),
        ({"parameter": "n_estimators", "step": 0}, "greater than or equal to 1"),
        ({"epoch": 3}, "did you mean 'epochs'?"),
    ],
)
def test_iterations_that_mean_nothing_are_refused(iterations, message):
    with pytest.raises(ValidationError) as caught:
        trial("svm.SVC", iterations)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("iterations", "n_intervals"), [(None, 1), ({"epochs": 7}, 7), ({"parameter": "n_estimators"}, None)]
)
def test_the_number_of_intervals_is_known_unless_a_parameter_decides_it(iterations, n_intervals):
    assert trial("ensemble.RandomForestClassifier", iterations).n_intervals == n_intervals


@pytest.mark.parametrize("iterations", [None, {"epochs": 2}])
def test_a_further_metric_that_cannot_be_computed_costs_only_itself(iterations, prepared, job):
    asked = {"estimator": "sklearn.linear_model.SGDClassifier", "iterations": iterations}
    trial = EstimatorTrial.model_validate(asked)
    values = []
    trained = trial.train(job(prepared("label"), "roc_auc", "neg_log_loss", "accuracy"), values.append)
    assert all(0.5 < value["roc_auc"] <= 1 for value in values)
    assert list(trained.metrics) == ["accuracy"]
    assert trained.notes == ("neg_log_loss could not be computed: SGDClassifier has no predict_proba",)
    assert hasattr(trained.model, "predict")


# --- a model that cannot be copied


class Held(SGDClassifier):
    """Holds what cannot be pickled."""

    def partial_fit(self, features, target, classes=None):
        self.lock_ = threading.Lock()
        return super().partial_fit(features, target, classes)

    def fit(self, features, target):
        return self.partial_fit(features, target, np.unique(target))


@pytest.mark.parametrize("iterations", [None, {"epochs": 3}])
def test_a_trial_whose_model_cannot_be_pickled_has_its_value(iterations, prepared, job, monkeypatch):
    monkeypatch.setattr(EstimatorTrial, "load", lambda _: Held)
    work = job(prepared("label"), "accuracy", "f1")
    values, trained = train(trial("any.Held", iterations, random_state=0), work)
    assert len(values) == (3 if iterations else 1)
    if iterations:
        (note,) = trained.notes
        assert note.startswith("f1 could not be computed: the model of the best interval cannot be copied: ")
        with pytest.raises(ModelError, match="of the best interval cannot be copied: cannot pickle"):
            _ = trained.model
    else:
        assert set(trained.metrics) == {"f1"}
