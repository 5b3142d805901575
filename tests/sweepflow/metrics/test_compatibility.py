"""A model is tested and promoted only by answers in the target's own labels."""

import re
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import LabelEncoder
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from recorded import ranked_row
from sweepflow import with_labels
from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import features_and_target, load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import SweepflowError, TrialError
from sweepflow.gating import gate_models
from sweepflow.models.model_file import load_model, save_model
from sweepflow.running.selection import select
from sweepflow.spec.spec import Spec
from sweepflow.training.pipeline import pipeline
from sweepflow.training.preprocessor import unfitted

METRICS = {True: ["accuracy", "f1_macro", "roc_auc"], False: ["r2", "neg_mean_absolute_error"]}

MODULE = """
import numpy as np
from sklearn.base import BaseEstimator


class Answers(BaseEstimator):
    "Answers the given values in turn, with whatever else it is given."

    def __init__(self, values, **more):
        self.values = values
        vars(self).update(more)

    def predict(self, features):
        return np.resize(np.asarray(self.values), len(features))


class Columns(Answers):
    def predict(self, features):
        return super().predict(features).reshape(-1, 1)


class Pairs(Answers):
    def predict(self, features):
        return np.stack([super().predict(features)] * 2, axis=1)


class Backwards(Answers):
    "Answers what was answered, with the columns of the probabilities in descending order."

    def __init__(self, rows, values, table):
        super().__init__(values, rows=rows.to_numpy(), table=table)

    def predict(self, features):
        return self.values[self.nearest(features)]

    def predict_proba(self, features):
        return self.table[self.nearest(features)][:, ::-1]

    def nearest(self, features):
        return np.abs(features.to_numpy()[:, None] - self.rows[None]).sum(axis=2).argmin(axis=1)


class Probable(Answers):
    def predict_proba(self, features):
        return np.tile(self.table, (len(features), 1))
"""


@pytest.fixture(scope="module")
def answering(tmp_path_factory):
    folder = tmp_path_factory.mktemp("modules")
    (folder / "answering_models.py").write_text(MODULE, encoding="utf-8")
    sys.path.append(str(folder))
    import answering_models

    yield answering_models
    sys.path.remove(str(folder))
    sys.modules.pop("answering_models")


def table_of(values, folder, *, blank):
    """240 rows whose feature says which of the values they have, some wrongly; or one has none (`blank`)."""
    generator = np.random.default_rng(3)
    places = generator.integers(0, len(values), 240)
    noise = generator.normal(0, 0.3, 240)
    table = pd.DataFrame({"x": places + noise, "z": noise[::-1], "y": [values[place] for place in places]})
    if blank:
        table.loc[7, "y"] = np.nan
    table.to_csv(folder / "table.csv", index=False)
    return folder / "table.csv"


@pytest.fixture
def target(tmp_path):
    """Prepares a table whose target holds these values."""

    def make(*values, blank=False, **options):
        source = DataSource(path=str(table_of(values, tmp_path, blank=blank)), target="y", **options)
        return prepare(source, Validation(), tmp_path / "cache", is_classifier=None)

    return make


@pytest.fixture
def selected(tmp_path):
    """What becomes of a function's model."""

    def make(model, data, *metrics, reported=-np.inf):
        wanted = metrics or METRICS[data.is_classification][: 3 if data.positive_label is not None else 2]
        spec = Spec.parse(
            {
                "data": {"path": "table.csv", "target": "y"},
                "trial": {"function": "answering_models:train"},
                "search_space": {"C": {"type": "choice", "values": [1]}},
                "objective": {"primary_metric": wanted[0], "goal": "maximize"},
                "metrics": list(wanted[1:]),
                "limits": {"max_total_trials": 1},
            }
        )
        save_model(model, tmp_path / "trial.skops")
        best = ranked_row(4, value=reported, parameters={"C": 1}, best_interval=1)
        return select(spec, data, best, tmp_path / "trial.skops", tmp_path / "model.skops")

    return make


def fitted(data, estimator=None, encode=lambda target: target):
    """A pipeline fitted on the training rows, the target encoded."""
    features, truth = features_and_target(load_part(data.folder, "train"), data)
    unfitted_one = LogisticRegression() if estimator is None else clone(estimator)
    return pipeline(unfitted(data, {}), unfitted_one).fit(features, encode(truth))


def numbered(target):
    return LabelEncoder().fit_transform(target)


def refused(found):
    assert found.test_metrics is None
    assert found.model_path is not None
    assert found.notice == f"the model was not tested: {found.refused}"
    assert "\n" not in found.notice
    return found.refused


BENIGN = ("malignant", "benign", "benign")


# --- labels that were encoded


@pytest.mark.parametrize(
    ("values", "options", "answered", "held"),
    [
        (BENIGN, {"positive_label": "benign"}, "0, 1", "'benign', 'malignant'"),
        (BENIGN, {}, "0, 1", "'benign', 'malignant'"),
        (("a", "b", "c"), {}, "0, 1, 2", "'a', 'b', 'c'"),
        ((1, 2, 3), {}, "0, 1, 2", "1, 2, 3"),
        ((1, 2), {}, "0, 1", "1, 2"),
        ((0, 2, 5), {}, "0, 1, 2", "0, 2, 5"),
        ((-1, 1), {}, "0, 1", "-1, 1"),
        (tuple("abcdefgh"), {}, "0, 1, 2, 3, 4, 5, 2 more", "'a', 'b', 'c', 'd', 'e', 'f', 2 more"),
    ],
)
def test_a_model_of_encoded_labels_is_not_tested_and_both_sets_are_named(
    values, options, answered, held, target, selected
):
    data = target(*values, **options)
    reason = refused(selected(fitted(data, encode=numbered), data))
    assert reason.startswith(f"the model answers {answered}, but the target 'y' holds {held}: ")
    assert "return sweepflow.with_labels(model, labels) from the trainer" in reason


@pytest.mark.parametrize("values", [BENIGN, ("a", "b", "c"), (1, 2, 3), (5, 9)])
@pytest.mark.parametrize("metric", ["roc_auc", "roc_auc_ovr", "neg_log_loss", "accuracy"])
def test_it_is_not_compared_in_the_gate_either(values, metric, target):
    if (metric == "roc_auc") == (len(set(values)) > 2):
        return
    data = target(*values)
    good, wrong = fitted(data), fitted(data, encode=numbered)
    with pytest.raises(SweepflowError, match=r"^the challenger answers 0, 1.* but the target 'y' holds"):
        gate_models(None, wrong, data, metric=metric)
    with pytest.raises(SweepflowError, match=r"^the champion answers 0, 1"):
        gate_models(wrong, good, data, metric=metric)
    assert gate_models(None, good, data, metric=metric).promote


def test_labels_of_another_type_that_are_not_equal_are_named_so_that_one_can_tell(target, selected):
    data = target(0, 1)
    found = refused(selected(fitted(data, encode=lambda truth: truth.astype(str)), data))
    assert found.startswith("the model answers '0', '1', but the target 'y' holds 0, 1: ")
    data = target("yes", "no")
    found = refused(selected(fitted(data, encode=lambda truth: truth == "yes"), data))
    assert found.startswith("the model answers False, True, but the target 'y' holds 'no', 'yes': ")
    found = refused(selected(fitted(data, encode=lambda truth: np.char.upper(truth.astype(str))), data))
    assert "'NO', 'YES', but" in found
    assert "fitted on the target's own values" in found


def test_a_search_of_encoded_labels_is_refused(target, selected):
    data = target("a", "b", "c")
    search = GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2)
    assert "answers 0, 1, 2" in refused(selected(fitted(data, search, numbered), data))
    assert selected(fitted(data, search), data).test_metrics["accuracy"].value > 0.8


# --- the same labels in other guises


@pytest.mark.parametrize(
    ("values", "encode"),
    [
        ((True, False), lambda truth: truth.astype(int)),
        ((0, 1), lambda truth: truth.astype(bool)),
        ((0, 1), lambda truth: truth.astype(float)),
        ((1, 2, 3), lambda truth: truth.astype(float)),
        (("no", "yes"), lambda truth: truth.astype(str)),
        (("a", "b", "c"), lambda truth: truth.astype(str)),
    ],
)
@pytest.mark.parametrize(
    "estimator", [LogisticRegression(), LinearSVC(), DecisionTreeClassifier(max_depth=3, random_state=0)]
)
def test_equal_labels_of_another_type_are_the_target_s(values, encode, estimator, target, selected):
    data = target(*values)
    metrics = ("accuracy", "f1_macro")
    found = selected(fitted(data, estimator, encode), data, *metrics)
    assert (found.notice, found.refused) == (None, None)
    as_it_is = selected(fitted(data, estimator), data, *metrics)
    assert found.test_metrics == as_it_is.test_metrics
    assert found.test_metrics["accuracy"].value > 0.8


def test_a_model_that_has_not_seen_a_class_is_tested(target, selected):
    data = target("a", "b", "c")
    features, truth = features_and_target(load_part(data.folder, "train"), data)
    model = pipeline(unfitted(data, {}), LogisticRegression()).fit(
        features[truth != "c"], truth[truth != "c"]
    )
    found = selected(model, data, "accuracy", "neg_log_loss")
    assert found.refused is None
    assert 0.4 < found.test_metrics["accuracy"].value < 0.8
    assert gate_models(None, model, data, metric="accuracy").difference > 0


def test_a_model_that_knows_further_classes_of_other_rows_is_tested_if_they_are_text(
    target, selected, answering
):
    data = target("a", "b")
    model = answering.Answers(["a", "b", "c"], classes_=["a", "b", "c"])
    assert selected(model, data, "accuracy").test_metrics["accuracy"].value < 0.5
    data = target(1, 2)
    model = answering.Answers([1, 2], classes_=[0, 1, 2])
    assert "answers 0, 1, 2" in refused(selected(model, data))


def test_classes_in_another_order_are_scored_by_their_names(target, selected, answering):
    data = target("a", "b", "c")
    model = answering.Probable(["c"], classes_=["c", "a", "b"], table=[0.8, 0.1, 0.1])
    found = selected(model, data, "accuracy", "neg_log_loss").test_metrics
    _, truth = features_and_target(load_part(data.folder, "test"), data)
    share = np.mean(truth == "c")
    assert found["accuracy"].value == pytest.approx(share)
    assert found["neg_log_loss"].value == pytest.approx(share * np.log(0.8) + (1 - share) * np.log(0.1))


# --- models of one's own, judged by what they answer


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([0, 1], "answers 0, 1, but"),
        (["a", "x"], "answers 'a', 'x', but"),
        ([None, "a"], "answers None, 'a', but|answers 'a', None, but"),
        ([{"a": 1}], r"answers .*'a': 1.*, but"),
        ([np.nan, 1.0], "answers 1.0, nan, but|answers nan, 1.0, but"),
        ([0.25, 0.5], "answers 0.25, 0.5, but .*: return a model that is fitted on the target's own values"),
    ],
)
def test_a_model_without_classes_is_judged_by_what_it_answers(given, told, target, selected, answering):
    data = target("a", "b")
    assert re.search(told, refused(selected(answering.Answers(given), data)))
    right = selected(answering.Answers(["a", "b"]), data, "accuracy")
    assert right.test_metrics["accuracy"].low > 0.2


def test_a_model_whose_answers_are_not_its_classes_is_refused(target, selected, answering):
    data = target("a", "b")
    assert "answers 0, 1, but" in refused(selected(answering.Answers([0, 1], classes_=["a", "b"]), data))


def test_answers_in_one_column_are_one_value_a_row(target, selected, answering):
    data = target("a", "b")
    one, other = (kind(["a", "b", "b"]) for kind in (answering.Answers, answering.Columns))
    assert selected(one, data, "accuracy").test_metrics == selected(other, data, "accuracy").test_metrics
    data = target(0.5, 1.5, 2.5)
    one, other = (kind([0.5, 1.5]) for kind in (answering.Answers, answering.Columns))
    assert selected(one, data).test_metrics == selected(other, data).test_metrics


def test_several_values_a_row_are_refused(target, selected, answering):
    data = target("a", "b")
    told = "answers several values a row for 48 rows: one value a row is needed"
    assert told in refused(selected(answering.Pairs(["a", "b"]), data))
    data = target(0.5, 1.5, 2.5)
    assert "several values a row" in refused(selected(answering.Pairs([0.5]), data))


@pytest.mark.parametrize("metric", ["neg_log_loss", "roc_auc"])
def test_probabilities_of_another_number_of_classes_are_refused(metric, target, selected, answering):
    data = target("a", "b")
    model = answering.Probable(["a"], table=[0.2, 0.3, 0.5])
    told = "the model gives 3 scores a row for 2 classes"
    assert told in refused(selected(model, data, metric))
    found = selected(model, data, "accuracy", metric)
    assert list(found.test_metrics) == ["accuracy"]
    assert found.notice.startswith(f"{metric} could not be tested: {told}")
    with pytest.raises(SweepflowError, match=told):
        gate_models(None, model, data, metric=metric)


# --- numbers and classes


def test_a_regressor_for_classes_is_refused(target, selected):
    for values in ((0, 1), (1, 2, 3)):
        data = target(*values)
        for estimator in (Ridge(), DecisionTreeRegressor()):
            found = refused(selected(fitted(data, estimator), data))
            assert found.startswith("the model, a regressor, answers ")
            assert found.endswith(": return a classifier")
    data = target("a", "b")
    assert "a regressor" in refused(selected(fitted(data, RandomForestRegressor(), numbered), data))
    with pytest.raises(SweepflowError, match="the challenger, a regressor, answers"):
        gate_models(None, fitted(data, Ridge(), numbered), data, metric="accuracy")


def test_whole_numbers_are_compared_as_numbers_by_a_metric_of_numbers(target, selected):
    data = target(1, 2, 3)  # ratings, say: a function may as well predict them as numbers
    found = selected(fitted(data, Ridge()), data, "r2", "accuracy")
    assert found.test_metrics["r2"].value > 0.7
    assert "accuracy could not be tested: the model, a regressor, answers" in found.notice
    assert gate_models(None, fitted(data, Ridge()), data, metric="r2").promote


@pytest.mark.parametrize("values", [(10, 20), ("no", "yes")])
def test_two_classes_are_compared_as_numbers_only_if_they_are_nought_and_one(target, selected, values):
    data = target(*values)
    found = selected(fitted(data), data, "accuracy", "neg_mean_absolute_error")
    assert list(found.test_metrics) == ["accuracy"]
    assert "neg_mean_absolute_error could not be tested: it compares numbers, and the target" in found.notice
    with pytest.raises(SweepflowError, match="it compares numbers, and the target"):
        gate_models(None, fitted(data), data, metric="neg_mean_absolute_error")
    data = target(0, 1)
    assert selected(fitted(data), data, "neg_mean_absolute_error").test_metrics


def test_a_classifier_for_numbers_is_refused_unless_its_classes_are_numbers_of_the_target(target, selected):
    data = target(*np.linspace(0.5, 9.5, 30).round(2))
    ranks = fitted(data, RandomForestClassifier(n_estimators=5), lambda truth: (truth > 5).astype(int))
    found = refused(selected(ranks, data))
    assert found == (
        "the model, a classifier, answers 0, 1, but the target 'y' holds numbers from 0.5 to 9.5: "
        "return a regressor"
    )
    named = fitted(data, encode=lambda truth: np.where(truth > 5, "high", "low"))
    assert "answers 'high', 'low', but the target 'y' holds numbers from 0.5 to 9.5" in refused(
        selected(named, data)
    )
    data = target(*range(30))
    exact = fitted(data, DecisionTreeClassifier())
    assert selected(exact, data).test_metrics["r2"].value > 0.9


def test_classes_that_are_floats_have_to_be_those_of_the_target(target, selected, answering):
    data = target(1.0, 2.5)  # not whole, so numbers
    found = refused(selected(fitted(data, encode=lambda truth: (truth > 2).astype(int)), data, "accuracy"))
    told = "the model, a classifier, answers 0, 1, but the target 'y' holds numbers from 1 to 2.5: "
    assert found.startswith(told)
    assert "with_labels" in found
    model = with_labels(fitted(data, encode=lambda truth: (truth > 2).astype(int)), [1.0, 2.5])
    assert selected(model, data, "r2").test_metrics["r2"].value > 0.7
    data = target(*range(100, 130))
    told = "answers 0, 1, but the target 'y' holds numbers from 100 to 129: return a model that is fitted"
    assert told in refused(selected(answering.Answers([0, 1]), data, "accuracy"))


@pytest.mark.parametrize("values", [(0.0, 1.0), (1.0, 2.0, 3.0), tuple(range(100, 124))])
def test_whole_numbers_that_were_taken_for_numbers_are_compared_as_classes_by_a_metric_of_classes(
    values, target, selected
):
    data = target(*values, blank=True)  # by which pandas writes 1 as 1.0
    assert data.labels is None
    ranking = "roc_auc" if len(values) == 2 else "roc_auc_ovr"
    good = fitted(data, DecisionTreeClassifier(max_depth=6, random_state=0))
    found = selected(good, data, "accuracy", ranking, "neg_log_loss", "r2")
    assert found.notice is None
    features, truth = features_and_target(load_part(data.folder, "test"), data)
    metrics = found.test_metrics
    assert metrics["accuracy"].value == pytest.approx(accuracy_score(truth, good.predict(features)))
    if len(values) == 2:
        expected = roc_auc_score(truth, good.predict_proba(features)[:, 1])
        assert metrics["roc_auc"].value == pytest.approx(expected)
    whole = fitted(data, DecisionTreeClassifier(max_depth=6, random_state=0), lambda truth: truth.astype(int))
    assert selected(whole, data, "accuracy").test_metrics["accuracy"] == metrics["accuracy"]
    for metric in ("accuracy", ranking):
        assert gate_models(None, good, data, metric=metric).difference > 0.2
    if values[0] != 0:
        wrong = fitted(data, DecisionTreeClassifier(max_depth=6), numbered)
        assert "with_labels" in refused(selected(wrong, data, "accuracy"))
        with pytest.raises(SweepflowError, match=r"^the challenger.* answers 0, 1"):
            gate_models(None, wrong, data, metric="accuracy")


@pytest.mark.parametrize("values", [(0.5, 1.5, 2.25), tuple(range(0, 3000, 20)), (1.0, 2.0, 3.0)])
def test_numbers_are_not_compared_by_a_metric_of_classes_which_is_no_reason_not_to_promote(
    values, target, selected
):
    data = target(*values)
    for metric in ("accuracy", "roc_auc_ovr"):  # which a trainer may have reported in a sense of its own
        found = selected(fitted(data, Ridge()), data, metric)
        assert (found.test_metrics, found.refused) == ({}, None)
        told = f"{metric} could not be tested: it compares classes, but the target 'y' holds numbers from "
        assert found.notice.startswith(told)
        with pytest.raises(SweepflowError, match=r"compares classes, but|the challenger, a "):
            gate_models(None, fitted(data, Ridge()), data, metric=metric)


def test_a_positive_label_says_that_the_target_holds_classes(target, selected):
    data = target(0.0, 1.0, blank=True, positive_label=0)
    assert data.labels == (0, 1)
    assert data.positive_label == 0
    found = selected(fitted(data), data, "accuracy", "roc_auc").test_metrics
    assert found["roc_auc"].value > 0.9


# --- what no set of labels tells


def in_another_guise(kind, data, answering):
    """A model that is right, but for the order of its classes or the unit of its numbers, and its metric."""
    if kind == "swapped":
        return fitted(data, encode=lambda truth: 1 - truth), "accuracy"
    if kind == "labels in another order":
        return with_labels(fitted(data, encode=numbered), [3, 2, 1]), "accuracy"
    if kind == "columns in another order":
        right = fitted(data)
        rows, _ = features_and_target(load_part(data.folder, "validation"), data)
        return answering.Backwards(rows, right.predict(rows), right.predict_proba(rows)), "roc_auc"
    return fitted(data, Ridge(), np.log1p), "r2"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("swapped", (0, 1)),
        ("labels in another order", (1, 2, 3)),
        ("columns in another order", ("a", "b")),
        ("another unit", (1.5, 2.5, 3.25, 10.0)),
    ],
)
def test_a_model_that_is_worth_less_than_was_reported_of_the_same_rows_is_told_of(
    kind, values, target, selected, answering
):
    data = target(*values)
    model, metric = in_another_guise(kind, data, answering)
    found = selected(model, data, metric, reported=0.81)
    assert found.refused is None
    told = f"trial 4 reported {metric} 0.81, but its model has "
    assert found.notice.startswith(told)
    assert " on the validation rows (95 % interval " in found.notice
    assert selected(model, data, metric, reported=-9.0).notice is None


@pytest.mark.parametrize(("values", "estimator"), [((0, 1), None), ((0.5, 1.5, 2.25), Ridge())])
def test_a_model_that_is_worth_what_was_reported_is_not_told_of(values, estimator, target, selected):
    data = target(*values)
    model = fitted(data, estimator)
    features, truth = features_and_target(load_part(data.folder, "validation"), data)
    metric = "r2" if estimator else "accuracy"
    assert selected(model, data, metric, reported=model.score(features, truth)).notice is None
    assert selected(model, data, metric, reported=model.score(features, truth) + 0.005).notice is None


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_none_are_refused(bad, target, selected, answering):
    data = target(0.5, 1.5, 2.5)
    model = answering.Answers([0.5, bad])
    assert refused(selected(model, data)) == "the model answers no finite number in 24 of 48 rows"
    with pytest.raises(SweepflowError, match="the challenger answers no finite number in 24 of 48 rows"):
        gate_models(None, model, data, metric="r2")


def test_a_model_that_fails_on_the_rows_is_refused_in_the_gate_by_its_reason(target):
    data = target("a", "b")
    features, truth = features_and_target(load_part(data.folder, "train"), data)
    model = LogisticRegression().fit(features[["x"]].to_numpy(), truth)
    with pytest.raises(
        SweepflowError, match=r"^the challenger cannot predict the test rows: X has feature names"
    ):
        gate_models(None, model, data, metric="accuracy")


# --- with_labels


@pytest.mark.parametrize("values", [BENIGN, ("a", "b", "c"), (1, 2, 3), (False, True), (5, 9)])
@pytest.mark.parametrize("estimator", [LogisticRegression(), LinearSVC()])
def test_a_model_with_labels_is_tested_as_one_that_was_fitted_on_them(
    values, estimator, target, selected, tmp_path
):
    data = target(*values)
    encoder = LabelEncoder()
    model = with_labels(fitted(data, estimator, encoder.fit_transform), encoder.classes_)
    plain = fitted(data, estimator)
    metrics = ["accuracy", "f1_macro", *(["roc_auc"] if len(set(values)) == 2 else [])]
    found = selected(model, data, *metrics)
    assert (found.refused, found.notice) == (None, None)
    assert found.test_metrics == selected(plain, data, *metrics).test_metrics
    features, truth = features_and_target(load_part(data.folder, "test"), data)
    save_model(model, tmp_path / "own.skops")
    loaded = load_model(tmp_path / "own.skops")
    assert accuracy_score(truth, loaded.predict(features)) == found.test_metrics["accuracy"].value
    assert loaded.classes_.tolist() == sorted(set(values))
    assert hasattr(loaded, "predict_proba") is hasattr(plain, "predict_proba")
    for method in ("predict_proba", "decision_function"):
        if hasattr(plain, method):
            np.testing.assert_allclose(getattr(loaded, method)(features), getattr(plain, method)(features))
    assert not gate_models(plain, model, data, metric="accuracy").promote


def test_the_labels_may_be_in_any_order(target, selected):
    data = target("low", "high")
    model = with_labels(fitted(data, encode=lambda truth: (truth == "high").astype(int)), ["low", "high"])
    found = selected(model, data, "accuracy", "roc_auc")
    assert found.test_metrics["roc_auc"].value > 0.8
    features, truth = features_and_target(load_part(data.folder, "test"), data)
    assert model.classes_.tolist() == ["low", "high"]
    assert roc_auc_score(truth == "high", model.predict_proba(features)[:, 1]) > 0.8


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ({"a", "b", "c"}, "must be a list, as LabelEncoder().classes_ is, got a set"),  # in any order
        ({"c": 2, "b": 1, "a": 0}, "must be a list, as LabelEncoder().classes_ is, got a dict"),
        (LabelEncoder(), "must be a list, as LabelEncoder().classes_ is, got a LabelEncoder"),
        (
            [np.array(["a", "b", "c"])],
            "must be one list, as OrdinalEncoder().categories_[0], got 2 dimensions",
        ),
    ],
)
def test_labels_in_no_order_are_refused(labels, told, target):
    with pytest.raises(TrialError, match=f"^with_labels: the labels {re.escape(told)}$"):
        with_labels(fitted(target("a", "b", "c"), encode=numbered), labels)


def test_numbers_in_a_column_become_one_label_a_row(answering):
    model = with_labels(answering.Columns([1, 0]), ["a", "b"])
    assert model.predict(np.zeros((3, 2))).tolist() == ["b", "a", "b"]


def test_labels_that_do_not_fit_the_model_are_refused_in_the_trial(target):
    data = target("a", "b", "c")
    model = fitted(data, encode=numbered)
    with pytest.raises(TrialError, match=r"answers 0, 1, 2, but the labels have the numbers 0 to 1$"):
        with_labels(model, ["a", "b"])
    with pytest.raises(TrialError, match="answers 'a', 'b', 'c', but the labels have the numbers"):
        with_labels(fitted(data), ["a", "b", "c"])
    with pytest.raises(TrialError, match="each one once, got 'a', 'a', 'b'"):
        with_labels(model, ["a", "a", "b"])
    features, _ = features_and_target(load_part(data.folder, "test"), data)
    with pytest.raises(TrialError, match=r"the model answers .*\d\.\d+, .*\.\.\., but the labels have"):
        with_labels(fitted(data, Ridge(), numbered), ["a", "b", "c"]).predict(features)
