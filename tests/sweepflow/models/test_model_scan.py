"""Every classifier and regressor of scikit-learn: its model comes back from its file, or no trial starts."""

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import MinMaxScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import all_estimators

from sweepflow.data.prepared import features_and_target, load_part
from sweepflow.models.model_file import load_model, save_model
from sweepflow.training import EstimatorTrial
from sweepflow.training.pipeline import pipeline
from sweepflow.training.preprocessor import unfitted

ESTIMATORS = dict(all_estimators(type_filter="classifier") + all_estimators(type_filter="regressor"))
ONE_COLUMN = {"CCA", "IsotonicRegression", "PLSCanonical"}
OF_TWO_TARGETS = ("MultiOutput", "MultiTask", "ClassifierChain", "RegressorChain")
SMALLER = {"n_estimators": 5, "max_iter": 50, "max_subpopulation": 100}
OPTIONS = {
    "CCA": {"n_components": 1},
    "OrthogonalMatchingPursuitCV": {"max_iter": 3},
    "PLSCanonical": {"n_components": 1},
    "QuadraticDiscriminantAnalysis": {"reg_param": 0.1},
}

# A matrix product may round otherwise where the loaded array lies in memory in another order.
pytestmark = pytest.mark.filterwarnings("ignore::Warning")


def made(name):
    """A small one of that name, around others where it needs such."""
    cls = ESTIMATORS[name]
    is_for_classes = name.endswith(("Classifier", "ClassifierCV", "ClassifierChain"))
    linear = LogisticRegression() if is_for_classes else Ridge()
    tree = (DecisionTreeClassifier if is_for_classes else DecisionTreeRegressor)(max_depth=2)
    if name.startswith(("Stacking", "Voting")):
        return cls([("linear", linear), ("tree", tree)])
    try:
        estimator = cls()
    except TypeError:
        return cls(linear)
    if name == "SelfTrainingClassifier":
        return cls(linear)
    smaller = {key: SMALLER[key] for key in SMALLER if key in estimator.get_params(deep=False)}
    return estimator.set_params(**smaller).set_params(**OPTIONS.get(name, {}))


def rows(prepared, target):
    """The training rows, all their features between 0 and 1, and the fitted preprocessing."""
    data = prepared(target)
    scale = {f"{kind}__scale": MinMaxScaler(clip=True) for kind in ("numeric", "boolean", "date")}
    table, truth = features_and_target(load_part(data.folder, "train"), data)
    preprocess = unfitted(data, scale)
    return table, preprocess.fit_transform(table), truth, preprocess


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_every_estimator_of_scikit_learn_comes_back_or_is_refused_before_training(name, prepared, tmp_path):
    estimator = made(name)
    table, features, truth, preprocess = rows(prepared, "label" if is_classifier(estimator) else "amount")
    if name.startswith(OF_TWO_TARGETS):
        truth = np.stack([truth, truth], axis=1)
        truth = truth == "yes" if is_classifier(estimator) else truth
    if name in ONE_COLUMN:
        features = features[:, :1]
    bare = clone(estimator).fit(features, truth)
    check_same(bare, features, tmp_path)
    if name not in ONE_COLUMN:
        check_same(pipeline(preprocess, bare), table, tmp_path)
    problems = EstimatorTrial(estimator=public_path(name)).check(frozenset(), is_trusted=False)
    for problem in problems:  # of those that other estimators have to be given to
        assert problem.path == "trial.estimator"
        assert "cannot be made from parameters alone" in problem.message


def public_path(name):
    return f"{ESTIMATORS[name].__module__.split('._')[0]}.{name}"


def check_same(model, given, folder):
    save_model(model, folder / "model.skops")
    loaded = load_model(folder / "model.skops")
    assert type(loaded) is type(model)
    for method in ("predict", "predict_proba", "decision_function"):
        assert hasattr(loaded, method) is hasattr(model, method)
        if hasattr(model, method):
            expected, found = getattr(model, method)(given), getattr(loaded, method)(given)
            if np.asarray(expected).dtype.kind == "f":
                np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
            else:
                np.testing.assert_array_equal(found, expected)
