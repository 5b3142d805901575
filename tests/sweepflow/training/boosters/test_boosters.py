"""Each booster beside the library itself: the same values, round by round, and the same answers."""

import json
import pickle
import subprocess
import sys
import warnings

import catboost
import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.base import clone
from sklearn.metrics import get_scorer

from sweepflow.data.prepared import features_and_target, load_part
from sweepflow.errors import TrialError, TrialTerminated
from sweepflow.models.model_file import load_model, save_model
from sweepflow.training import EstimatorTrial
from sweepflow.training.boosters import Rows, Watch, booster_class

LIBRARIES = {
    "xgboost.XGBClassifier": (xgboost.XGBClassifier, {"n_jobs": 1, "enable_categorical": True}),
    "xgboost.XGBRegressor": (xgboost.XGBRegressor, {"n_jobs": 1, "enable_categorical": True}),
    "lightgbm.LGBMClassifier": (lightgbm.LGBMClassifier, {"n_jobs": 1, "verbose": -1}),
    "lightgbm.LGBMRegressor": (lightgbm.LGBMRegressor, {"n_jobs": 1, "verbose": -1}),
    "catboost.CatBoostClassifier": (
        catboost.CatBoostClassifier,
        {"thread_count": 1, "verbose": False, "allow_writing_files": False},
    ),
    "catboost.CatBoostRegressor": (
        catboost.CatBoostRegressor,
        {"thread_count": 1, "verbose": False, "allow_writing_files": False},
    ),
}
CASES = [
    (path, target)
    for path in LIBRARIES
    for target in (("amount",) if path.endswith("Regressor") else ("label", "kind"))
]
CLASSIFIERS = [path for path in LIBRARIES if path.endswith("Classifier")]
REGRESSORS = [path for path in LIBRARIES if path.endswith("Regressor")]
ONE_EACH = ["xgboost.XGBRegressor", "lightgbm.LGBMClassifier", "catboost.CatBoostClassifier"]
TWENTY = {"parameter": "n_estimators", "step": 20}
ENDLESS = 1_000_000

each_case = pytest.mark.parametrize(("path", "target"), CASES)
one_of_each = pytest.mark.parametrize("path", ONE_EACH)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def data_for(path, prepared, target=None):
    return prepared(target or ("amount" if path.endswith("Regressor") else "label"))


def trial(path, iterations=None, **parameters):
    return EstimatorTrial(estimator=path, parameters=parameters, iterations=iterations)


def train(trial, job, until=None):
    """The values reported, and what was trained; a policy stops it after `until` reports."""
    values = []

    def report(metrics):
        values.append(metrics[job.objective.primary_metric])
        if len(values) == until:
            raise TrialTerminated

    return values, trial.train(job, report)


def part(data, name):
    return features_and_target(load_part(data.folder, name), data)


class Plain:
    """The library alone, on what our preprocessing makes of the same rows."""

    def __init__(self, path, data, **parameters):
        own, quiet = LIBRARIES[path]
        self._is_catboost = path.startswith("catboost")
        self._model = own(**quiet, **parameters)
        self._is_early = "early_stopping_rounds" in parameters
        self._preprocess = trial(path).model({}, data)[0]
        rows, target = part(data, "train")
        self.labels, codes = (None, target) if data.labels is None else np.unique(target, return_inverse=True)
        held_out, truth = part(data, "validation")
        self._preprocess.fit(rows, target)
        features = self._features(rows)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            names = list(features.select_dtypes(str)) if self._is_catboost else []
            categories = {"cat_features": names} if names else {}
            self._model.fit(features, codes, **categories, **self._held_out(path, held_out, truth))

    def _features(self, rows):
        """Pandas categories, which CatBoost alone wants as text without gaps."""
        table = self._preprocess.transform(rows)
        if not self._is_catboost:
            return table
        names = list(table.select_dtypes("category"))
        return table.assign(**{name: table[name].astype(object).fillna("none").astype(str) for name in names})

    def _held_out(self, path, rows, truth):
        if not self._is_early:
            return {}
        codes = truth if self.labels is None else np.searchsorted(self.labels, truth)
        quiet = {} if path.startswith("lightgbm") else {"verbose": False}
        return {"eval_set": [(self._features(rows), codes)], **quiet}

    @property
    def n_rounds(self):
        if isinstance(self._model, xgboost.XGBModel):
            return self._model.best_iteration + 1
        return getattr(self._model, "tree_count_", None) or self._model.best_iteration_

    def answers(self, rows):
        features = self._features(rows)
        return self._model.predict(features) if self.labels is None else self._model.predict_proba(features)

    def score(self, data):
        rows, truth = part(data, "validation")
        answers = self.answers(rows)
        if self.labels is None:
            return 1 - ((truth - answers) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()
        return (self.labels[answers.argmax(axis=1)] == truth).mean()


def answers_of(model, rows):
    return model.predict_proba(rows) if hasattr(model[-1], "classes_") else model.predict(rows)


def rescored(model, data):
    return get_scorer("r2" if data.labels is None else "accuracy")(model, *part(data, "validation"))


# --- one training, watched


@each_case
def test_each_interval_has_the_value_of_the_library_s_own_model_of_so_many_rounds(
    path, target, prepared, job
):
    data = prepared(target)
    asked = trial(path, TWENTY, n_estimators=50, learning_rate=0.3)
    values, trained = train(asked, job(data))
    plain = [Plain(path, data, n_estimators=n, learning_rate=0.3) for n in (20, 40, 50)]
    np.testing.assert_allclose(values, [each.score(data) for each in plain], rtol=1e-9)
    best = values.index(max(values))
    assert rescored(trained.model, data) == pytest.approx(max(values))
    assert trained.model[-1].rounds_ == (20, 40, 50)[best]
    rows, _ = part(data, "test")
    np.testing.assert_allclose(answers_of(trained.model, rows), plain[best].answers(rows), rtol=1e-9)


@each_case
def test_the_library_s_own_early_stopping_looks_at_the_validation_rows(path, target, prepared, job):
    data = prepared(target)
    options = {"n_estimators": ENDLESS, "early_stopping_rounds": 5, "learning_rate": 0.3}
    (value,), trained = train(trial(path, **options), job(data))
    plain = Plain(path, data, **options)
    assert value == pytest.approx(plain.score(data))
    assert trained.model[-1].rounds_ == plain.n_rounds


@one_of_each
def test_a_policy_stops_it_midway_and_its_best_interval_is_kept(path, prepared, job):
    data = data_for(path, prepared)
    values, trained = train(trial(path, TWENTY, n_estimators=ENDLESS), job(data), until=3)
    assert len(values) == 3
    assert trained.model[-1].rounds_ == 20 * (values.index(max(values)) + 1)
    assert rescored(trained.model, data) == pytest.approx(max(values))


@one_of_each
def test_it_stops_early_by_itself_while_it_is_watched(path, prepared, job):
    data, five = data_for(path, prepared), {"parameter": "n_estimators", "step": 5}
    options = {"n_estimators": ENDLESS, "early_stopping_rounds": 12, "learning_rate": 0.1}
    values, trained = train(trial(path, five, **options), job(data))
    plain = Plain(path, data, **options)
    assert len(values) > 2
    assert plain.score(data) in [pytest.approx(value) for value in values]
    assert rescored(trained.model, data) == pytest.approx(max(values))
    values, trained = train(trial(path, five, **options), job(data), until=2)
    assert len(values) == 2


@one_of_each
def test_what_the_judge_raises_ends_the_training_and_is_raised(path, prepared, job):
    def report(_):
        raise ConnectionError("the line is down")

    with pytest.raises(ConnectionError, match="the line is down"):
        trial(path, TWENTY, n_estimators=ENDLESS).train(job(data_for(path, prepared)), report)


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("xgboost.XGBRegressor", {"booster": "dart", "rate_drop": 0.3}),
        ("xgboost.XGBRegressor", {"booster": "gblinear"}),
        ("lightgbm.LGBMRegressor", {"boosting_type": "dart"}),
        (
            "lightgbm.LGBMRegressor",
            {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.7, "min_child_samples": 2},
        ),
        ("catboost.CatBoostRegressor", {"model_shrink_rate": 0.05, "learning_rate": 0.1}),
        ("catboost.CatBoostRegressor", {"grow_policy": "Lossguide", "early_stopping_rounds": 50}),
    ],
)
def test_a_model_that_cannot_be_cut_is_that_of_the_interval_too(path, options):
    rows, target = (np.arange(80.0).reshape(-1, 2), np.sin(np.arange(40.0)))
    answers = {}

    def at_interval(n_rounds, model):
        answers[n_rounds] = model.predict(rows)
        return True

    booster = booster_class(path)(n_estimators=12, **options)
    booster.fit(rows, target, held_out=Rows(rows.copy(), target.copy()), watch=Watch(4, at_interval))
    booster.keep(8, Rows(rows, target))
    np.testing.assert_allclose(booster.predict(rows), answers[8], rtol=1e-5)


def test_a_way_of_training_that_knows_no_categories_gets_codes(prepared, job):
    for way in ({"tree_method": "exact"}, {"booster": "gblinear"}):
        _, trained = train(trial("xgboost.XGBClassifier", n_estimators=3, **way), job(prepared("label")))
        assert trained.model.predict(part(prepared("label"), "test")[0]).shape == (48,)


# --- fitted again


@one_of_each
def test_it_is_fitted_again_for_the_rounds_of_the_interval(path, prepared, job):
    data, rows = data_for(path, prepared), None
    asked, work = trial(path, TWENTY, n_estimators=50, learning_rate=0.3), job(data_for(path, prepared))
    _, stopped = train(asked, work, until=2)
    again = asked.fit_again(work, 2)
    rows, _ = part(data, "test")
    if stopped.model[-1].rounds_ == 40:
        np.testing.assert_allclose(answers_of(again, rows), answers_of(stopped.model, rows))
    assert again[-1].rounds_ == asked.refit(work, 2)[-1].rounds_ == 40
    assert asked.refit(work, 3)[-1].rounds_ == 50
    assert trial(path, n_estimators=30).refit(work, 1)[-1].rounds_ == 30


@one_of_each
def test_a_refit_has_the_rounds_at_which_it_stopped_early_on_the_validation_rows(path, prepared, job):
    work = job(data_for(path, prepared))
    asked = trial(path, n_estimators=ENDLESS, early_stopping_rounds=5, learning_rate=0.2)
    _, trained = train(asked, work)
    refitted = asked.refit(work, 1)
    assert refitted[-1].rounds_ == trained.model[-1].rounds_ == asked.fit_again(work, 1)[-1].rounds_
    features, _ = part(work.data, "test")
    assert not np.allclose(answers_of(refitted, features), answers_of(trained.model, features))


@one_of_each
def test_folds_stop_early_each_by_the_rows_that_it_holds_out(path, prepared, job):
    work = job(data_for(path, prepared)).model_copy(update={"folds": 3})
    asked = trial(path, n_estimators=ENDLESS, early_stopping_rounds=5, learning_rate=0.2)
    values, trained = train(asked, work)
    assert len(values) == 3
    n_rounds = trained.model[-1].rounds_
    assert 1 <= n_rounds < 1000
    assert asked.refit(work, 3)[-1].rounds_ == n_rounds


# --- labels, weights, threads


@pytest.mark.parametrize("path", CLASSIFIERS)
def test_the_positive_label_is_the_one_that_scale_pos_weight_weighs(path, prepared):
    data = prepared("label", positive_label="no")
    rows, target = part(data, "train")
    asked = trial(path, n_estimators=20)
    plain, weighed = (
        asked.model(parameters, data).fit(rows, target) for parameters in ({}, {"scale_pos_weight": 20})
    )
    assert list(weighed.classes_) == ["no", "yes"]
    assert weighed.predict_proba(rows)[:, 0].mean() > plain.predict_proba(rows)[:, 0].mean() + 0.05
    balanced = {"lightgbm": "class_weight", "catboost": "class_weights"}.get(path.partition(".")[0])
    if balanced:
        by_name = asked.model({balanced: {"no": 20, "yes": 1}}, data).fit(rows, target)
        assert by_name.predict_proba(rows)[:, 0].mean() > plain.predict_proba(rows)[:, 0].mean() + 0.05


@one_of_each
def test_weights_count_as_repeated_rows_do_in_training_and_early_stopping(path):
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(200, 3))
    target = rows[:, 0] + generator.normal(size=200) > 0
    target = target if path.endswith("Classifier") else target + rows[:, 1]
    counts = generator.integers(1, 3, 200).astype(float)
    make = booster_class(path)
    options = {"n_estimators": 200, "early_stopping_rounds": 5, "learning_rate": 0.1}
    if path.startswith("catboost"):
        options |= {"bootstrap_type": "No", "random_strength": 0, "boosting_type": "Plain"}
    held_out = Rows(rows[100:], target[100:], counts[100:])
    weighted = make(**options).fit(rows[:100], target[:100], counts[:100], held_out=held_out)
    numbers = np.repeat(np.arange(200), counts.astype(int))
    fitted, others = numbers[numbers < 100], numbers[numbers >= 100]
    repeated = make(**options)
    repeated.fit(rows[fitted], target[fitted], held_out=Rows(rows[others], target[others]))
    share = np.mean(weighted.predict(rows) == repeated.predict(rows))
    assert share > 0.9 or np.corrcoef(weighted.predict(rows), repeated.predict(rows))[0, 1] > 0.95


@pytest.mark.parametrize("path", CLASSIFIERS)
def test_a_class_that_the_training_rows_lack_is_no_failure(path):
    rows = np.arange(60.0).reshape(-1, 2)
    target = np.array(["a", "b", "c"] * 10, dtype=object)
    known = target != "c"
    booster = booster_class(path)(n_estimators=30, early_stopping_rounds=3)
    booster.fit(rows[known], target[known], held_out=Rows(rows, target))
    assert set(booster.predict(rows)) <= {"a", "b"}
    assert booster.predict_proba(rows).shape == (30, 2)


def test_each_library_uses_the_slot_s_share_of_the_cores(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    for path, name in {
        "xgboost.XGBRegressor": "n_jobs",
        "catboost.CatBoostRegressor": "thread_count",
    }.items():
        assert booster_class(path)()._settled({}, may_stop=False)[name] == 3
    own = booster_class("lightgbm.LGBMRegressor")(num_threads=2)._settled({}, may_stop=False)
    assert (own["num_threads"], own.get("n_jobs")) == (2, None)


# --- written and read


@each_case
def test_its_model_file_is_read_where_no_package_is_allowed(path, target, prepared, job, tmp_path):
    work = job(prepared(target))
    _, trained = train(trial(path, n_estimators=5), work)
    save_model(trained.model, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    rows, _ = part(work.data, "test")
    np.testing.assert_array_equal(answers_of(loaded, rows), answers_of(trained.model, rows))
    copied = pickle.loads(pickle.dumps(clone(loaded[-1])))
    assert copied.get_params()["n_estimators"] == 5
    assert copied.positive_label == loaded[-1].positive_label


def test_a_fresh_process_predicts_raw_rows_with_a_category_never_seen(prepared, job, tmp_path):
    asked = [(path, "label", {}) for path in CLASSIFIERS]
    asked += [(path, "label", {"threshold": {"metric": "f1"}}) for path in CLASSIFIERS]
    asked += [
        (path, "amount", {"target": {"transform": "log1p"}}) for path in set(LIBRARIES) - {*CLASSIFIERS}
    ]
    rows, _ = part(prepared("label"), "test")
    rows = rows.assign(color="violet")
    rows.to_csv(tmp_path / "rows.csv", index=False)
    expected = []
    for number, (path, target, options) in enumerate(asked):
        kind = EstimatorTrial(estimator=path, parameters={"n_estimators": 5}, **options)
        _, trained = train(kind, job(prepared(target)))
        save_model(trained.model, tmp_path / f"{number}.skops")
        expected.append(trained.model.predict(rows).tolist())
    script = (
        "import json, sys, pandas as pd; from sweepflow import load_model\n"
        "rows = pd.read_csv('rows.csv')\n"
        f"print(json.dumps([load_model(f'{{n}}.skops').predict(rows).tolist() for n in range({len(asked)})]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout) == expected


@pytest.mark.parametrize("name", ["objective", "metric"])
def test_no_text_smuggles_a_further_parameter_into_lightgbm(name):
    rows = np.arange(40.0).reshape(-1, 2)
    for text in (
        "l2 forcedsplits_filename=/etc/passwd",
        "l2\nforcedsplits_filename=x",
        ["l2", "l1 machines=a"],
    ):
        booster = booster_class("lightgbm.LGBMRegressor")(**{name: text})
        with pytest.raises(TrialError, match=f"{name} must be one word, got"):
            booster.fit(rows, rows[:, 0])


def test_nothing_is_printed_and_no_file_is_left(prepared, job, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    for path in ONE_EACH:
        train(trial(path, TWENTY, n_estimators=30), job(data_for(path, prepared)))
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
