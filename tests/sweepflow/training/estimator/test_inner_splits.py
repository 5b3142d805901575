"""Notices of estimators that split their training rows without regard to groups and times."""

import pytest

from sweepflow.spec.spec import Spec

LINEAR, ENSEMBLE = "sklearn.linear_model", "sklearn.ensemble"
STACK = {"estimators": [{"a": f"{LINEAR}.LogisticRegression"}, {"b": "sklearn.tree.DecisionTreeClassifier"}]}
CHAINED = {"estimator": {"estimator": "sklearn.tree.DecisionTreeClassifier"}}


def told(trial, space=None, **roles):
    """The notices about roles of a spec with this trial."""
    fields = {
        "data": {"path": "t.csv", "target": "y", **(roles or {"group": "patient"})},
        "trial": trial,
        "search_space": space or {"random_state": {"type": "choice", "values": [0, 1]}},
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "limits": {"max_total_trials": 2},
    }
    notices = Spec.checked(fields, is_trusted=True).notices(2)
    return [notice for notice in notices if "without regard" in notice]


@pytest.mark.parametrize(
    ("trial", "space", "reason"),
    [
        (
            {"estimator": "sklearn.neural_network.MLPClassifier", "parameters": {"early_stopping": True}},
            None,
            "MLPClassifier stops early by training rows that it draws at random (early_stopping)",
        ),
        (
            {"estimator": f"{LINEAR}.SGDClassifier"},
            {"early_stopping": {"type": "choice", "values": [True, False]}},
            "SGDClassifier stops early by training rows that it draws at random (early_stopping)",
        ),
        (
            {"estimator": f"{ENSEMBLE}.GradientBoostingClassifier", "parameters": {"n_iter_no_change": 5}},
            None,
            "GradientBoostingClassifier stops early by training rows that it draws at random "
            "(n_iter_no_change)",
        ),
        (
            {"estimator": f"{ENSEMBLE}.StackingClassifier", "parameters": STACK},
            {"cv": {"type": "choice", "values": [3, 5]}},
            "StackingClassifier splits its training rows at random (cv)",
        ),
        (
            {
                "estimator": f"{ENSEMBLE}.BaggingClassifier",
                "parameters": {
                    "estimator": {
                        "estimator": f"{ENSEMBLE}.HistGradientBoostingClassifier",
                        "parameters": {"early_stopping": True},
                    }
                },
            },
            None,
            "HistGradientBoostingClassifier stops early by training rows that it draws at random "
            "(early_stopping)",
        ),
        (
            {
                "estimator": f"{ENSEMBLE}.VotingClassifier",
                "parameters": {"estimators": [{"a": f"{ENSEMBLE}.HistGradientBoostingClassifier"}]},
            },
            {"a__max_iter": {"type": "choice", "values": [50, 100]}},
            "HistGradientBoostingClassifier stops early, on more than 10,000 rows, by training rows that it "
            "draws at random (early_stopping)",
        ),
        (
            {"estimator": "sklearn.multioutput.ClassifierChain", "parameters": CHAINED | {"cv": 5}},
            None,
            "ClassifierChain splits its training rows at random (cv)",
        ),
    ],
)
def test_an_estimator_that_splits_its_rows_by_itself_is_told(trial, space, reason):
    assert told(trial, space) == [f"data.group: {reason}, without regard to it"]
    assert told(trial, space, time="day") == [f"data.time: {reason}, without regard to it"]
    assert told(trial, space, weight="w") == []


@pytest.mark.parametrize(
    "trial",
    [
        {"estimator": "sklearn.neural_network.MLPClassifier"},
        {"estimator": f"{ENSEMBLE}.GradientBoostingClassifier"},
        {"estimator": f"{LINEAR}.SGDClassifier", "parameters": {"n_iter_no_change": 3}},
        {
            "estimator": f"{ENSEMBLE}.HistGradientBoostingClassifier",
            "parameters": {"early_stopping": True},
        },
        {"estimator": "sklearn.tree.DecisionTreeClassifier"},
        {"estimator": "sklearn.multioutput.ClassifierChain", "parameters": CHAINED},
    ],
)
def test_one_that_does_not_is_not(trial):
    assert told(trial) == []
