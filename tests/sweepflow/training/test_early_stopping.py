"""HistGradientBoosting that stops by itself: by which rows, and after how many rounds."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import all_training_rows, load_part, load_roles
from sweepflow.data.roles import NO_ROLES, Roles
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import TrialError
from sweepflow.metrics.scorers import objective_of
from sweepflow.training import EstimatorTrial
from sweepflow.training.early_stopping import fit_apart, fit_estimator
from sweepflow.training.job import Job

STOPS = {"early_stopping": True, "max_iter": 40, "n_iter_no_change": 4, "random_state": 0}
STOPS |= {"learning_rate": 0.3, "validation_fraction": 0.2, "max_leaf_nodes": 7}
ESTIMATOR = "sklearn.ensemble.HistGradientBoostingRegressor"


@pytest.fixture(scope="module")
def voices(tmp_path_factory):
    """Recordings that tell who speaks, and nothing of how ill he is."""
    generator = np.random.default_rng(0)
    person = np.repeat(np.arange(60), 10)
    voice = generator.normal(size=(60, 3))[person] + generator.normal(0, 0.05, (600, 3))
    table = pd.DataFrame(voice, columns=["pitch", "jitter", "noise"])
    table = table.assign(person=person, day=generator.permutation(600), w=generator.integers(1, 4, 600))
    table["illness"] = generator.normal(size=60)[person] + generator.normal(0, 0.1, 600)
    path = tmp_path_factory.mktemp("voices") / "t.csv"
    table.to_csv(path, index=False)
    return path


def prepared(path, **roles):
    others = tuple({"person", "day", "w"} - set(roles.values()))
    source = DataSource(path=str(path), target="illness", drop=others, **roles)
    return prepare(source, Validation(), path.parent / "cache", is_classifier=False)


def job(data, **fields):
    return Job(parameters={}, data=data, objective=objective_of("r2"), metrics=("r2",), **fields)


def trained(data, iterations=None, **fields):
    trial = EstimatorTrial(estimator=ESTIMATOR, parameters=STOPS, iterations=iterations)
    values = []
    work = job(data, **fields)
    model = trial.train(work, lambda metrics: values.extend(metrics.values())).model
    return trial, work, model, values


def test_rows_of_other_groups_stop_it(voices):
    apart = trained(prepared(voices, group="person"))[2]
    leaking = trained(prepared(voices))[2]  # drawn at random, each person is on both sides
    assert apart[-1].n_iter_ < 15
    assert leaking[-1].n_iter_ > 20


@pytest.mark.parametrize("iterations", [None, {"parameter": "max_iter", "step": 3}])
def test_later_rows_stop_it_with_their_weights_and_then_it_learns_from_them(voices, iterations):
    data = prepared(voices, time="day", weight="w")
    model, values = trained(data, iterations, gap=2)[2:]
    table, roles = load_part(data.folder, "train"), load_roles(data, "train")
    features, target = table.drop(columns="illness").to_numpy(), table["illness"].to_numpy()
    order = np.argsort(roles.time)
    held_out, rows = np.sort(order[-72:]), np.sort(order[:-74])  # a fifth of 360, and the gap
    stopped = HistGradientBoostingRegressor(**STOPS).fit(
        features[rows], target[rows], roles.weight[rows], X_val=features[held_out],
        y_val=target[held_out], sample_weight_val=roles.weight[held_out],
    ).n_iter_  # fmt: skip
    n_rounds = stopped if iterations is None else min(3 * (int(np.argmax(values)) + 1), stopped)
    assert len(values) == (1 if iterations is None else -(-stopped // 3))
    plain = HistGradientBoostingRegressor(**{**STOPS, "early_stopping": False, "max_iter": n_rounds})
    expected = plain.fit(features, target, roles.weight)
    assert model[-1].n_iter_ == n_rounds
    assert model[-1].predict(features) == pytest.approx(expected.predict(features))


@pytest.mark.parametrize("transform", [None, "quantile"])
@pytest.mark.parametrize("folds", [None, 3])
def test_in_the_end_it_has_so_many_rounds_on_all_rows(voices, folds, transform):
    data = prepared(voices, group="person")
    target = {"transform": transform} if transform else None
    trial = EstimatorTrial(estimator=ESTIMATOR, parameters=STOPS, target=target)
    work = job(data, folds=folds)
    last = trial.refit(work, 1)[-1]
    last = last.regressor if transform else last
    assert not last.early_stopping
    assert last.max_iter == last.n_iter_ < 30
    if transform is None:
        features, target = all_training_rows(data)
        plain = HistGradientBoostingRegressor(**{**STOPS, "early_stopping": False, "max_iter": last.n_iter_})
        expected = plain.fit(features.to_numpy(), target)
        assert last.predict(features.to_numpy()) == pytest.approx(expected.predict(features.to_numpy()))


def test_a_trial_with_folds_keeps_a_model_of_all_rows(voices):
    trial, work, model, _ = trained(prepared(voices, group="person"), folds=3)
    assert not model[-1].early_stopping
    assert model[-1].n_iter_ == trial.refit(work, 3)[-1].n_iter_


def test_a_growing_one_reports_no_more_once_it_has_stopped(voices):
    data = prepared(voices, group="person")
    trial, work, model, values = trained(data, {"parameter": "max_iter", "step": 4})
    whole = trained(data)[2][-1].n_iter_
    assert len(values) == -(-whole // 4) < 15
    best = int(np.argmax(values)) + 1
    assert model[-1].n_iter_ == min(best * 4, whole)
    assert trial.refit(work, best)[-1].n_iter_ <= best * 4
    assert trial.fit_again(work, best)[-1].n_iter_ == model[-1].n_iter_


@pytest.mark.parametrize("early_stopping", [True, "auto", False])
def test_the_same_rows_stop_it_as_scikit_learns_own_where_there_are_no_roles(early_stopping):
    generator = np.random.default_rng(0)
    features, target = generator.normal(size=(10_500, 2)), generator.normal(size=10_500)
    options = {**STOPS, "max_iter": 6, "early_stopping": early_stopping}
    ours = fit_estimator(HistGradientBoostingRegressor(**options), features, target, NO_ROLES, 0)
    theirs = HistGradientBoostingRegressor(**options).fit(features, target)
    assert ours.n_iter_ == theirs.n_iter_
    assert (ours.predict(features[:50]) == theirs.predict(features[:50])).all()
    by_time = fit_apart(
        HistGradientBoostingRegressor(**options), features, target, Roles(time=np.arange(10_500)), 0
    )
    assert by_time.do_early_stopping_ is bool(early_stopping)  # with more than 10,000 rows, auto does


@pytest.mark.parametrize(
    ("roles", "fraction"),
    [
        (Roles(group=np.zeros(40, dtype=int)), 0.2),
        (Roles(time=np.zeros(40, dtype=int)), 0.2),
        (Roles(group=np.arange(40)), 40),
        (Roles(group=np.arange(40)), 100),
        (Roles(time=np.arange(40)), 100),
    ],
)
def test_rows_that_cannot_be_told_apart_are_an_error_in_one_sentence(roles, fraction):
    told = "HistGradientBoostingRegressor stops early by .* and 40 training rows leave none .* to false"
    estimator = HistGradientBoostingRegressor(**{**STOPS, "validation_fraction": fraction})
    with pytest.raises(TrialError, match=told):
        fit_estimator(estimator, np.ones((40, 1)), np.arange(40.0), roles, 0)
