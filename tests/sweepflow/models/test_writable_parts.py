"""What is kept of a model's parts when they are written, and what is left out of the file."""

import importlib
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats
from scipy.spatial import distance
from sklearn import metrics
from sklearn.ensemble import (
    BaggingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.experimental import (  # noqa: F401
    enable_halving_search_cv,
    enable_iterative_imputer,
)
from sklearn.feature_selection import GenericUnivariateSelect, SelectKBest, chi2, mutual_info_classif
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, Matern
from sklearn.impute import IterativeImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, get_scorer, get_scorer_names, make_scorer, pairwise
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    TunedThresholdClassifierCV,
)
from sklearn.neighbors import VALID_METRICS, KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, SplineTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sweepflow.data.prepared import FeatureColumns, features_and_target, load_part
from sweepflow.models.model_file import ModelError, load_model, save_model
from sweepflow.models.trusted_types import TRUSTED_TYPES
from sweepflow.training import EstimatorTrial
from sweepflow.training.estimator.toy import impossible
from sweepflow.training.preprocess import Preprocess
from sweepflow.training.preprocessor import preprocessor

GENERATOR = np.random.default_rng(0)
X = np.abs(GENERATOR.normal(size=(90, 4)))
Y = np.where(X[:, 0] > X[:, 1], "yes", "no").astype(object)

pytestmark = pytest.mark.filterwarnings("ignore::Warning")


def come_back(model, folder, features=X, **trusted):
    """The model, fitted, saved and loaded, if it predicts as before."""
    model.fit(features, Y)
    save_model(model, folder / "model.skops")
    loaded = load_model(folder / "model.skops", **trusted)
    np.testing.assert_array_equal(loaded.predict(features), model.predict(features))
    return loaded


def distances_between(first, second):
    return float(np.abs(first - second).sum())


# --- early stopping by a scorer


@pytest.mark.parametrize("scoring", ["roc_auc", "neg_log_loss", None, make_scorer(balanced_accuracy_score)])
def test_boosting_that_stopped_early_by_a_scorer_comes_back(scoring, tmp_path):
    options = {"max_iter": 3, "early_stopping": True, "scoring": scoring, "validation_fraction": 0.3}
    model = HistGradientBoostingClassifier(**options)
    assert come_back(model, tmp_path).n_iter_ == 3
    assert model.validation_score_.shape == (4,)
    come_back(BaggingClassifier(model, n_estimators=2), tmp_path)
    come_back(make_pipeline(StandardScaler(), model), tmp_path)


def test_saving_leaves_the_model_itself_as_it_was(tmp_path):
    model = HistGradientBoostingRegressor(max_iter=2, early_stopping=True, scoring="r2").fit(X, X[:, 0])
    scorer = model._scorer
    save_model(model, tmp_path / "model.skops")
    assert model._scorer is scorer
    search = RandomizedSearchCV(LogisticRegression(), {"C": stats.loguniform(0.1, 1)}, n_iter=1)
    save_model(search, tmp_path / "model.skops")
    assert hasattr(search.param_distributions["C"], "rvs")


@pytest.mark.parametrize("given", [[0, 2], "from_dtype"])
def test_boosting_with_categories_comes_back(given, tmp_path):
    table = pd.DataFrame(X, columns=list("abcd")).assign(c=pd.Categorical(np.resize([1, 2, 3], len(X))))
    features = table.assign(a=np.resize([0, 1], len(X))) if given == [0, 2] else table
    model = HistGradientBoostingClassifier(max_iter=3, categorical_features=given)
    come_back(make_pipeline(model), tmp_path, features)
    assert model.is_categorical_.any()


def test_a_transformer_by_a_partial_function_is_written_as_one_by_the_function(tmp_path):
    step = FunctionTransformer(partial(np.clip, a_min=0.2, a_max=9), kw_args={"a_max": 0.8})
    loaded = come_back(make_pipeline(step, LogisticRegression()), tmp_path)
    assert loaded[0].kw_args == {"a_min": 0.2, "a_max": 0.8}
    assert isinstance(step.func, partial)


class Endless:
    """Refers to itself."""

    def __init__(self):
        self.me = self


def test_a_model_that_refers_to_itself_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(ModelError, match=r"cannot be saved: a part of it refers to the whole"):
        save_model(Endless(), tmp_path / "model.skops")


# --- searches

TREE = DecisionTreeClassifier()
DEPTHS = {"max_depth": [1, 2]}
SEARCHES = {
    "grid": GridSearchCV(TREE, DEPTHS, cv=3),
    "grid by a scorer": GridSearchCV(TREE, DEPTHS, cv=3, scoring="roc_auc"),
    "grid by two": GridSearchCV(TREE, DEPTHS, cv=3, scoring=["f1_macro", "accuracy"], refit="accuracy"),
    "grid of shuffles": GridSearchCV(TREE, DEPTHS, cv=ShuffleSplit(2)),
    "grid of repeats": GridSearchCV(TREE, DEPTHS, cv=RepeatedStratifiedKFold(n_splits=2, n_repeats=2)),
    "grid of given rows": GridSearchCV(TREE, DEPTHS, cv=[(np.arange(60), np.arange(60, 90))]),
    "grid of estimators": GridSearchCV(Pipeline([("m", TREE)]), {"m": [TREE, SVC()]}, cv=2),
    "grid of kernels": GridSearchCV(GaussianProcessClassifier(), {"kernel": [RBF(), Matern()]}, cv=2),
    "halving": HalvingGridSearchCV(TREE, DEPTHS, cv=2, scoring="balanced_accuracy"),
    "random": RandomizedSearchCV(TREE, DEPTHS, n_iter=2, cv=2),
    "random from a list": RandomizedSearchCV(TREE, [{"max_depth": stats.randint(1, 4)}], n_iter=2, cv=2),
    "halving from a distribution": HalvingRandomSearchCV(TREE, {"max_depth": stats.randint(1, 4)}, cv=2),
    "tuned threshold": TunedThresholdClassifierCV(LogisticRegression(), scoring="f1_macro", cv=2),
    "fixed threshold": FixedThresholdClassifier(LogisticRegression(), threshold=0.4),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_comes_back(name, tmp_path):
    loaded = come_back(SEARCHES[name], tmp_path)
    assert loaded.score(X, Y) == SEARCHES[name].score(X, Y)


def test_the_distributions_of_a_search_come_back_as_text(tmp_path):
    space = {"C": stats.loguniform(0.1, b=1.0), "fit_intercept": [True, False]}
    loaded = come_back(RandomizedSearchCV(LogisticRegression(), space, n_iter=2, cv=2), tmp_path)
    assert loaded.param_distributions == {"C": "loguniform(0.1, b=1.0)", "fit_intercept": [True, False]}
    assert loaded.best_params_.keys() == space.keys()


# --- steps before a model, and estimators around others

STEPS = {
    "k best": SelectKBest(k=2),
    "k best by chi2": SelectKBest(chi2, k=2),
    "k best by information": SelectKBest(mutual_info_classif, k=2),
    "union": FeatureUnion([("all", StandardScaler()), ("best", SelectKBest(k=1))]),
    "splines": SplineTransformer(),
    "imputer": IterativeImputer(),
    "logarithm": FunctionTransformer(np.log1p),
    "clip": FunctionTransformer(np.clip, kw_args={"a_min": 0, "a_max": 1}),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_before_a_model_comes_back(name, tmp_path):
    come_back(make_pipeline(STEPS[name], LogisticRegression()), tmp_path)


@pytest.mark.parametrize("kind", [VotingClassifier, StackingClassifier])
def test_an_ensemble_of_named_models_comes_back(kind, tmp_path):
    loaded = come_back(kind([("tree", TREE), ("line", LogisticRegression())]), tmp_path)
    assert loaded.named_estimators_.line.coef_.shape == (1, 4)


@pytest.mark.parametrize("make", [sparse.csr_matrix, sparse.csr_array, sparse.csc_matrix, sparse.csc_array])
def test_a_model_of_sparse_rows_comes_back(make, tmp_path):
    come_back(KNeighborsClassifier(), tmp_path, make(X))
    come_back(SVC(), tmp_path, make(X))


# --- metrics

OF_FUNCTIONS = {"pyfunc", "precomputed"}
METRICS = [
    (algorithm, metric)
    for algorithm, metrics in VALID_METRICS.items()
    for metric in sorted(metrics)
    if metric not in OF_FUNCTIONS
]
OPTIONS = {"mahalanobis": {"VI": np.eye(4)}, "minkowski": {"p": 3}, "seuclidean": {"V": np.ones(4)}}


@pytest.mark.parametrize(("algorithm", "metric"), METRICS)
def test_every_metric_of_neighbors_comes_back(algorithm, metric, tmp_path):
    features = X[:, :2] if metric == "haversine" else X
    options = None if metric == "p" else OPTIONS.get(metric)
    model = KNeighborsClassifier(algorithm=algorithm, metric=metric, metric_params=options)
    come_back(model, tmp_path, features)
    come_back(model, tmp_path, features.astype(np.float32))


@pytest.mark.parametrize("function", [distance.cosine, pairwise.rbf_kernel, distances_between])
def test_a_metric_or_kernel_that_is_a_function_with_a_name_comes_back(function, tmp_path):
    is_kernel = function is pairwise.rbf_kernel
    model = SVC(kernel=function) if is_kernel else KNeighborsClassifier(metric=function)
    come_back(model, tmp_path, trusted_modules=(__name__,))


def test_the_function_of_every_scorer_is_trusted():
    functions = {get_scorer(name)._score_func for name in get_scorer_names()}
    assert {f"{each.__module__}.{each.__name__}" for each in functions} <= TRUSTED_TYPES


@pytest.mark.parametrize("module", ["_classification", "_regression"])
def test_every_metric_that_a_scorer_may_be_made_of_is_trusted(module):
    endings = ("_score", "_loss", "_error", "_deviance", "_coef")
    names = [name for name in metrics.__all__ if name.endswith(endings)]
    found = {f"{each.__module__}.{each.__name__}" for each in (getattr(metrics, name) for name in names)}
    assert {name for name in found if f".{module}." in name} <= TRUSTED_TYPES


def test_a_search_by_a_scorer_of_one_s_own_making_comes_back(tmp_path):
    scorer = make_scorer(metrics.fbeta_score, beta=2, pos_label="yes")
    come_back(GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2, scoring=scorer), tmp_path)


def test_a_choice_of_columns_by_a_partial_function_comes_back(tmp_path):
    by = partial(mutual_info_classif, random_state=0)
    for chosen in (SelectKBest(by, k=2), GenericUnivariateSelect(by, mode="k_best", param=2)):
        loaded = come_back(make_pipeline(chosen, LogisticRegression()), tmp_path)
        assert loaded[0].score_func is mutual_info_classif
        assert chosen.score_func is by


# --- what has no name to be found by


def inner():
    def transform(features):
        return features

    return transform


@pytest.mark.parametrize(
    ("function", "told"), [(lambda x: x, "a lambda"), (inner(), r"the function 'inner.*transform'")]
)
def test_a_function_without_a_name_of_its_own_is_refused_when_the_model_is_saved(function, told, tmp_path):
    model = make_pipeline(FunctionTransformer(function), LogisticRegression()).fit(X, Y)
    with pytest.raises(
        ModelError, match=rf"cannot be saved: it holds {told}, .*define a function with a name"
    ):
        save_model(model, tmp_path / "model.skops")
    assert list(tmp_path.iterdir()) == []


# --- boosters


@pytest.fixture
def lightgbm(monkeypatch):
    monkeypatch.setenv("SWEEPFLOW_ESTIMATOR_PACKAGES", "lightgbm")
    return importlib.import_module("lightgbm")


def test_a_trial_s_model_of_lightgbm_comes_back(lightgbm, prepared, job, tmp_path):
    for target, kind in (("label", "Classifier"), ("kind", "Classifier"), ("amount", "Regressor")):
        options = {"n_estimators": 3, "verbose": -1}
        trial = EstimatorTrial(estimator=f"lightgbm.LGBM{kind}", parameters=options)
        data = prepared(target)
        model = trial.train(job(data), lambda _: None).model
        table, _ = features_and_target(load_part(data.folder, "test"), data)
        save_model(model, tmp_path / "model.skops")
        loaded = load_model(tmp_path / "model.skops")
        np.testing.assert_array_equal(loaded.predict(table), model.predict(table))


def test_a_toy_of_lightgbm_is_no_problem_and_prints_nothing(lightgbm, prepared, capfd):
    trial = EstimatorTrial(estimator="lightgbm.LGBMClassifier")
    metrics = [("objective.primary_metric", "roc_auc"), ("metrics.0", "neg_log_loss")]
    assert impossible(trial, {}, metrics, prepared("label"), lambda _: True) == []
    assert capfd.readouterr() == ("", "")


def test_the_package_that_would_have_to_be_allowed_is_named(lightgbm, monkeypatch, tmp_path):
    save_model(lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(X, Y), tmp_path / "model.skops")
    monkeypatch.delenv("SWEEPFLOW_ESTIMATOR_PACKAGES")
    told = (
        r"SWEEPFLOW_ESTIMATOR_PACKAGES names lightgbm: it holds types that are not trusted: lightgbm\.basic"
    )
    with pytest.raises(ModelError, match=told):
        load_model(tmp_path / "model.skops")


# --- many categories


@pytest.mark.parametrize("encoding", ["one_hot", "sparse", "ordinal", "target", "counts", "native"])
def test_each_of_many_categories_takes_few_bytes_of_the_file(encoding, tmp_path):
    table = pd.DataFrame({"x": [f"category {number % 3000}" for number in range(4000)]})
    columns = FeatureColumns(
        **dict.fromkeys(("numeric", "boolean", "date"), ()), categorical=("x",), date_formats={}
    )
    preprocess = preprocessor(columns, Preprocess(categories=encoding))
    preprocess.fit_transform(table, np.arange(4000.0) % 7)
    save_model(preprocess, tmp_path / "model.skops")
    assert (tmp_path / "model.skops").stat().st_size < 100 * 3000
    asked = pd.DataFrame({"x": ["category 17", "category 2999", "new", None]})
    expected, found = (each.transform(asked) for each in (preprocess, load_model(tmp_path / "model.skops")))
    expected, found = (each.toarray() if encoding == "sparse" else each for each in (expected, found))
    np.testing.assert_array_equal(np.asarray(found, dtype=float), np.asarray(expected, dtype=float))
