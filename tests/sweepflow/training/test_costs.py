"""What the model of a trial costs, as each kind of trial measures it."""

import pickle
import time

import numpy as np
import pandas as pd
import pytest

from sweepflow.errors import TrialTerminated
from sweepflow.training import EstimatorTrial, FunctionTrial
from sweepflow.training.costs import Stopwatch, costs_of, first_row
from sweepflow.trials.rows import COSTS

TREE = EstimatorTrial(estimator="sklearn.tree.DecisionTreeClassifier")
ROW = pd.DataFrame({"x": [1.0]})


class Counting:
    """A model that takes this long to predict, and counts how often it was asked to."""

    def __init__(self, seconds=0.0):
        self.seconds, self.n_calls = seconds, 0

    def predict(self, rows):
        self.n_calls += 1
        time.sleep(self.seconds)
        return np.zeros(len(rows))


def no_report(metrics):
    pass


@pytest.mark.parametrize("folds", [None, 3])
def test_an_estimator_records_them_all(prepared, job, folds):
    work = job(prepared("label"), max_depth=2).model_copy(update={"folds": folds})
    trained = TREE.train(work, no_report)
    assert list(trained.costs) == list(COSTS)
    assert all(cost > 0 for cost in trained.costs.values())
    assert trained.metrics == {}


def test_the_size_is_that_of_the_pickled_model(prepared, job):
    trained = TREE.train(job(prepared("label"), max_depth=2), no_report)
    assert trained.costs["model_bytes"] == pytest.approx(len(pickle.dumps(trained.model)), rel=0.01)


def test_a_larger_model_has_more_bytes(prepared, job):
    forest = EstimatorTrial(estimator="sklearn.ensemble.RandomForestClassifier")
    small, large = (forest.train(job(prepared("label"), n_estimators=n), no_report).costs for n in (1, 60))
    assert 20 < large["model_bytes"] / small["model_bytes"] < 60


def test_a_trial_that_is_stopped_records_what_it_came_to(prepared, job):
    def stop(metrics):
        raise TrialTerminated

    work = job(prepared("label")).model_copy(update={"folds": 5})
    assert list(TREE.train(work, stop).costs) == list(COSTS)


def test_the_time_between_the_stages_of_a_fit_does_not_count():
    def stages():
        for _ in range(2):
            time.sleep(0.01)
            yield

    fits = Stopwatch(stages())
    began = time.perf_counter()
    for _ in fits:
        time.sleep(0.05)
    assert 0.02 <= fits.seconds <= time.perf_counter() - began - 0.1


def test_a_slow_model_is_asked_once_and_a_quick_one_a_few_times(monkeypatch):
    slow, quick = Counting(0.06), Counting()
    assert costs_of(slow, ROW, 1.0)["predict_ms"] >= 60
    monkeypatch.setattr("sweepflow.training.costs._BUDGET", 60.0)  # which no machine is too busy for
    costs_of(quick, ROW, 1.0)
    assert (slow.n_calls, quick.n_calls) == (1, 5)


class Odd:
    """A model that predicts nothing and cannot be pickled."""

    def predict(self, rows):  # noqa: ARG002
        raise ValueError("other rows, please")

    def __reduce__(self):
        raise TypeError("no")


@pytest.mark.parametrize(("model", "row"), [(Odd(), ROW), (Odd(), None)])
def test_what_cannot_be_measured_is_left_out(model, row):
    assert costs_of(model, row, 0.5) == {"fit_seconds": 0.5}


def test_a_function_records_them_if_its_model_is_scikit_learns(prepared, job, monkeypatch):
    def costs(model):
        monkeypatch.setattr(FunctionTrial, "load", lambda *_: lambda *_: model)
        return FunctionTrial(function="a:function").train(job(prepared("label")), no_report).costs

    assert list(costs(TREE.train(job(prepared("label")), no_report).model)) == list(COSTS)
    assert list(costs(Odd())) == ["fit_seconds"]  # what it does when it is pickled is not known
    assert costs(None) == {}


def test_the_row_to_predict_is_the_first_of_the_validation_rows(prepared):
    data = prepared("label")
    assert list(first_row(data).columns) == ["size", "weight", "is_new", "color", "day"]
    assert len(first_row(data)) == 1
