import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from scipy.sparse import issparse
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils import all_estimators

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import features_and_target, load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.models.model_file import load_model, save_model
from sweepflow.training import EstimatorTrial, encoding
from sweepflow.training.arrays import arrays
from sweepflow.training.encoding import encoding_for, encoding_of, memory_notices
from sweepflow.training.estimator.iterations import Iterations
from sweepflow.training.preprocess import Preprocess

TREES = (
    *(RandomForestClassifier(), ExtraTreesClassifier(), GradientBoostingRegressor()),
    *(DecisionTreeRegressor(), AdaBoostClassifier(), BaggingRegressor()),
)
WIDE = (100_000, 1, [200] * 20)
SLOW = {"GaussianProcessClassifier", "GaussianProcessRegressor"}


SMALL = (1000, 10, [100] * 20)


@pytest.mark.parametrize("estimator", [LogisticRegression(), GaussianNB(), SVC(), MLPClassifier()])
def test_a_small_table_is_one_hot_encoded_for_an_estimator_that_is_not_of_trees(estimator):
    assert encoding_of(estimator, *SMALL) == "one_hot"


@pytest.mark.parametrize("size", [SMALL, WIDE])
@pytest.mark.parametrize("estimator", TREES)
def test_trees_get_codes(estimator, size):
    assert encoding_of(estimator, *size) == "ordinal"


@pytest.mark.parametrize("size", [SMALL, WIDE])
@pytest.mark.parametrize(
    "estimator", [HistGradientBoostingClassifier(), HistGradientBoostingRegressor(), LGBMClassifier()]
)
def test_an_estimator_that_takes_categories_gets_them_as_they_are(estimator, size):
    assert encoding_of(estimator, *size) == "native"


def test_boosting_that_is_told_which_columns_are_categories_gets_codes():
    assert encoding_of(HistGradientBoostingClassifier(categorical_features=[0]), *SMALL) == "ordinal"


def test_an_ensemble_gets_what_its_members_take():
    assert encoding_of(BaggingRegressor(LinearRegression()), *SMALL) == "one_hot"
    assert encoding_of(BaggingRegressor(DecisionTreeRegressor()), *SMALL) == "ordinal"


@pytest.mark.parametrize(
    "estimator", [LogisticRegression(), SVC(), MLPClassifier(), Ridge(), KNeighborsClassifier()]
)
def test_an_estimator_that_takes_sparse_rows_gets_them(estimator):
    assert encoding_of(estimator, *WIDE) == "sparse"


def test_an_estimator_that_does_not_gets_dense_ones():
    voting = VotingClassifier([("bayes", GaussianNB())])
    assert [encoding_of(estimator, *WIDE) for estimator in (GaussianNB(), voting)] == ["one_hot"] * 2


@pytest.mark.parametrize(
    "estimator",
    [
        *(Ridge(solver="svd"), LinearRegression(positive=True), KNeighborsClassifier(metric="hamming")),
        *(RidgeClassifier(solver="cholesky"), KNeighborsRegressor(metric="chebyshev")),
    ],
)
def test_an_estimator_whose_parameters_do_not_go_with_sparse_rows_gets_dense_ones(estimator):
    assert encoding_of(estimator, *WIDE) == "one_hot"


def test_few_categories_beside_many_numbers_are_not_sparse():
    assert encoding_of(LogisticRegression(), 1_000_000, 50, [2, 3]) == "one_hot"


# --- on real rows


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A file with two columns of many categories, gaps in one, and one of numbers."""
    generator = np.random.default_rng(2)
    n = 400
    kind, place = generator.integers(0, 30, n), generator.integers(0, 12, n)
    table = pd.DataFrame({"kind": [f"k{i}" for i in kind], "place": [f"p{i}" for i in place]})
    table["size"] = generator.normal(size=n).round(3)
    noisy = table["size"] + (kind > 15) - (place > 5) + generator.normal(0, 0.3, n)
    table.loc[::17, "kind"] = None
    table["label"], table["amount"] = np.where(noisy > 0, "yes", "no"), noisy.round(4)
    path = tmp_path_factory.mktemp("wide") / "t.parquet"
    table.to_parquet(path)
    return path


@pytest.fixture
def wide(table, tmp_path, monkeypatch):
    """Prepares that file, taken for one that is large."""
    monkeypatch.setattr(encoding, "_LITTLE", 0)

    def make(target):
        drop = ("amount",) if target == "label" else ("label",)
        source = DataSource(path=str(table), target=target, drop=drop)
        return prepare(source, Validation(), tmp_path, is_classifier=target == "label")

    return make


def test_categories_are_counted_with_none_as_one_of_them(wide):
    assert wide("label").n_categories == {"kind": 31, "place": 12}


@pytest.mark.parametrize(
    ("name", "parameters", "kind"),
    [
        ("linear_model.LogisticRegression", {}, "sparse"),
        ("ensemble.HistGradientBoostingClassifier", {"max_iter": 20, "random_state": 0}, "native"),
        ("ensemble.RandomForestClassifier", {"n_estimators": 20, "random_state": 0}, "ordinal"),
        ("naive_bayes.GaussianNB", {}, "one_hot"),
    ],
)
def test_a_model_takes_raw_rows_with_new_categories_and_gaps_from_its_file(
    name, parameters, kind, wide, job, tmp_path
):
    data, values = wide("label"), []
    trial = EstimatorTrial(estimator=f"sklearn.{name}", parameters=parameters)
    trained = trial.train(job(data, "accuracy"), values.append)
    save_model(trained.model, tmp_path / "m.skops")
    model = load_model(tmp_path / "m.skops")
    raw, truth = features_and_target(load_part(data.folder, "validation"), data)
    assert (model.predict(raw) == truth).mean() == pytest.approx(values[0]["accuracy"])
    assert values[0]["accuracy"] > 0.4
    odd = pd.DataFrame({"kind": ["never seen", None], "place": [None, "p1"], "size": [0.5, np.nan]})
    assert set(model.predict(odd)) <= {"yes", "no"}
    step = model["preprocess"].named_transformers_["categorical"]["encode"]
    assert hasattr(step, "encoded_missing_value") == (kind == "ordinal")
    assert hasattr(step, "have_rare_") == (kind == "native")
    assert issparse(model["preprocess"].transform(raw)) == (kind == "sparse")


def test_sparse_rows_give_what_dense_ones_give(wide, job, monkeypatch):
    trial = EstimatorTrial(estimator="sklearn.linear_model.LogisticRegression", parameters={"tol": 1e-8})
    work = job(wide("label"), "neg_log_loss")
    found, usual = [], []
    trial.train(work, found.append)
    monkeypatch.setattr(encoding, "_LITTLE", 10**9)
    trial.train(work, usual.append)
    assert found[0]["neg_log_loss"] == pytest.approx(usual[0]["neg_log_loss"], abs=1e-5)


def test_codes_tell_a_gap_a_new_category_and_each_known_one_apart(wide):
    preprocess = arrays(wide("label"), {}, Preprocess(categories="ordinal")).preprocess
    rows = pd.DataFrame({"kind": [None, "new", "k1", "k2"], "place": ["p1"] * 4, "size": [0.0] * 4})
    codes = preprocess.transform(rows)[:, 1]
    assert len(set(codes)) == 4
    assert codes[1] == -1


def test_a_trial_cannot_change_the_sparse_rows_of_another_one(wide):
    data = wide("label")
    first = arrays(data, {}, Preprocess(categories="sparse")).train_features
    first.data[:] = 0
    assert arrays(data, {}, Preprocess(categories="sparse")).train_features.sum() > 100


@pytest.mark.parametrize(
    "trial",
    [
        EstimatorTrial(estimator="sklearn.linear_model.SGDClassifier", iterations=Iterations(epochs=2)),
        EstimatorTrial(
            estimator="sklearn.neural_network.MLPClassifier",
            parameters={"max_iter": 4},
            iterations=Iterations(parameter="max_iter", step=2),
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_trials_that_report_while_they_train_take_sparse_rows(trial, wide, job):
    values = []
    trial.train(job(wide("label"), "accuracy"), values.append)
    assert len(values) == 2


def test_folds_take_sparse_rows(wide, job):
    trial = EstimatorTrial(estimator="sklearn.svm.SVC")
    values = []
    trial.train(job(wide("label"), "accuracy").model_copy(update={"folds": 3}), values.append)
    assert values[-1]["accuracy"] > 0.6


@pytest.mark.parametrize(
    ("parameters", "kind"),
    [
        ({"categorical__encode__max_categories": 5}, "ordinal"),
        ({"categorical__encode__min_frequency": 3}, "ordinal"),
        ({"numeric__impute__strategy": "mean"}, "ordinal"),
        ({"categorical__encode__drop": "first"}, "sparse"),
        ({"categorical__encode__handle_unknown": "ignore"}, "sparse"),
    ],
)
def test_parameters_of_one_hot_encoding_go_on_working_for_trees(parameters, kind, wide, job):
    data = wide("label")
    assert encoding_for(RandomForestClassifier(), data, parameters) == kind
    named = {f"preprocess__{name}": value for name, value in parameters.items()}
    trial = EstimatorTrial(estimator="sklearn.tree.DecisionTreeClassifier", parameters=named)
    values = []
    trial.train(job(data, "accuracy"), values.append)
    assert len(values) == 1


def scanned():
    for kind, target in (("classifier", "label"), ("regressor", "amount")):
        for name, cls in all_estimators(kind):
            if name in SLOW or name.startswith(("Multi", "PassiveAggressive", "Radius", "SelfTraining")):
                continue
            try:
                cls()
            except TypeError:
                continue
            yield pytest.param(cls, target, id=name)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("cls", "target"), list(scanned()))
def test_every_estimator_of_scikit_learn_takes_what_it_is_given(cls, target, wide):
    data, known = wide(target), cls().get_params(deep=False)
    estimator = cls(**{name: 5 for name in ("n_estimators", "max_iter") if name in known})
    outcomes = {}
    for kind in dict.fromkeys(["one_hot", encoding_for(estimator, data, {})]):
        rows = arrays(data, {}, Preprocess(categories=kind))
        try:
            model = estimator.fit(rows.train_features, rows.train_target)
            outcomes[kind] = len(model.predict(rows.validation_features))
        except Exception as error:  # noqa: BLE001  whatever it is, dense rows must have the same fate
            outcomes[kind] = f"{type(error).__name__}: {error}"
    assert isinstance(outcomes["one_hot"], str) or set(outcomes.values()) == {80}


# --- the notice


def resized(data, n_train, n_categories, numeric=("size",)):
    n_rows = {"train": n_train, "validation": 20_000, "test": 20_000}
    return data.model_copy(update={"n_rows": n_rows, "n_categories": n_categories, "numeric": numeric})


def told_memory(estimator, data, parameters, slots):
    return memory_notices(data, parameters, slots, encoding_for(estimator, data, parameters))


def test_much_memory_is_told_with_the_columns_that_take_it(wide):
    data = resized(wide("label"), 60_000, {f"c{i}": 100 + i for i in range(20)})
    (told,) = told_memory(GaussianNB(), data, {}, slots=2)
    assert told == (
        "80,000 rows of 2,001 columns of numbers take about 1.3 GB in each of 2 workers, for the categories "
        "of 'c0' (100), 'c1' (100), 'c2' (100), 'c3' (100), 'c4' (100) and 15 more: leave some out "
        "(data.drop), or set preprocess__categorical__encode__max_categories in trial.parameters"
    )
    fewer = {"categorical__encode__max_categories": 10}
    assert list(told_memory(GaussianNB(), data, fewer, slots=2)) == []
    for estimator in (LogisticRegression(), RandomForestClassifier()):
        assert list(told_memory(estimator, data, {}, slots=2)) == []
    assert list(told_memory(GaussianNB(), resized(data, 60_000, {"kind": 500}), {}, slots=2)) == []


def test_many_rows_of_numbers_are_told_too(wide):
    data = resized(wide("label"), 10_000_000, {}, tuple("abcdefgh"))
    (told,) = told_memory(LogisticRegression(), data, {}, slots=1)
    assert told.startswith("10,020,000 rows of 8 columns of numbers take about 641 MB in the worker: fewer")


def test_texts_that_take_much_memory_are_told_however_they_are_encoded(wide):
    data = resized(wide("label"), 30_000, {f"c{i}": 40_000 for i in range(100)})
    (told,) = told_memory(RandomForestClassifier(), data, {}, slots=4)
    assert told == (
        "the 4,000,000 categories of 'c0' (40000), 'c1' (40000), 'c2' (40000), 'c3' (40000), 'c4' (40000) "
        "and 95 more take about 80 MB in each of 4 workers, and make the model large: leave out columns "
        "whose texts new rows will not share (data.drop)"
    )
    assert list(told_memory(RandomForestClassifier(), resized(data, 30_000, {"c": 40_000}), {}, 4)) == []
