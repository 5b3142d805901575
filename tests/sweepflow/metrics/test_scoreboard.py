from itertools import product

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.svm import SVC

from sweepflow.data.prepared import PreparedData, features_and_target, load_part
from sweepflow.data.roles import Roles
from sweepflow.metrics import Metric, resampled
from sweepflow.metrics.scoreboard import Scoreboard
from sweepflow.metrics.units import drawn_counts, units_of
from sweepflow.training.estimator.applicable import check_applicable
from sweepflow.training.pipeline import pipeline
from sweepflow.training.preprocessor import unfitted

GENERATOR = np.random.default_rng(0)
MODELS = {
    "probabilities": LogisticRegression(),
    "decisions": SVC(gamma="scale"),
    "numbers": Ridge(),
}
NEEDS_PROBABILITIES = {"neg_log_loss", "neg_brier_score", "d2_log_loss_score", "d2_brier_score"}
ALWAYS = {
    "label": {"accuracy", "f1", "precision", "recall", "average_precision", "roc_auc", "balanced_accuracy"},
    "kind": {"accuracy", "f1_macro", "balanced_accuracy", "precision_weighted"},
    "amount": {"r2", "neg_mean_absolute_error", "neg_root_mean_squared_error", "neg_max_error"},
}


def rows(data, part):
    return features_and_target(load_part(data.folder, part), data)


def trained(data, estimator):
    return pipeline(unfitted(data, {}), clone(estimator)).fit(*rows(data, "train"))


def one_target(labels, positive=None):
    fields = dict.fromkeys(("numeric", "boolean", "categorical", "date", "notices"), ())
    return PreparedData(
        folder="x", fingerprint="x", target="t", is_classification=labels is not None, labels=labels,
        positive_label=positive, n_rows={}, date_formats={}, **fields,
    )  # fmt: skip


class Fixed:
    """Predicts what it is given."""

    def predict(self, features):
        return np.asarray(features)


# --- the values are scikit-learn's


def outcome(score):
    try:
        return score()
    except (ValueError, AttributeError) as error:
        return type(error)


@pytest.fixture(scope="module")
def boards(prepared):
    """Our scoreboard, and scikit-learn's own view of the same model and rows, for each kind of target."""
    found = {}
    for target, kind in (("kind", "probabilities"), ("kind", "decisions"), ("amount", "numbers")):
        data = prepared(target)
        model = trained(data, MODELS[kind])
        features, truth = rows(data, "validation")
        found[target, kind] = Scoreboard(model, features, truth, data), (model, features, truth)
    for positive, kind in product(("no", "yes"), ("probabilities", "decisions")):
        data = prepared("label", positive_label=positive)
        features, truth = rows(data, "validation")
        board = Scoreboard(trained(data, MODELS[kind]), features, truth, data)
        train, target = rows(data, "train")
        encoded = pipeline(unfitted(data, {}), clone(MODELS[kind])).fit(
            train, (target == positive).astype(int)
        )
        found[positive, kind] = board, (encoded, features, (truth == positive).astype(int))
    return found


CASES = [
    *(("kind", "probabilities"), ("kind", "decisions"), ("amount", "numbers")),
    *product(("no", "yes"), ("probabilities", "decisions")),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("metric", get_scorer_names())
@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_every_scorer_gives_what_it_gives_for_the_same_model_and_rows(metric, case, boards):
    board, plain = boards[case]
    expected = outcome(lambda: get_scorer(metric)(*plain))
    found = outcome(lambda: board.value(metric))
    target = "label" if case[0] in ("yes", "no") else case[0]
    is_certain = metric in ALWAYS[target] or (metric in NEEDS_PROBABILITIES and case[1] == "probabilities")
    assert isinstance(expected, float) or not is_certain
    if isinstance(expected, type):
        assert found is expected
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_the_scorers_that_must_work_are_all_known():
    assert NEEDS_PROBABILITIES.union(*ALWAYS.values()) <= set(get_scorer_names())


def test_the_two_positive_labels_give_different_values(boards):
    no, yes = boards["no", "probabilities"][0], boards["yes", "probabilities"][0]
    for metric in ("f1", "precision", "recall", "average_precision"):
        assert no.value(metric) != yes.value(metric)
    for metric in ("accuracy", "roc_auc"):
        assert no.value(metric) == pytest.approx(yes.value(metric))


def test_a_value_of_some_rows_is_theirs_alone():
    board = Scoreboard(Fixed(), [1, 1, 0, 0], np.array([1, 0, 0, 1]), one_target((0, 1), 1))
    assert board.value("accuracy") == 0.5
    assert board.value("accuracy", np.array([0, 2])) == 1.0
    assert board.value("accuracy", np.array([1, 1, 1])) == 0.0


def test_boolean_labels_are_labels_like_others():
    truth = np.array([True, True, False, False])
    guess = [True, False, False, False]
    positive = Scoreboard(Fixed(), guess, truth, one_target((False, True), True))
    assert positive.value("precision") == 1.0
    assert positive.value("recall") == 0.5
    negative = Scoreboard(Fixed(), guess, truth, one_target((False, True), False))
    assert negative.value("recall") == 1.0


# --- the interval


def board_of(n_right, n_rows=200):
    truth = np.zeros(n_rows, dtype=int)
    truth[::2] = 1
    guess = np.where(np.arange(n_rows) < n_right, truth, 1 - truth)
    return Scoreboard(Fixed(), guess, truth, one_target((0, 1), 1))


def test_an_interval_comes_again_from_its_seed_and_from_no_other():
    truth = np.random.default_rng(0).normal(size=80)
    board = Scoreboard(Fixed(), truth + np.linspace(-1, 2, 80) ** 2, truth, one_target(None))
    for metric in ("r2", "mean_squared_error"):
        assert board.interval(metric, 3) == board.interval(metric, 3)
        assert board.interval(metric, 3) != board.interval(metric, 4)


def test_an_interval_contains_the_value_and_is_as_wide_as_it_should_be():
    found = board_of(160).interval("accuracy", 0)
    assert found.low < found.value < found.high
    assert found.value == 0.8
    # 1.96 standard deviations of a mean of 200 draws at 0.8 are 0.055.
    assert found.value - found.low == pytest.approx(0.055, abs=0.01)
    assert found.high - found.value == pytest.approx(0.055, abs=0.01)


@pytest.mark.parametrize("metric", ["accuracy", "f1", "f1_macro", "balanced_accuracy", "matthews_corrcoef"])
def test_a_model_that_was_right_on_every_row_need_not_be_perfect(metric):
    found = board_of(200).interval(metric, 0)
    assert (found.value, found.high) == (1.0, 1.0)
    # One that is right on 0.98 of all rows is right on all of 200 in 2 of 100 test sets.
    assert 0.93 < found.low < 0.99


def test_a_metric_that_is_defined_by_scores_in_the_right_order_has_width_too():
    truth = np.arange(60) % 2
    model = LogisticRegression(C=1e3).fit(truth.reshape(-1, 1), truth)
    board = Scoreboard(model, truth.reshape(-1, 1), truth, one_target((0, 1), 1))
    for metric in ("roc_auc", "average_precision"):
        found = board.interval(metric, 0)
        assert (found.value, found.high) == (1.0, 1.0)
        assert 0.7 < found.low < 0.97


def test_every_resample_has_all_classes():
    truth = np.array(["a", "b", "c"] + ["a"] * 30, dtype=object)
    model = DummyClassifier(strategy="prior").fit(truth.reshape(-1, 1), truth)
    board = Scoreboard(model, truth.reshape(-1, 1), truth, one_target(("a", "b", "c")))
    assert board.interval("roc_auc_ovr", 0) == (0.5, 0.5, 0.5)  # an error where a class lacks


def test_more_rows_take_fewer_resamples(monkeypatch):
    for limit, n in ((2_000_000, 1000), (200 * 300, 300), (200, 100)):
        monkeypatch.setattr(resampled, "_ROWS_TO_RESAMPLE", limit)
        found = resampled.resampled_values(lambda counts: counts[:, 0] * 1.0, units_of(200), GENERATOR)
        assert len(found) == n


def test_a_95_percent_interval_covers_the_truth_in_about_95_percent_of_test_sets():
    # A model that is right with probability 0.8, tested on 300 sets of 150 rows. The standard deviation of
    # the share over 300 sets is 1.3 points, so that three of them each way make the band. Intervals of 90 %
    # would lie below it.
    generator = np.random.default_rng(11)
    truth = np.repeat([0, 1], 75)
    covered = 0
    with config_context(skip_parameter_validation=True):
        for seed in range(300):
            guess = np.where(generator.random(150) < 0.8, truth, 1 - truth)
            found = Scoreboard(Fixed(), guess, truth, one_target((0, 1), 1)).interval("accuracy", seed)
            covered += found.low <= 0.8 <= found.high
    assert 0.90 <= covered / 300 <= 0.98


@pytest.mark.parametrize("metric", ["accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr"])
def test_resamples_scored_at_once_are_those_scored_one_by_one(metric):
    generator = np.random.default_rng(4)
    features = generator.normal(size=(90, 2))
    truth = np.array(["a", "b", "c"], dtype=object)[np.digitize(features[:, 0], [-0.4, 0.4])]
    model = LogisticRegression().fit(features + generator.normal(size=(90, 2)), truth)
    board = Scoreboard(model, features, truth, one_target(("a", "b", "c")))
    counts = drawn_counts(90, 5, generator)
    at_once = board._batch_scorer(Metric(metric))
    assert at_once is not None
    one_by_one = [board.value(metric, np.repeat(np.arange(90), row)) for row in counts]
    assert at_once(counts) == pytest.approx(one_by_one)


# --- what is refused


def digits():
    truth = np.arange(100) % 10
    return pd.DataFrame({"x": np.zeros(100)}), truth, one_target(tuple(range(10)))


def test_a_metric_of_two_classes_cannot_score_ten():
    asked = [("objective.primary_metric", "roc_auc"), ("metrics.0", "f1"), ("metrics.1", "accuracy")]
    found = check_applicable(asked, *digits())
    assert [problem.path for problem in found] == ["objective.primary_metric", "metrics.0"]
    assert found[0].message.startswith("roc_auc cannot score the target 't': multi_class must be in")
    assert "; there is roc_auc_ovo, " in found[0].message


@pytest.mark.parametrize("metric", ["roc_auc_ovr", "roc_auc_ovo_weighted", "f1_macro", "neg_log_loss"])
def test_a_metric_of_many_classes_can_score_ten(metric):
    assert check_applicable([("metrics.0", metric)], *digits()) == []


def test_a_metric_of_classes_cannot_score_numbers():
    target = np.linspace(-1.5, 3, 50)
    asked = [("metrics.0", "accuracy"), ("metrics.1", "r2"), ("metrics.2", "neg_mean_squared_log_error")]
    found = check_applicable(asked, np.zeros((50, 1)), target, one_target(None))
    assert [problem.path for problem in found] == ["metrics.0", "metrics.2"]
    (found,) = check_applicable([("metrics.0", "roc_auc")], np.zeros((50, 1)), target, one_target(None))
    assert found.message.startswith("roc_auc cannot score the target 't': it compares classes, and the")


@pytest.mark.parametrize("metric", ["roc_auc_ovr", "neg_log_loss", "accuracy"])
def test_a_class_without_rows_to_validate_on_keeps_no_metric_from_scoring(metric):
    features, truth, data = digits()
    assert check_applicable([("metrics.0", metric)], features[truth < 9], truth[truth < 9], data) == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("metric", get_scorer_names())
@pytest.mark.parametrize("target", ["label", "kind", "amount"])
def test_exactly_the_metrics_of_the_target_s_kind_are_applicable(metric, target, prepared, boards):
    data = prepared(target)
    case = {"label": "yes"}.get(target, target), "numbers" if target == "amount" else "probabilities"
    works = not isinstance(outcome(lambda: boards[case][0].value(metric)), type)
    found = check_applicable([("m", metric)], *rows(data, "validation"), data)
    is_of_numbers = Metric(metric).kind == "numbers"
    is_perfect = metric == "top_k_accuracy" and target == "label"
    assert (found == []) is (works and is_of_numbers is (target == "amount") and not is_perfect)


# --- weights


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc", "neg_log_loss", "f1", "average_precision"])
def test_a_row_of_weight_three_counts_as_three_rows(prepared, metric):
    data = prepared("label")
    features, truth = rows(data, "validation")
    weights = np.random.default_rng(0).integers(0, 4, len(truth))
    model = trained(data, LogisticRegression())
    weighted = Scoreboard(model, features, truth, data, Roles(weight=weights.astype(float)))
    repeats = np.repeat(np.arange(len(truth)), weights)
    repeated = Scoreboard(model, features.iloc[repeats], truth[repeats], data)
    assert weighted.value(metric) == pytest.approx(repeated.value(metric))
    assert weighted.value(metric) != Scoreboard(model, features, truth, data).value(metric)


def test_a_metric_that_takes_no_weights_says_so(prepared):
    data = prepared("amount")
    features, truth = rows(data, "validation")
    board = Scoreboard(trained(data, Ridge()), features, truth, data, Roles(weight=np.ones(len(truth))))
    with pytest.raises(ValueError, match="it takes no weights"):
        board.value("neg_max_error")


def test_single_probabilities_add_up_to_one_beside_a_class_that_is_not_known(prepared):
    data = prepared("kind")
    features, target = rows(data, "validation")

    class Single:
        classes_ = np.array(["large", "small"], dtype=object)

        def predict(self, rows):
            return np.full(len(rows), "large", dtype=object)

        def predict_proba(self, rows):
            second = np.linspace(0.1, 0.9, len(rows), dtype=np.float32)
            return np.column_stack([1 - second, second])

    assert Scoreboard(Single(), features, target, data).value("neg_log_loss") < 0  # and no warning
