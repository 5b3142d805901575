import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import get_scorer

from recorded import ranked_row
from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import features_and_target, load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.models.model_file import load_model, save_model
from sweepflow.result import SelectedModel
from sweepflow.running.selection import missing_metrics, select, still_improving
from sweepflow.spec.spec import Spec
from sweepflow.training.estimator.iterations import Iterations
from sweepflow.trials.state import TrialState

BEST = ranked_row(0, parameters={"max_depth": 2}, best_interval=1)


@pytest.fixture
def spec():
    def make(metric="accuracy", **changes):
        return Spec.parse(
            {
                "data": {"path": "table.csv", "target": "label"},
                "trial": {
                    "estimator": "sklearn.ensemble.RandomForestClassifier",
                    "parameters": {"n_estimators": 6, "random_state": 0, "bootstrap": False},
                },
                "search_space": {"max_depth": {"type": "choice", "values": [2, None]}},
                "objective": {"primary_metric": metric, "goal": "maximize"},
                "limits": {"max_total_trials": 2},
                **changes,
            }
        )

    return make


@pytest.fixture
def files(tmp_path):
    """Where the trial's model is, and where the selected one goes."""
    (tmp_path / "sweep").mkdir()
    return tmp_path / "trial" / "model.skops", tmp_path / "sweep" / "model.skops"


def train(spec, job, source):
    model = spec.trial.train(job, lambda _: None).model
    save_model(model, source)
    return model


def test_the_best_trial_s_model_is_copied_and_tested_once_on_the_test_rows(spec, files, prepared, job):
    data = prepared("label")
    asked = spec(metrics=["f1", "neg_log_loss"], data={"path": "t", "target": "label"})
    model = train(asked, job(data, max_depth=2), files[0])
    found = select(asked, data, BEST, *files)
    assert found.model_path == str(files[1])
    assert files[1].read_bytes() == files[0].read_bytes()
    assert [file.name for file in files[1].parent.iterdir()] == ["model.skops"]
    assert found.notice is None
    features, truth = features_and_target(load_part(data.folder, "test"), data)
    expected = {
        "accuracy": get_scorer("accuracy")(model, features, truth),
        "neg_log_loss": get_scorer("neg_log_loss")(model, features, truth),
    }
    assert list(found.test_metrics) == ["accuracy", "f1", "neg_log_loss"]
    for name, value in expected.items():
        assert found.test_metrics[name].value == pytest.approx(value)
    for metric in found.test_metrics.values():
        assert metric.low < metric.value < metric.high


@pytest.mark.parametrize("written", ["%H:%M", "%H:%M:%S"])
def test_times_of_day_score_the_same_in_the_file_that_pandas_reads(spec, files, tmp_path, job, written):
    minutes = np.arange(0, 1440, 7)
    times = pd.Timestamp(0) + pd.to_timedelta(minutes, unit="min")
    is_open = (minutes > 8 * 60) & (minutes < 17 * 60)
    table = {"at": times.strftime(written), "label": np.where(is_open, "open", "closed"), "row": minutes}
    pd.DataFrame(table).to_csv(tmp_path / "t.csv", index=False)
    source = DataSource(path=str(tmp_path / "t.csv"), target="label", features=("at",))
    data = prepare(source, Validation(), tmp_path / "cache", is_classifier=True)
    train(spec(), job(data, max_depth=4), files[0])
    told = select(spec(), data, BEST, *files).test_metrics["accuracy"].value
    assert told > 0.95
    raw = pd.read_csv(tmp_path / "t.csv")
    seconds = load_part(data.folder, "test")["at"]
    raw = raw[raw["row"].isin(seconds / 60)]
    assert (load_model(files[1]).predict(raw) == raw["label"]).mean() == pytest.approx(told)


def test_intervals_come_again_from_the_seed_of_the_split(spec, files, prepared, job):
    data = prepared("label")
    train(spec(), job(data, max_depth=2), files[0])
    asked = [spec(validation={"seed": seed}, metrics=["brier_score"]) for seed in (1, 1, 2)]
    found = [select(each, data, BEST, *files) for each in asked]
    assert found[0] == found[1]
    assert found[0].test_metrics["accuracy"].value == found[2].test_metrics["accuracy"].value
    assert found[0] != found[2]


def test_a_refit_is_fitted_on_training_and_validation_rows_with_the_best_parameters(
    spec, files, prepared, job
):
    data = prepared("label")
    asked = spec(refit=True)
    found = select(asked, data, replace(BEST, parameters={"max_depth": None}), *files)
    assert not files[0].exists()
    model = load_model(found.model_path)
    for part, knows in (("train", True), ("validation", True), ("test", False)):
        features, truth = features_and_target(load_part(data.folder, part), data)
        assert (model.predict(features) == truth).all() == knows
    assert found.test_metrics["accuracy"].value > 0.6


def test_a_refit_grows_to_the_best_interval_only(spec, files, prepared):
    trial = {
        "estimator": "sklearn.ensemble.RandomForestClassifier",
        "iterations": {"parameter": "n_estimators", "step": 2},
    }
    asked = spec(refit=True, trial=trial)
    best = ranked_row(0, parameters={"max_depth": 2, "n_estimators": 9}, best_interval=3)
    found = select(asked, prepared("label"), best, *files)
    assert len(load_model(found.model_path).named_steps["estimator"].estimators_) == 6


def test_a_model_of_folds_has_seen_all_rows_and_is_not_fitted_again(spec, files, prepared, job):
    data, asked = prepared("label"), spec(refit=True, validation={"folds": 3})
    train(asked, job(data, max_depth=2).model_copy(update={"folds": 3}), files[0])
    select(asked, data, replace(BEST, best_interval=3), *files)
    assert files[1].read_bytes() == files[0].read_bytes()


def test_a_refit_is_not_told_which_branch_was_drawn(spec, files, prepared):
    space = {"kind": {"type": "choice", "values": [{"max_depth": 1}, {"max_depth": 2}]}}
    best = replace(BEST, parameters={"kind": 1, "max_depth": 2})
    found = select(spec(refit=True, search_space=space), prepared("label"), best, *files)
    assert load_model(found.model_path).named_steps["estimator"].max_depth == 2


def test_no_model_gives_none(spec, files, prepared):
    found = select(spec(trial={"function": "a:b"}), prepared("label"), BEST, *files)
    assert (found.model_path, found.test_metrics, found.notice) == (None, None, None)
    assert list(files[1].parent.iterdir()) == []


CUT_OFF = replace(BEST, error="the sweep's timeout was over", state=TrialState.CANCELED, number=3)


def test_the_model_of_an_estimator_that_was_cut_off_is_fitted_again_as_it_was(spec, files, prepared, job):
    data, growing = prepared("label"), spec()
    growing = growing.model_copy(
        update={
            "trial": growing.trial.model_copy(
                update={"iterations": Iterations(parameter="n_estimators", step=2)}
            )
        }
    )
    values: list[dict[str, object]] = []
    growing.trial.train(job(data, "accuracy", max_depth=2), values.append)
    found = select(growing, data, replace(CUT_OFF, best_interval=2), *files)
    model = load_model(found.model_path)
    assert len(model.named_steps["estimator"].estimators_) == 4
    features, truth = features_and_target(load_part(data.folder, "validation"), data)
    assert (model.predict(features) == truth).mean() == pytest.approx(values[1]["accuracy"])
    assert found.notice == "trial 3 was cut off (the sweep's timeout was over), so its model was fitted again"
    assert list(found.test_metrics) == ["accuracy"]


def test_the_model_of_a_function_that_was_cut_off_is_lost_and_an_older_one_is_no_more(spec, files, prepared):
    files[1].write_bytes(b"of another trial")
    found = select(spec(trial={"function": "a:b"}), prepared("label"), CUT_OFF, *files)
    assert found.model_path is None
    assert found.notice == "trial 3, the best, has no model: the sweep's timeout was over"
    assert not files[1].exists()


def test_a_command_that_was_cut_off_has_lost_no_model(spec, files):
    command = spec(data=None, trial={"command": "python train.py ${{search_space.max_depth}}"})
    assert select(command, None, CUT_OFF, *files) == SelectedModel()


def test_a_best_trial_whose_model_could_not_be_saved_has_none_and_the_notice_says_why(spec, files, prepared):
    lost = replace(BEST, error="the model cannot be saved: no space")
    found = select(spec(), prepared("label"), lost, *files)
    assert found.model_path is None
    assert found.notice == "trial 0, the best, has no model: the model cannot be saved: no space"


def test_a_refit_that_fails_leaves_the_trial_s_own_model(spec, files, prepared, job):
    data, asked = prepared("label"), spec(refit=True)
    train(asked, job(data, "accuracy", max_depth=2), files[0])
    found = select(asked, data, replace(BEST, parameters={"max_depth": -1}), *files)
    assert files[1].read_bytes() == files[0].read_bytes()
    assert found.notice.startswith("the best parameters could not be fitted again: ")
    assert list(found.test_metrics) == ["accuracy"]


# --- models of functions

MODULE = """
class Model:
    def __init__(self, answer):
        self.answer = answer

    def predict(self, features):
        if self.answer == "fails":
            raise RuntimeError("no features today")
        return [self.answer] * len(features)


class Weights:
    pass
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "models_of_a_test.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import models_of_a_test

    yield models_of_a_test
    sys.modules.pop("models_of_a_test")


FUNCTION = {"function": "models_of_a_test:train"}


def test_a_function_s_own_model_is_tested_by_the_metrics_that_are_scorers(spec, files, prepared, module):
    data = prepared("label")
    save_model(module.Model("yes"), files[0])
    asked = spec("my_loss", trial=FUNCTION, metrics=["accuracy", "other"])
    found = select(asked, data, BEST, *files)
    share = np.mean(load_part(data.folder, "test")["label"] == "yes")
    assert list(found.test_metrics) == ["accuracy"]
    assert found.test_metrics["accuracy"].value == pytest.approx(share)


def test_a_model_without_predict_is_kept_and_not_tested(spec, files, prepared, module):
    save_model(module.Weights(), files[0])
    found = select(spec(trial=FUNCTION), prepared("label"), BEST, *files)
    assert found.model_path == str(files[1])
    assert found.test_metrics is None
    assert found.notice == "the model was not tested: a Weights has no predict"


def test_a_model_of_a_type_that_is_not_trusted_is_kept_and_not_tested(spec, files, prepared, module):
    save_model(module.Model("yes"), files[0])
    found = select(spec(trial={"function": "another:train"}), prepared("label"), BEST, *files)
    assert found.model_path == str(files[1])
    assert "not tested" in found.notice
    assert "models_of_a_test.Model" in found.notice


def test_a_model_that_fails_on_the_test_rows_leaves_the_sweep_its_model(spec, files, prepared, module):
    save_model(module.Model("fails"), files[0])
    found = select(spec(trial=FUNCTION), prepared("label"), BEST, *files)
    assert found.model_path == str(files[1])
    assert found.notice == "accuracy could not be tested: no features today"
    assert found.test_metrics == {}


def test_a_metric_that_the_test_rows_do_not_allow_costs_only_itself(spec, files, prepared, module):
    save_model(module.Model(-5.0), files[0])
    asked = spec("r2", trial=FUNCTION, metrics=["neg_mean_squared_log_error", "neg_max_error"])
    found = select(asked, prepared("amount"), replace(BEST, value=-99.0), *files)
    assert list(found.test_metrics) == ["r2", "neg_max_error"]
    assert found.notice.startswith("neg_mean_squared_log_error could not be tested: ")


def test_a_loss_is_tested_with_its_own_sign_and_a_lower_bound_below_the_upper(spec, files, prepared, job):
    data = prepared("label")
    objective = {"primary_metric": "log_loss", "goal": "minimize"}
    asked = spec(objective=objective, metrics=["neg_log_loss"], data={"path": "t", "target": "label"})
    train(asked, job(data, max_depth=2), files[0])
    tested = select(asked, data, BEST, *files).test_metrics
    loss, turned = tested["log_loss"], tested["neg_log_loss"]
    assert 0 < loss.low < loss.value < loss.high
    assert (loss.value, loss.low, loss.high) == pytest.approx((-turned.value, -turned.high, -turned.low))


def test_a_function_that_reports_a_loss_gets_it_tested_with_its_own_sign(spec, files, prepared, module):
    save_model(module.Model(2.0), files[0])
    objective = {"primary_metric": "root_mean_squared_error", "goal": "minimize"}
    asked = spec(objective=objective, trial=FUNCTION, metrics=["my_own", "mean_absolute_error"])
    tested = select(asked, prepared("amount"), replace(BEST, value=99.0), *files).test_metrics
    assert list(tested) == ["root_mean_squared_error", "mean_absolute_error"]
    assert all(0 < found.low < found.value < found.high for found in tested.values())


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_a_metric_that_is_no_finite_number_on_the_test_rows_is_not_one_of_the_results(
    spec, files, module, tmp_path
):
    pd.DataFrame({"x": range(9), "y": np.arange(9.0)}).to_csv(tmp_path / "t.csv", index=False)
    source = DataSource(path=str(tmp_path / "t.csv"), target="y")
    data = prepare(source, Validation(test_size=0.1), tmp_path, is_classifier=False)
    assert data.n_rows["test"] == 1  # for which r2 is not defined
    save_model(module.Model(2.0), files[0])
    found = select(spec("r2", trial=FUNCTION, metrics=["neg_max_error"]), data, BEST, *files)
    assert list(found.test_metrics) == ["neg_max_error"]
    assert found.notice == "r2 could not be tested: it is nan [nan, nan] on the test rows"


def test_a_sweep_without_data_keeps_the_model_and_tests_nothing(spec, files, module):
    save_model(module.Model("yes"), files[0])
    found = select(spec(trial=FUNCTION, data=None), None, BEST, *files)
    assert found.model_path == str(files[1])
    assert (found.test_metrics, found.notice) == (None, None)


def test_a_further_metric_that_trials_lack_is_told_once_with_their_number(spec):
    errors = [
        "neg_log_loss could not be computed: SVC has no predict_proba",
        "bandit: 0.5 < 0.6; neg_log_loss could not be computed: SVC has no predict_proba",
        None,
    ]
    rows = [ranked_row(number, error=error) for number, error in enumerate(errors)]
    told = "neg_log_loss could not be computed for 2 of 3 trials: SVC has no predict_proba"
    assert missing_metrics(spec(metrics=["f1", "neg_log_loss"]), rows) == [told]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "trial 0 was still improving at its last report: raise n_estimators"),
        ({"best_interval": 2}, None),
        ({"intervals": 1, "best_interval": 1}, None),
        ({"state": TrialState.TERMINATED}, None),
    ],
)
def test_a_growing_trial_that_was_best_at_its_last_report_is_told(spec, changes, told):
    trial = {
        "estimator": "sklearn.ensemble.RandomForestClassifier",
        "iterations": {"parameter": "n_estimators", "step": 2},
    }
    row = replace(BEST, **{"intervals": 3, "best_interval": 3, **changes})
    assert still_improving(spec(trial=trial), row) == told
    assert still_improving(spec(), row) is None


@pytest.mark.parametrize(
    ("max_iter", "told"),
    [(3, "trial 0 was still improving at its last round: raise max_iter"), (60, None)],
)
@pytest.mark.parametrize("iterations", [None, {"parameter": "max_iter", "step": 2}])
def test_a_model_that_could_stop_early_and_did_not_is_told(prepared, spec, iterations, max_iter, told):
    data = prepared("label")
    parameters = {"early_stopping": True, "n_iter_no_change": 2, "random_state": 0, "learning_rate": 0.5}
    asked = spec(
        trial={
            "estimator": "sklearn.ensemble.HistGradientBoostingClassifier",
            "parameters": {**parameters, "max_iter": max_iter},
            "iterations": iterations,
        }
    )
    row = replace(BEST, parameters={}, intervals=30, best_interval=30)
    model = asked.trial.refit(asked.job({}, data), 30)
    assert still_improving(asked, row, model, data) == told


def test_a_model_that_has_not_converged_is_told(prepared, spec):
    data = prepared("label")
    asked = spec(
        trial={"estimator": "sklearn.linear_model.LogisticRegression", "parameters": {"max_iter": 100}}
    )
    model = asked.trial.refit(asked.job({}, data), 1)
    row = replace(BEST, parameters={})
    assert still_improving(asked, row, model, data) is None
    model[-1].max_iter = int(model[-1].n_iter_[0])
    told = "trial 0 had not converged after its last iteration: raise max_iter"
    assert still_improving(asked, row, model, data) == told
