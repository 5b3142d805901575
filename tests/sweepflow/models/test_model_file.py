import json
import pickle
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.gaussian_process import GaussianProcessRegressor, kernels
from sklearn.linear_model import LogisticRegression

from sweepflow.data.prepared import features_and_target, load_part
from sweepflow.models.model_file import ModelError, load_model, save_model
from sweepflow.training import EstimatorTrial
from sweepflow.training.arrays import arrays
from sweepflow.training.pipeline import pipeline

CLASSIFIERS = [
    ("calibration.CalibratedClassifierCV", {"method": "isotonic"}),
    ("calibration.CalibratedClassifierCV", {"method": "sigmoid", "ensemble": False}),
    ("calibration.CalibratedClassifierCV", {"method": "temperature"}),
    ("discriminant_analysis.LinearDiscriminantAnalysis", {"solver": "lsqr"}),
    ("dummy.DummyClassifier", {}),
    ("ensemble.AdaBoostClassifier", {"n_estimators": 5}),
    ("ensemble.BaggingClassifier", {"n_estimators": 3}),
    ("ensemble.ExtraTreesClassifier", {"n_estimators": 3}),
    ("ensemble.GradientBoostingClassifier", {"n_estimators": 3}),
    ("ensemble.GradientBoostingClassifier", {"n_estimators": 3, "init": "zero"}),
    ("ensemble.HistGradientBoostingClassifier", {"max_iter": 3}),
    ("ensemble.HistGradientBoostingClassifier", {"max_iter": 3, "early_stopping": True}),
    ("ensemble.RandomForestClassifier", {"n_estimators": 3, "oob_score": False, "criterion": "log_loss"}),
    ("gaussian_process.GaussianProcessClassifier", {"optimizer": None}),
    ("linear_model.LogisticRegression", {}),
    ("linear_model.LogisticRegression", {"solver": "liblinear"}),
    ("linear_model.RidgeClassifier", {}),
    *(("linear_model.SGDClassifier", {"loss": loss}) for loss in (
        "hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron", "huber")),
    ("linear_model.SGDClassifier", {"early_stopping": True, "average": True}),
    ("naive_bayes.BernoulliNB", {}),
    ("naive_bayes.GaussianNB", {}),
    *(("neighbors.KNeighborsClassifier", {"algorithm": "ball_tree", "metric": metric}) for metric in (
        "minkowski", "manhattan", "chebyshev", "canberra", "hamming", "braycurtis")),
    ("neighbors.KNeighborsClassifier", {"algorithm": "kd_tree"}),
    ("neighbors.KNeighborsClassifier", {"algorithm": "brute", "metric": "cosine"}),
    ("neighbors.KNeighborsClassifier", {"p": 3}),
    ("neighbors.NearestCentroid", {}),
    ("neural_network.MLPClassifier", {"hidden_layer_sizes": [3], "max_iter": 20}),
    ("neural_network.MLPClassifier", {"hidden_layer_sizes": [3], "solver": "sgd", "max_iter": 20}),
    ("neural_network.MLPClassifier", {"hidden_layer_sizes": [3], "solver": "lbfgs", "max_iter": 20}),
    ("svm.LinearSVC", {}),
    ("svm.NuSVC", {"nu": 0.3}),
    *(("svm.SVC", {"kernel": kernel}) for kernel in ("linear", "poly", "rbf", "sigmoid")),
    ("tree.DecisionTreeClassifier", {"criterion": "entropy"}),
    ("tree.ExtraTreeClassifier", {}),
]  # fmt: skip
REGRESSORS = [
    ("compose.TransformedTargetRegressor", {}),
    ("ensemble.AdaBoostRegressor", {"n_estimators": 3}),
    ("ensemble.BaggingRegressor", {"n_estimators": 3}),
    ("ensemble.ExtraTreesRegressor", {"n_estimators": 3}),
    *(("ensemble.GradientBoostingRegressor", {"n_estimators": 3, "loss": loss}) for loss in (
        "squared_error", "absolute_error", "huber", "quantile")),
    *(("ensemble.HistGradientBoostingRegressor", {"max_iter": 3, "loss": loss, "quantile": 0.5}) for loss in (
        "squared_error", "absolute_error", "gamma", "poisson", "quantile")),
    ("ensemble.RandomForestRegressor", {"n_estimators": 3, "criterion": "poisson"}),
    ("gaussian_process.GaussianProcessRegressor", {}),
    ("kernel_ridge.KernelRidge", {"kernel": "rbf"}),
    ("linear_model.BayesianRidge", {}),
    ("linear_model.ElasticNet", {}),
    ("linear_model.GammaRegressor", {}),
    ("linear_model.HuberRegressor", {}),
    ("linear_model.Lasso", {"alpha": 0.1}),
    ("linear_model.LassoLarsIC", {}),
    ("linear_model.LinearRegression", {}),
    ("linear_model.PoissonRegressor", {}),
    ("linear_model.QuantileRegressor", {}),
    ("linear_model.Ridge", {"solver": "saga"}),
    ("linear_model.RidgeCV", {}),
    *(("linear_model.SGDRegressor", {"loss": loss}) for loss in (
        "squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive")),
    ("linear_model.TweedieRegressor", {"power": 1.5}),
    ("linear_model.TweedieRegressor", {"power": 0, "link": "log"}),
    ("linear_model.TweedieRegressor", {"power": 2, "link": "log"}),
    ("neighbors.KNeighborsRegressor", {"algorithm": "kd_tree"}),
    ("neural_network.MLPRegressor", {"hidden_layer_sizes": [3], "max_iter": 20}),
    ("svm.LinearSVR", {}),
    ("svm.SVR", {}),
    ("tree.DecisionTreeRegressor", {"criterion": "absolute_error"}),
]  # fmt: skip


def rows(data, part="test"):
    return features_and_target(load_part(data.folder, part), data)[0]


def saved(model, folder: Path) -> Path:
    path = folder / "model.skops"
    save_model(model, path)
    return path


def schema_of(path: Path):
    with zipfile.ZipFile(path) as file:
        return json.loads(file.read("schema.json"))


# --- round trips


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("name", "parameters"), CLASSIFIERS)
def test_a_classifier_comes_back_with_equal_predictions(name, parameters, prepared, job, tmp_path):
    targets = ("label",) if "liblinear" in parameters.values() else ("label", "kind")
    for target in targets:
        check_round_trip(name, parameters, job(prepared(target)), tmp_path)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("name", "parameters"), REGRESSORS)
def test_a_regressor_comes_back_with_equal_predictions(name, parameters, prepared, job, tmp_path):
    check_round_trip(name, parameters, job(prepared("amount")), tmp_path)


def check_round_trip(name, parameters, work, folder):
    trial = EstimatorTrial(estimator=f"sklearn.{name}", parameters=parameters)
    model = trial.train(work, lambda _: None).model
    loaded = load_model(saved(model, folder))
    assert type(loaded) is type(model)
    features = rows(work.data)
    for method in ("predict", "predict_proba", "decision_function"):
        assert hasattr(loaded, method) is hasattr(model, method)
        if hasattr(model, method):
            expected = getattr(model, method)(features)
            np.testing.assert_array_equal(getattr(loaded, method)(features), expected)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("iterations", [{"epochs": 2}, {"parameter": "max_iter", "step": 5}])
def test_a_model_that_was_trained_in_steps_comes_back(iterations, prepared, job, tmp_path):
    trial = EstimatorTrial(
        estimator="sklearn.linear_model.SGDClassifier", iterations=iterations, parameters={"max_iter": 100}
    )
    model = trial.train(job(prepared("label")), lambda _: None).model
    features = rows(prepared("label"))
    assert (load_model(saved(model, tmp_path)).predict(features) == model.predict(features)).all()


def test_every_kernel_of_a_gaussian_process_comes_back(tmp_path):
    one = kernels.ConstantKernel() * kernels.RBF() + kernels.WhiteKernel() + kernels.DotProduct()
    two = kernels.Matern() + kernels.RationalQuadratic() + kernels.ExpSineSquared()
    three = kernels.Exponentiation(kernels.RBF(), 2) + kernels.PairwiseKernel()
    x = np.linspace(0, 1, 9).reshape(-1, 1)
    model = GaussianProcessRegressor(one + two + three, optimizer=None).fit(x, x[:, 0])
    loaded = load_model(saved(model, tmp_path))
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))


def test_a_model_of_single_precision_comes_back(prepared, job, tmp_path):
    found = arrays(prepared("label"), {})
    for metric, algorithm in (("euclidean", "kd_tree"), ("manhattan", "ball_tree"), ("canberra", "brute")):
        trial = EstimatorTrial(estimator="sklearn.neighbors.KNeighborsClassifier")
        estimator = trial.load()(metric=metric, algorithm=algorithm)
        features = found.train_features.astype("float32")
        estimator.fit(features, found.train_target)
        loaded = load_model(saved(estimator, tmp_path))
        assert (loaded.predict(features) == estimator.predict(features)).all()


def test_a_path_may_be_a_string(tmp_path):
    path = saved(LogisticRegression(C=3), tmp_path)
    assert load_model(str(path)).C == 3


# --- what is refused


class Foreign:
    """A class of a user's own."""

    x = 1


def test_a_type_that_is_not_trusted_is_refused_by_its_name(tmp_path):
    path = saved({"model": LogisticRegression(), "more": Foreign()}, tmp_path)
    name = f"{Foreign.__module__}.Foreign"
    with pytest.raises(ModelError, match=rf"holds types that are not trusted: {name}$"):
        load_model(path)


def test_a_type_of_a_trusted_module_is_loaded(tmp_path):
    path = saved(Foreign(), tmp_path)
    assert isinstance(load_model(path, trusted_modules=(Foreign.__module__,)), Foreign)
    with pytest.raises(ModelError, match="not trusted"):
        load_model(path, trusted_modules=(Foreign.__module__[:-1],))


def test_a_type_of_an_allowed_estimator_package_is_loaded(tmp_path, monkeypatch):
    path = saved(Foreign(), tmp_path)
    monkeypatch.setenv("SWEEPFLOW_ESTIMATOR_PACKAGES", Foreign.__module__)
    assert isinstance(load_model(path), Foreign)


def test_a_function_in_a_model_is_refused(tmp_path):
    path = saved({"callback": pickle.loads}, tmp_path)
    with pytest.raises(ModelError, match=r"not trusted: _?pickle\.loads"):
        load_model(path)


def test_the_module_of_a_type_that_is_refused_is_not_imported(tmp_path, monkeypatch):
    (tmp_path / "evil_module.py").write_text(
        "from pathlib import Path\n(Path(__file__).parent / 'imported').touch()\nclass Evil: pass\n"
    )
    path = saved(Foreign(), tmp_path)
    schema = schema_of(path) | {"__module__": "evil_module", "__class__": "Evil"}
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("schema.json", json.dumps(schema))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match=r"evil_module\.Evil"):
        load_model(path)
    assert "evil_module" not in sys.modules
    assert not (tmp_path / "imported").exists()


class Malicious:
    def __reduce__(self):
        return exec, ("import pathlib; pathlib.Path('run').touch()",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_refused_and_runs_nothing(protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.skops"
    path.write_bytes(pickle.dumps(Malicious(), protocol))
    with pytest.raises(ModelError, match="is not a skops model file"):
        load_model(path)
    assert not (tmp_path / "run").exists()
    pickle.loads(path.read_bytes())
    assert (tmp_path / "run").exists()  # so it would have told


def test_a_pickled_array_inside_a_model_file_is_refused_and_runs_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = saved(np.arange(3.0), tmp_path)
    schema = schema_of(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("schema.json", json.dumps(schema))
        file.writestr(schema["file"], pickle.dumps(Malicious()))
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_model(path)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"PK\x03\x04 is no zip", b"\x80\x04.", b'{"__class__": "dict"}']
)
def test_a_file_that_is_no_model_is_refused(content, tmp_path):
    path = tmp_path / "model.skops"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.skops' is not a skops model file"):
        load_model(path)


@pytest.mark.parametrize("schema", ["{}", "[]", "null", "no JSON", '{"__loader__": "NoSuchNode"}'])
def test_a_zip_file_without_a_usable_schema_is_refused(schema, tmp_path):
    path = tmp_path / "model.skops"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("schema.json", schema)
    with pytest.raises(ModelError, match="is not a skops model file"):
        load_model(path)


def test_a_model_file_that_lacks_a_part_is_refused(tmp_path):
    path = saved(np.arange(3.0), tmp_path)
    schema = schema_of(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("schema.json", json.dumps(schema))
    with pytest.raises(ModelError, match=r"KeyError: .* in the archive"):
        load_model(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(ModelError, match=r"there is no model file '.*model\.skops'"):
        load_model(tmp_path / "model.skops")
    with pytest.raises(ModelError, match="is not a skops model file"):
        load_model(tmp_path)


# --- what lies on disk


def test_a_model_is_written_into_a_folder_that_is_made_for_it(tmp_path):
    path = tmp_path / "a" / "b" / "model.skops"
    save_model(LogisticRegression(), path)
    assert [file.name for file in path.parent.iterdir()] == ["model.skops"]


class Unwritable:
    def __getstate__(self):
        raise RuntimeError("not me")


class NoRoom:
    def __getstate__(self):
        raise OSError(28, "No space left on device")


class Interrupted:
    def __getstate__(self):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (Unwritable(), ModelError, "the model, a .*Unwritable, cannot be saved: RuntimeError: not me"),
        (NoRoom(), OSError, "No space left on device"),
        (Interrupted(), KeyboardInterrupt, None),
        ((value for value in "abc"), ModelError, r"the model, a builtins\.generator, cannot be saved"),
    ],
)
def test_saving_that_fails_leaves_the_earlier_file_and_nothing_half_written(model, error, message, tmp_path):
    path = saved(LogisticRegression(C=3), tmp_path)
    with pytest.raises(error, match=message):
        save_model(model, path)
    assert [file.name for file in tmp_path.iterdir()] == ["model.skops"]
    assert load_model(path).C == 3


def test_a_file_that_cannot_get_its_name_is_not_left_under_another(tmp_path):
    (tmp_path / "model.skops").mkdir()
    with pytest.raises(OSError, match="directory"):
        save_model(LogisticRegression(), tmp_path / "model.skops")
    assert [file.name for file in tmp_path.iterdir()] == ["model.skops"]


def test_a_model_of_the_whole_pipeline_asks_for_no_type_that_is_not_needed(prepared, tmp_path):
    found = arrays(prepared("label"), {})
    model = pipeline(found.preprocess, LogisticRegression().fit(found.train_features, found.train_target))
    path = saved(model, tmp_path)
    assert set(skops.io.get_untrusted_types(file=path)) <= {
        "numpy.dtype",
        "sweepflow.training.dates.DateFeatures",
        "sweepflow.training.named_columns.NamedColumns",
        "sweepflow.training.plain.PlainBooleans",
        "sweepflow.training.plain.PlainText",
    }


def test_a_loaded_model_takes_a_table_with_other_columns_in_another_order(prepared, source, tmp_path):
    found = arrays(prepared("label"), {})
    model = pipeline(found.preprocess, LogisticRegression().fit(found.train_features, found.train_target))
    table = pd.read_csv(source)
    loaded = load_model(saved(model, tmp_path))
    expected = loaded.predict_proba(table)
    np.testing.assert_array_equal(loaded.predict_proba(table[table.columns[::-1]]), expected)
