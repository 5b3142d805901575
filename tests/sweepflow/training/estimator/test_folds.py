import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import StratifiedKFold, cross_val_score

from sweepflow.data.prepared import arrays_folder, load_part
from sweepflow.data.source import Validation
from sweepflow.errors import SpecError, TrialTerminated
from sweepflow.running.preflight import prepare_data
from sweepflow.spec.spec import Spec
from sweepflow.training import EstimatorTrial
from sweepflow.training.fold_rows import too_small
from sweepflow.trials.history import History
from sweepflow.trials.objective import MeanObjective

TRIAL = EstimatorTrial(estimator="sklearn.linear_model.LogisticRegression")


def train(trial, work, stop_after=None):
    """What the trial reported, and what it handed back."""
    values = []

    def report(metrics):
        values.extend(metrics.values())
        if len(values) == stop_after:
            raise TrialTerminated

    return values, trial.train(work, report)


def with_folds(work, n, seed=3):
    return work.model_copy(update={"folds": n, "seed": seed})


def all_rows(data):
    table = pd.concat([load_part(data.folder, part) for part in ("train", "validation")], ignore_index=True)
    return table, table[data.target].to_numpy(dtype=object)


def test_each_report_is_the_mean_over_the_folds_so_far(prepared, job):
    data = prepared("kind")
    values, trained = train(TRIAL, with_folds(job(data, "accuracy", "neg_log_loss"), 4))
    table, target = all_rows(data)
    splitter = StratifiedKFold(4, shuffle=True, random_state=3)
    for name, found in (("accuracy", values[-1]), ("neg_log_loss", trained.metrics["neg_log_loss"])):
        expected = cross_val_score(trained.model, table, target, cv=splitter, scoring=name)
        assert found == pytest.approx(expected.mean())
    accuracies = cross_val_score(trained.model, table, target, cv=splitter, scoring="accuracy")
    assert values == pytest.approx(np.cumsum(accuracies) / np.arange(1, 5))


def test_a_loss_is_reported_with_its_own_sign(prepared, job):
    data = prepared("kind")
    losses, trained = train(TRIAL, with_folds(job(data, "log_loss", "neg_log_loss"), 4))
    assert losses[-1] == pytest.approx(-trained.metrics["neg_log_loss"])
    assert all(loss > 0 for loss in losses)


def test_the_model_is_fitted_on_all_rows_but_those_of_the_test(prepared, job):
    data = prepared("amount")
    _, trained = train(EstimatorTrial(estimator="sklearn.linear_model.Ridge"), with_folds(job(data), 3))
    scaler = trained.model.named_steps["preprocess"].named_transformers_["numeric"].named_steps["scale"]
    assert scaler.n_samples_seen_ == data.n_rows["train"] + data.n_rows["validation"]


def test_a_trial_that_is_stopped_fits_no_further_fold(prepared, job):
    values, trained = train(TRIAL, with_folds(job(prepared("label")), 5), stop_after=2)
    assert len(values) == 2
    assert trained.model.predict(load_part(prepared("label").folder, "test")).shape


def test_the_latest_mean_is_what_a_trial_is_worth():
    history = History(MeanObjective(primary_metric="accuracy", goal="maximize", folds=3))
    history.add(0, {})
    for value in (0.9, 0.7, 0.8):
        history.record(0, value)
    assert (history[0].value, history[0].best) == (0.8, [0.9, 0.7, 0.8])


def spec(source, folds, **changes):
    fields = {
        "data": {"path": str(source), "target": "label", "drop": ["id", "kind", "amount"]},
        "validation": {"folds": folds},
        "trial": {"estimator": "sklearn.linear_model.LogisticRegression"},
        "search_space": {"C": {"type": "choice", "values": [1, 2]}},
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "limits": {"max_total_trials": 2},
    }
    return Spec.checked({**fields, **changes}, is_trusted=True)


def test_folds_and_iterations_exclude_each_other(source):
    trial = {"estimator": "sklearn.linear_model.SGDClassifier", "iterations": {"epochs": 3}}
    with pytest.raises(SpecError, match=r"validation\.folds: must be null with trial\.iterations"):
        spec(source, 5, trial=trial, search_space={"alpha": {"type": "choice", "values": [1, 2]}})


def test_more_folds_than_a_class_has_rows_are_refused(source, tmp_path):
    prepare_data(spec(source, 60), tmp_path)
    with pytest.raises(
        SpecError,
        match=r"validation\.folds: class 'yes' of column '\w+' has \d+ rows .* too few for 150 folds",
    ):
        prepare_data(spec(source, 150), tmp_path)


def test_the_number_of_folds_is_at_least_two():
    with pytest.raises(ValueError, match="greater than or equal to 2"):
        Validation(folds=1)


def test_a_further_metric_that_no_fold_can_give_costs_only_itself(prepared, job):
    trial = EstimatorTrial(estimator="sklearn.svm.SVC")
    work = with_folds(job(prepared("label"), "roc_auc", "neg_log_loss", "accuracy"), 3)
    values, trained = train(trial, work)
    assert len(values) == 3
    assert list(trained.metrics) == ["accuracy"]
    assert trained.notes == ("neg_log_loss could not be computed: SVC has no predict_proba",)
    assert trained.model.predict(all_rows(work.data)[0]).shape == (192,)


def test_a_class_of_numbers_too_small_for_the_folds_is_told_as_it_is_in_the_file(prepared):
    target = pd.Series(np.repeat([1, 7], [30, 2]))
    told = too_small(prepared("label"), target, 3)
    assert str(told).startswith("class 7 of column 'label' has 2 rows beside the test's")


# --- a big table


@pytest.mark.parametrize("reason", ["nothing", "a full disk"])
def test_folds_of_a_big_table_are_preprocessed_once_and_worth_the_same(
    prepared, job, monkeypatch, capsys, reason
):
    work = with_folds(job(prepared("kind"), "neg_log_loss", "accuracy"), 3)
    expected, trained = train(TRIAL, work)
    rows = load_part(work.data.folder, "test")
    said = trained.model.predict_proba(rows)
    shutil.rmtree(arrays_folder(work.data.folder), ignore_errors=True)  # of another test
    monkeypatch.setattr("sweepflow.training.big_tables._SMALL", 0)
    if reason == "a full disk":
        monkeypatch.setattr(
            "sweepflow.training.fold_arrays.shutil.disk_usage", lambda _: SimpleNamespace(free=0)
        )
    found, of_files = train(TRIAL, work)
    assert (found, of_files.metrics) == (expected, trained.metrics)
    np.testing.assert_array_equal(of_files.model.predict_proba(rows), said)
    n_kept = len([path for path in arrays_folder(work.data.folder).iterdir() if path.name[0] != "."])
    assert n_kept == (4 if reason == "nothing" else 1)  # of the folds, and of all rows
    assert ("in this process's own memory" in capsys.readouterr().out) is (reason == "a full disk")
    if reason == "nothing":
        monkeypatch.setattr("sweepflow.training.kept_arrays._write", None)  # a second time would fail
        assert train(TRIAL, work)[0] == expected
