"""An estimator on rows that weigh, belong together, or follow each other."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, TimeSeriesSplit
from sklearn.tree import DecisionTreeRegressor

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import all_training_roles, all_training_rows, load_part, load_roles
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import SpecError
from sweepflow.metrics.scorers import objective_of
from sweepflow.running.preflight import prepare_data
from sweepflow.spec.spec import Spec
from sweepflow.training import EstimatorTrial
from sweepflow.training.fold_rows import fold_rows
from sweepflow.training.job import Job

N_ROWS = 120
TREE = EstimatorTrial(
    estimator="sklearn.tree.DecisionTreeRegressor", parameters={"max_depth": 3, "random_state": 0}
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    generator = np.random.default_rng(0)
    x = generator.normal(size=N_ROWS).round(3)
    table = pd.DataFrame(
        {
            "x": x,
            "z": generator.normal(size=N_ROWS).round(3),
            "amount": (x + generator.normal(size=N_ROWS)).round(3),
            "label": np.where(x + generator.normal(size=N_ROWS) > 0, "yes", "no"),
            "patient": np.arange(N_ROWS) // 4 % 20,
            "day": generator.permutation(N_ROWS),
            "w": generator.integers(0, 4, N_ROWS),
        }
    )
    path = tmp_path_factory.mktemp("roles") / "t.csv"
    table.to_csv(path, index=False)
    return path


def prepared(path, target="amount", validation=None, **roles):
    others = {"amount", "label", "patient", "day", "w"} - {target, *roles.values()}
    source = DataSource(path=str(path), target=target, drop=tuple(others), **roles)
    return prepare(source, validation or Validation(), path.parent / "cache", is_classifier=target == "label")


def job(data, metric="r2", **fields):
    return Job(parameters={}, data=data, objective=objective_of(metric), metrics=(metric,), **fields)


def trained(trial, work):
    values = []
    model = trial.train(work, lambda metrics: values.extend(metrics.values())).model
    return values, model


def repeated(data, part):
    """The rows of a part, each as often as it weighs."""
    frame, weights = load_part(data.folder, part), load_roles(data, part).weight.astype(int)
    frame = frame.loc[np.repeat(frame.index, weights)]
    return frame[["x", "z"]], frame[data.target].to_numpy(dtype=object if data.labels else None)


# --- folds


@pytest.mark.parametrize(
    ("target", "roles", "splitter"),
    [
        ("label", {"group": "patient"}, StratifiedGroupKFold(4, shuffle=True, random_state=3)),
        ("amount", {"group": "patient"}, GroupKFold(4, shuffle=True, random_state=3)),
    ],
)
def test_folds_with_groups_are_scikit_learns(path, target, roles, splitter):
    data = prepared(path, target, **roles)
    features, truth = all_training_rows(data)
    values = all_training_roles(data)
    options = {"n_folds": 4, "seed": 3, "gap": 0, "is_classification": data.is_classification}
    ours = list(fold_rows(truth, values, **options))
    theirs = list(splitter.split(features, truth, values.group))
    for (train, held_out), (their_train, their_held_out) in zip(ours, theirs, strict=True):
        assert train.tolist() == their_train.tolist()
        assert held_out.tolist() == their_held_out.tolist()
        assert set(values.group[train]).isdisjoint(values.group[held_out])


def test_a_trial_reports_the_folds_of_time_series_split(path):
    data = prepared(path, time="day", validation=Validation(folds=3, gap=2))
    assert data.n_rows == {"train": 72, "validation": 22, "test": 24}  # the only gap is before the test
    values, model = trained(TREE, job(data, folds=3, gap=2))
    features, truth = all_training_rows(data)
    order = np.argsort(all_training_roles(data).time)
    expected = []
    for train, held_out in TimeSeriesSplit(3, gap=2).split(order):
        tree = DecisionTreeRegressor(max_depth=3, random_state=0)
        tree.fit(features.iloc[order[train]], truth[order[train]])
        expected.append(r2_score(truth[order[held_out]], tree.predict(features.iloc[order[held_out]])))
    assert values == pytest.approx(np.cumsum(expected) / np.arange(1, 4))
    assert model[-1].tree_.n_node_samples[0] == 94


# --- weights


def test_a_row_of_weight_three_is_as_three_rows_in_fit_and_score(path):
    data = prepared(path, weight="w")
    values, model = trained(TREE, job(data))
    tree = DecisionTreeRegressor(max_depth=3, random_state=0).fit(*repeated(data, "train"))
    features, truth = repeated(data, "validation")
    assert values == pytest.approx([r2_score(truth, tree.predict(features))])
    test, _ = repeated(data, "test")
    assert model.predict(test) == pytest.approx(tree.predict(test))


def test_folds_and_the_fit_after_them_are_weighted(path):
    data = prepared(path, weight="w")
    work = job(data, folds=3, seed=1)
    values, model = trained(TREE, work)
    features, truth = all_training_rows(data)
    roles, expected = all_training_roles(data), []
    for train, held_out in fold_rows(truth, roles, n_folds=3, seed=1, gap=0, is_classification=False):
        tree = DecisionTreeRegressor(max_depth=3, random_state=0)
        tree.fit(features.iloc[train], truth[train], sample_weight=roles.weight[train])
        predicted = tree.predict(features.iloc[held_out])
        expected.append(r2_score(truth[held_out], predicted, sample_weight=roles.weight[held_out]))
    assert values[-1] == pytest.approx(np.mean(expected))
    tree = DecisionTreeRegressor(max_depth=3, random_state=0).fit(features, truth, roles.weight)
    for each in (model, TREE.fit_again(work, 3), TREE.refit(work, 1)):
        assert each.predict(features) == pytest.approx(tree.predict(features))


def test_each_step_of_a_growing_estimator_is_weighted(path):
    data = prepared(path, weight="w")
    trial = EstimatorTrial(
        estimator="sklearn.ensemble.GradientBoostingRegressor",
        parameters={"n_estimators": 6, "random_state": 0},
        iterations={"parameter": "n_estimators", "step": 3},
    )
    values, _ = trained(trial, job(data))
    features, truth = repeated(data, "validation")
    plain = GradientBoostingRegressor(random_state=0)
    expected = [
        plain.set_params(n_estimators=n).fit(*repeated(data, "train")).score(features, truth) for n in (3, 6)
    ]
    assert values == pytest.approx(expected)


def test_each_epoch_is_weighted(path):
    data = prepared(path, "label", weight="w")
    trial = EstimatorTrial(
        estimator="sklearn.linear_model.SGDClassifier",
        parameters={"random_state": 0},
        iterations={"epochs": 2},
    )
    values, model = trained(trial, job(data, "accuracy"))
    frames = {part: load_part(data.folder, part) for part in ("train", "validation")}
    weights = {part: load_roles(data, part).weight for part in frames}
    plain, expected = SGDClassifier(random_state=0), []
    numbers = {part: model[0].transform(frame) for part, frame in frames.items()}
    truth = {part: frame["label"].to_numpy(dtype=object) for part, frame in frames.items()}
    for _ in range(2):
        plain.partial_fit(
            numbers["train"], truth["train"], classes=["no", "yes"], sample_weight=weights["train"]
        )
        predicted = plain.predict(numbers["validation"])
        expected.append(accuracy_score(truth["validation"], predicted, sample_weight=weights["validation"]))
    assert values == pytest.approx(expected)


# --- what cannot be


def spec(path, roles, target="amount", **changes):
    fields = {
        "data": {"path": str(path), "target": target, "features": ["x", "z"], **roles},
        "trial": {"estimator": "sklearn.linear_model.LinearRegression"},
        "search_space": {"fit_intercept": {"type": "choice", "values": [True, False]}},
        "objective": {"primary_metric": "r2", "goal": "maximize"},
        "limits": {"max_total_trials": 2},
    }
    return Spec.checked({**fields, **changes}, is_trusted=True)


@pytest.mark.parametrize(
    ("roles", "changes", "told"),
    [
        ({}, {"validation": {"gap": 1}}, r"validation\.gap: must be 0 without data\.time"),
        (
            {"time": "day"},
            {"validation": {"stratify": True}},
            r"validation\.stratify: must not be true with data\.time",
        ),
        (
            {"weight": "w"},
            {"trial": {"estimator": "sklearn.neighbors.KNeighborsRegressor"},
             "search_space": {"n_neighbors": {"type": "choice", "values": [1, 2]}}},
            r"data\.weight: must be left out for sklearn\.neighbors\.KNeighborsRegressor, whose fit takes no",
        ),
        ({"weight": "w"}, {"metrics": ["neg_max_error"]}, r"metrics\.0: neg_max_error .* takes no weights"),
        (
            {"group": "patient"},
            {"validation": {"folds": 18}},
            r"validation\.folds: 16 groups of 'patient' beside the test's are too few for 18 folds",
        ),
        (
            {"time": "day"},
            {"validation": {"folds": 5, "gap": 20}},
            r"validation\.folds: \d+ different times .* are too few for 5 folds with a gap of 20",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_roles_is_told_before_the_first_trial(path, tmp_path, roles, changes, told):
    with pytest.raises(SpecError, match=told):
        prepare_data(spec(path, roles, **changes), tmp_path)


def test_a_fold_that_would_train_on_one_class_is_told(tmp_path):
    table = pd.DataFrame({"x": range(60), "z": 0, "day": range(60), "label": ["a"] * 30 + ["b"] * 30})
    table.to_csv(tmp_path / "t.csv", index=False)
    changes = {
        "trial": {"estimator": "sklearn.linear_model.LogisticRegression"},
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "validation": {"folds": 4},
    }
    asked = spec(tmp_path / "t.csv", {"time": "day"}, "label", **changes)
    with pytest.raises(SpecError, match=r"validation\.folds: fold 1 would train on rows of class 'a' alone"):
        prepare_data(asked, tmp_path)
