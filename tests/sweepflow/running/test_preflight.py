import numpy as np
import pandas as pd
import pytest

from sweepflow.errors import DataError, SpecError
from sweepflow.running.preflight import (
    Prepared,
    checked_job,
    checked_spec,
    prepare_data,
    prepare_sweep,
    sweep_children,
)
from sweepflow.spec.spec import Spec
from sweepflow.sweep_job import translate


@pytest.fixture
def spec(source):
    """Makes a spec on the file with every kind of column."""

    def make(target="label", metric="accuracy", trial=None, **changes):
        classifies = target != "amount"
        estimator = f"sklearn.svm.{'SVC' if classifies else 'SVR'}"
        return Spec.parse(
            {
                "data": {"path": str(source), "target": target, "dates": ["day"], "drop": ["id"]},
                "trial": trial or {"estimator": estimator},
                "search_space": {"C": {"type": "choice", "values": [1, 2]}},
                "objective": {"primary_metric": metric, "goal": "maximize"},
                "limits": {"max_total_trials": 2},
                **changes,
            }
        )

    return make


def paths(spec, home):
    with pytest.raises(SpecError) as caught:
        prepare_data(spec, home)
    return [problem.path for problem in caught.value.problems]


def test_the_data_is_split_and_written_below_the_home(spec, tmp_path):
    data = prepare_data(spec(), tmp_path)
    assert data.labels == ("no", "yes")
    assert data.folder.startswith(str(tmp_path / "data"))
    assert sum(data.n_rows.values()) == 240
    assert prepare_data(spec(), tmp_path) == data


def test_a_spec_without_data_has_nothing_to_prepare(spec, tmp_path):
    assert prepare_data(spec(data=None, trial={"function": "a:b"}), tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_what_is_prepared_comes_with_the_notices_about_the_spec_and_about_its_data(spec, source, tmp_path):
    trial = {"estimator": "sklearn.svm.SVC", "parameters": {"C": 3.0}}
    data = {"path": str(source), "target": "label", "dates": ["day"], "nulls": ["red"]}
    prepared = prepare_sweep(Prepared(spec(trial=trial, data=data, baseline="none"), cores=2), tmp_path)
    about_spec, about_data, *leaks = prepared.notices
    assert about_spec.startswith("trial.parameters.C: has no effect")
    assert about_data.startswith("Column 'color': 'red' (")
    assert [leak.split(":")[0] for leak in leaks] == [
        "Column 'id' numbers the 240 rows (0 to 239, each once)",
        "Column 'amount' alone has accuracy 1.000, all 8 columns together 1.000, on 192 rows",
    ]


def test_what_is_prepared_is_not_prepared_again(spec, tmp_path):
    prepared = prepare_sweep(Prepared(spec(), cores=2), tmp_path / "home")
    assert prepare_sweep(prepared, tmp_path / "elsewhere") == prepared
    assert not (tmp_path / "elsewhere").exists()


def test_every_metric_that_cannot_score_the_target_is_a_problem(spec, tmp_path):
    asked = spec("kind", "roc_auc", metrics=["accuracy", "f1", "roc_auc_ovr"])
    assert paths(asked, tmp_path) == ["objective.primary_metric", "metrics.1"]
    assert paths(spec("amount", "roc_auc", metrics=["r2"]), tmp_path) == ["objective.primary_metric"]
    assert prepare_data(spec("label", "roc_auc", metrics=["f1"]), tmp_path).positive_label == "yes"


CLASSIFIER, REGRESSOR = (
    {"estimator": f"sklearn.linear_model.{name}"} for name in ("LogisticRegression", "Ridge")
)


@pytest.fixture
def asked_of(spec, tmp_path):
    """Makes a spec for one metric of a table whose target has these values, again and again."""

    def make(values, metric, trial):
        table = pd.DataFrame({"x": np.arange(120.0) % 7, "y": np.resize(np.array(values), 120)})
        table.to_csv(tmp_path / "t.csv", index=False)
        space = {"fit_intercept": {"type": "choice", "values": [True, False]}}
        data = {"path": str(tmp_path / "t.csv"), "target": "y"}
        return spec("y", metric, trial, data=data, search_space=space)

    return make


@pytest.mark.parametrize("metric", ["r2", "root_mean_squared_error", "mean_absolute_percentage_error"])
@pytest.mark.parametrize("values", [["no", "yes"], [True, False], [10, 20], [1, 2], ["a", "b", "c"]])
def test_a_metric_of_numbers_does_not_score_classes_that_are_none(asked_of, tmp_path, values, metric):
    with pytest.raises(SpecError, match=f"{metric} cannot score the target 'y': it compares numbers, and"):
        prepare_data(asked_of(values, metric, CLASSIFIER), tmp_path)


@pytest.mark.parametrize("values", [[0, 1], [1, 2, 3, 4, 5]])
def test_a_metric_of_numbers_scores_classes_that_are_seen_as_their_own_numbers(asked_of, tmp_path, values):
    assert prepare_data(asked_of(values, "mean_absolute_error", CLASSIFIER), tmp_path).labels == tuple(values)


@pytest.mark.parametrize("metric", ["accuracy", "adjusted_rand_score", "v_measure_score", "roc_auc"])
@pytest.mark.parametrize("values", [[1.5, 2.5, 4.0], [0, 1], [-1, 1]])
def test_a_metric_of_classes_does_not_score_numbers(asked_of, tmp_path, values, metric):
    with pytest.raises(
        SpecError, match=f"{metric} cannot score the target 'y': it compares classes, and the estimator"
    ):
        prepare_data(asked_of(values, metric, REGRESSOR), tmp_path)


def test_a_metric_that_is_perfect_for_any_model_of_so_few_classes_is_refused(asked_of, tmp_path):
    with pytest.raises(SpecError, match=r"top_k_accuracy cannot score the target 'y': .*perfect score"):
        prepare_data(asked_of(["no", "yes"], "top_k_accuracy", CLASSIFIER), tmp_path)
    assert prepare_data(asked_of(["a", "b", "c"], "top_k_accuracy", CLASSIFIER), tmp_path)


@pytest.mark.parametrize(
    ("values", "weights", "told"),
    [
        (["low", "high"], {"Low": 1, "high": 5}, {"Low": "is no class of column 'y'; did you mean 'low'?"}),
        (["low", "high"], {0: 1, "high": 5}, {"0": "is no class of column 'y'; known: high, low"}),
        (["low", "high"], {"low": None, "high": 5}, {"low": "must be a number >= 0, got None"}),
        (["low", "high"], {"low": -1, "high": "5"}, {"low": "got -1", "high": "got '5'"}),
        ([1, 2, 3], {1: 1, 4: 2, 2: True}, {"4": "'4' is no class", "2": "must be a number >= 0, got True"}),
    ],
)
def test_a_weight_of_no_class_and_one_that_is_no_weight_are_problems(
    asked_of, tmp_path, values, weights, told
):
    asked = asked_of(values, "accuracy", {**CLASSIFIER, "parameters": {"class_weight": weights}})
    with pytest.raises(SpecError) as caught:
        prepare_data(asked, tmp_path)
    found = dict(caught.value.problems)
    assert set(found) == {f"trial.parameters.class_weight.{name}" for name in told}
    assert all(message in found[f"trial.parameters.class_weight.{name}"] for name, message in told.items())


@pytest.mark.parametrize(
    ("values", "weights"),
    [
        (["low", "high"], {"high": 5}),
        (["low", "high"], {"low": 1, "high": 5, "of another table": 9}),
        ([0, 1], {0: 1, 1: 5}),
        ([0, 1], {0.0: 1, 1.0: 0.5}),
        ([True, False], {True: 2, False: 0}),
        (["low", "high"], "balanced"),
        (["low", "high"], None),
    ],
)
def test_weights_of_classes_are_taken_by_any_name_of_theirs(asked_of, tmp_path, values, weights):
    asked = asked_of(values, "accuracy", {**CLASSIFIER, "parameters": {"class_weight": weights}})
    data = prepare_data(asked, tmp_path)
    assert asked.trial.model({}, data)[-1].fit(np.zeros((4, 1)), np.resize(data.labels, 4))


def test_a_function_may_name_any_metric(spec, tmp_path):
    data = prepare_data(spec("kind", "my_own", trial={"function": "a:b"}), tmp_path)
    assert data.labels == ("large", "medium", "small")


def test_a_regressor_refuses_a_target_of_text(spec, tmp_path):
    with pytest.raises(DataError, match=r"data\.target: .*the estimator predicts numbers"):
        prepare_data(spec("label", "r2", trial={"estimator": "sklearn.svm.SVR"}), tmp_path)


NO_TEXT = "preprocess__categorical__encode__max_categories"


def test_parameters_for_columns_that_the_data_has_not_are_problems(spec, tmp_path):
    table = pd.DataFrame({"x": np.arange(40.0), "label": ["a", "b"] * 20})
    table.to_csv(tmp_path / "t.csv", index=False)
    asked = spec(
        data={"path": str(tmp_path / "t.csv"), "target": "label"},
        trial={
            "estimator": "sklearn.svm.SVC",
            "parameters": {NO_TEXT: 3, "preprocess__numeric__impute__strategy": "mean"},
        },
        search_space={
            NO_TEXT: {"type": "choice", "values": [3, 4]},
            "preprocess__numeric__scale__with_std": {"type": "choice", "values": [True, False]},
            "C": {"type": "choice", "values": [1]},
        },
        metrics=["neg_mean_poisson_deviance", "no_such"],
    )
    asked = asked.model_copy(update={"metrics": ("accuracy",)})
    assert paths(asked, tmp_path) == [f"trial.parameters.{NO_TEXT}", f"search_space.{NO_TEXT}"]


def test_the_same_parameters_are_fine_where_there_are_such_columns(spec, tmp_path):
    asked = spec(search_space={NO_TEXT: {"type": "choice", "values": [3, 4]}})
    assert prepare_data(asked, tmp_path).categorical == ("color", "kind")


def test_a_class_that_no_validation_row_has_is_no_problem_for_a_metric_of_all_classes(spec, tmp_path):
    labels = ["a", "b"] * 30 + ["rare"]
    table = pd.DataFrame({"x": np.arange(61.0), "label": labels})
    table.to_csv(tmp_path / "t.csv", index=False)
    source = {"path": str(tmp_path / "t.csv"), "target": "label"}
    split = {"stratify": False, "seed": 0}
    trial = {"estimator": "sklearn.linear_model.LogisticRegression"}
    asked = spec("label", "roc_auc_ovr", trial, metrics=["accuracy"], data=source, validation=split)
    assert prepare_data(asked, tmp_path).labels == ("a", "b", "rare")


def wrong(spec, **changes):
    """The paths of what is wrong with a spec that has also no limits."""
    fields = {**spec().model_dump(mode="json", exclude={"limits"}), **changes}
    with pytest.raises(SpecError) as caught:
        checked_spec(fields, is_trusted=True)
    return [problem.path for problem in caught.value.problems]


def test_a_wrong_column_is_told_together_with_what_else_is_wrong(spec, source):
    assert wrong(spec) == ["limits"]
    assert wrong(spec, data={"path": str(source), "target": "lable"}) == ["limits", "data.target"]
    assert wrong(spec, data={"path": str(source), "target": "label", "drop": ["x"]}) == [
        "limits",
        "data.drop",
    ]
    assert wrong(spec, data={"path": "nowhere.csv", "target": "label"}) == ["limits", "data.path"]


def test_a_flow_is_told_wrong_columns_too_beside_the_other_mistakes(spec, source, tmp_path):
    data = {"path": str(source), "target": "lable"}
    fields = {**spec().model_dump(mode="json"), "data": data, "limits": {}}
    with pytest.raises(SpecError) as caught:
        checked_job(translate(fields, tmp_path), cores=2, is_trusted=False)
    assert [problem.path.split(".")[0] for problem in caught.value.problems] == ["limits", "data"]


def test_the_columns_of_data_whose_fields_are_wrong_are_not_looked_at(spec, source):
    assert wrong(spec, data={"path": str(source), "target": "lable", "dorp": []}) == ["data.dorp", "limits"]
    assert wrong(spec, data=None) == ["limits", "data"]


def test_the_table_is_named_in_front_of_a_wrong_column(spec, source):
    data = {"path": str(source), "target": "lable"}
    fields = {**spec().model_dump(mode="json"), "data": data, "limits": {}}
    with pytest.raises(
        SpecError, match=r"data\.target: .*table\.csv: there is no column 'lable': did you mean"
    ):
        checked_spec(fields, is_trusted=True)


def test_a_primary_metric_that_is_no_number_on_the_validation_rows_is_a_problem(spec, tmp_path):
    table = pd.DataFrame({"x": np.arange(40.0), "label": ["no"] * 38 + ["yes"] * 2})
    table.to_csv(tmp_path / "t.csv", index=False)
    source = {"path": str(tmp_path / "t.csv"), "target": "label"}
    asked = spec("label", "roc_auc", data=source, validation={"stratify": False, "seed": 0})
    with pytest.raises(SpecError, match="8 validation rows, which hold only 'no' in column 'label': add"):
        prepare_data(asked, tmp_path)
    other = spec("label", "accuracy", data=source, validation={"stratify": False, "seed": 0})
    assert prepare_data(other, tmp_path).n_rows["validation"] == 8


def test_an_error_of_fields_that_are_wrong_is_not_raised_while_another_is_handled():
    with pytest.raises(SpecError) as raised, sweep_children({}, 1):
        raise SpecError([])
    assert raised.value.__context__ is None
