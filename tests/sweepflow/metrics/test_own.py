"""Metrics of the user's own."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from sweepflow import gate
from sweepflow.data.prepared import PreparedData
from sweepflow.data.roles import Roles
from sweepflow.errors import SpecError
from sweepflow.gating import GateError, fall
from sweepflow.gating.fall import Scored
from sweepflow.importing.folders import import_from
from sweepflow.metrics import Metric
from sweepflow.metrics.own import OwnMetricError, own_metric
from sweepflow.metrics.scoreboard import Scoreboard
from sweepflow.spec.spec import Spec

MODULE = """
import numpy as np
from sweepflow import metric

@metric
def profit(truth, prediction, weight=None):
    gain = 10.0 * ((prediction == 1) & (truth == 1)) - 4.0 * ((prediction == 1) & (truth == 0))
    return np.average(gain, weights=weight)

@metric
def surprise(truth, probabilities):
    given = probabilities if probabilities.ndim > 1 else np.column_stack([1 - probabilities, probabilities])
    return -np.log(given[np.arange(len(truth)), truth]).mean()

@metric
def hits(truth, prediction):
    return sum(a == b for a, b in zip(truth, prediction)) / len(truth)

@metric
def gap(truth, prediction):
    return abs(truth - prediction).mean()

@metric
def broken(truth, prediction):
    return {}["no such key"]

@metric
def wordy(truth, prediction):
    return "good"

@metric
def odd(y_true, y_pred):
    return 1.0

@metric
async def later(truth, prediction):
    return 1.0

def unmarked(truth, prediction):
    return 1.0
"""
SPEC = {
    "data": {"path": "table.csv", "target": "label"},
    "trial": {"estimator": "sklearn.linear_model.LogisticRegression"},
    "search_space": {"C": {"type": "choice", "values": [1, 2]}},
    "objective": {"primary_metric": "own_scores:profit", "goal": "maximize"},
    "limits": {"max_total_trials": 2},
}


@pytest.fixture(autouse=True)
def module(tmp_path, monkeypatch):
    monkeypatch.delitem(__import__("sys").modules, "own_scores", raising=False)
    (tmp_path / "own_scores.py").write_text(MODULE)
    monkeypatch.setenv("SWEEPFLOW_MODULE_FOLDERS", "[]")
    import_from([tmp_path])


def data(labels, positive=None):
    fields = dict.fromkeys(("numeric", "boolean", "categorical", "date", "notices"), ())
    return PreparedData(
        folder="x", fingerprint="x", target="t", is_classification=labels is not None, labels=labels,
        positive_label=positive, n_rows={}, date_formats={}, **fields,
    )  # fmt: skip


def board(labels=("bad", "good"), positive="bad", roles=None, n=120):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(n, 1))
    places = np.digitize(x[:, 0] + generator.normal(size=n), np.linspace(-0.7, 0.7, len(labels) + 1)[1:-1])
    truth = np.array(labels, dtype=object)[places]
    model = LogisticRegression().fit(x, truth)
    made = Scoreboard(model, x, truth, data(labels, positive), roles or Roles())
    return made, truth, model.predict(x), model.predict_proba(x)


# --- its value


def test_of_two_classes_it_gets_1_for_the_positive_label():
    made, truth, predicted, _ = board()
    gain = 10.0 * ((predicted == "bad") & (truth == "bad")) - 4.0 * ((predicted == "bad") & (truth == "good"))
    assert made.value("own_scores:profit") == pytest.approx(gain.mean())


def test_it_gets_the_weights_if_it_takes_them_and_counts_each_row_once_if_not():
    weight = np.random.default_rng(1).random(120)
    made, truth, predicted, _ = board(roles=Roles(weight=weight))
    gain = 10.0 * ((predicted == "bad") & (truth == "bad")) - 4.0 * ((predicted == "bad") & (truth == "good"))
    assert made.value("own_scores:profit") == pytest.approx(np.average(gain, weights=weight))
    assert made.value("own_scores:hits") == pytest.approx((truth == predicted).mean())


def test_of_more_classes_it_gets_the_labels_or_the_place_of_the_right_probability():
    made, truth, predicted, table = board(("a", "b", "c"), None)
    assert made.value("own_scores:hits") == pytest.approx((truth == predicted).mean())
    places = np.searchsorted(["a", "b", "c"], truth.astype(str))
    assert made.value("own_scores:surprise") == pytest.approx(-np.log(table[np.arange(120), places]).mean())
    assert made.value("own_scores:surprise") == pytest.approx(made.value("log_loss"))


def test_of_a_number_it_gets_numbers():
    x = np.random.default_rng(0).normal(size=(80, 2))
    truth = x[:, 0] + np.random.default_rng(1).normal(size=80)
    made = Scoreboard(LinearRegression().fit(x, truth), x, truth, data(None))
    assert made.board_for("own_scores:gap") is made
    assert made.value("own_scores:gap") == pytest.approx(made.value("mean_absolute_error"))


@pytest.mark.parametrize(("own", "known"), [("hits", "accuracy"), ("surprise", "log_loss")])
def test_its_interval_is_about_that_of_the_same_metric_of_scikit_learns(own, known):
    made, *_ = board()
    found, expected = made.interval(f"own_scores:{own}", 0), made.interval(known, 0)
    assert found.value == pytest.approx(expected.value)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.03)
    grouped, *_ = board(roles=Roles(group=np.arange(120) // 8))
    assert grouped.interval(f"own_scores:{own}", 0) != found


def test_a_further_metric_that_fails_is_a_note():
    measured = board()[0].measure(["accuracy", "own_scores:broken", "own_scores:wordy"])
    assert list(measured.values) == ["accuracy"]
    assert "'own_scores:broken' failed: KeyError: 'no such key'" in measured.notes[0]
    assert measured.notes[1].endswith("'own_scores:wordy' must return a number, got a str")


# --- the gate


def test_the_gate_compares_by_it_as_the_goal_says():
    generator = np.random.default_rng(2)
    truth = generator.normal(size=200)
    far, near = (truth + spread * generator.normal(size=200) for spread in (2.0, 1.0))
    found = gate(truth, far, near, metric="own_scores:gap", goal="minimize")
    same = gate(truth, far, near, metric="mean_absolute_error")
    assert found.promote
    assert found[2:] == pytest.approx(same[2:], rel=1e-6)
    assert not gate(truth, far, near, metric="own_scores:gap").promote  # by default, more is better
    assert gate(truth, near, far, metric="own_scores:gap").promote
    fallen = fall(Scored(truth, near), Scored(truth, far), metric="own_scores:gap", goal="minimize")
    assert fallen.has_fallen


def test_the_gate_gives_it_weights_and_groups():
    generator = np.random.default_rng(3)
    truth = generator.integers(2, size=300)
    worse, better = (np.where(generator.random(300) < share, truth, 1 - truth) for share in (0.6, 0.9))
    found = gate(truth, worse, better, metric="own_scores:profit", weight=generator.random(300))
    assert found.promote
    assert found.difference != gate(truth, worse, better, metric="own_scores:profit").difference
    grouped = gate(truth, worse, better, metric="own_scores:hits", group=np.arange(300) // 3)
    assert grouped.difference == pytest.approx((better == truth).mean() - (worse == truth).mean())


def test_a_gate_by_what_is_no_metric_is_refused():
    with pytest.raises(GateError, match="'own_scores:unmarked' is not a metric; put"):
        gate([0, 1], [0, 1], [1, 0], metric="own_scores:unmarked")
    with pytest.raises(GateError, match=r"own_scores:broken cannot score .* failed: KeyError"):
        gate([0, 1] * 20, [0, 1] * 20, [1, 0] * 20, metric="own_scores:broken")


# --- the spec


def test_a_spec_takes_it_with_either_goal_and_beside_others():
    for goal in ("maximize", "minimize"):
        asked = {**SPEC, "objective": {"primary_metric": "own_scores:gap", "goal": goal}}
        spec = Spec.checked({**asked, "metrics": ["own_scores:profit", "roc_auc"]}, is_trusted=True)
        assert spec.computed_metrics == ["own_scores:gap", "own_scores:profit", "roc_auc"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("own_scores:gain", "has no function 'gain'; it has profit, surprise"),
        ("own_scores:unmarked", "is not a metric; put @sweepflow.metric above it"),
        ("own_scores:odd", r"must take \(truth, prediction\) or .*, but takes \(y_true, y_pred\)"),
        ("own_scores:later", "must be a plain function, without async or yield"),
        ("no_such_scores:profit", "cannot import 'no_such_scores': ModuleNotFoundError"),
    ],
)
def test_what_is_no_metric_is_a_mistake_at_its_place_in_one_sentence(name, reason):
    with pytest.raises(SpecError, match=reason) as caught:
        Spec.checked({**SPEC, "metrics": ["accuracy", name]}, is_trusted=True)
    (problem,) = caught.value.problems
    assert problem.path == "metrics.1"
    assert "\n" not in problem.message


def test_a_deployed_flow_imports_only_a_module_that_is_allowed(tmp_path, monkeypatch):
    (tmp_path / "own_scores.py").write_text("raise SystemExit('it was imported')")
    monkeypatch.delenv("SWEEPFLOW_FUNCTION_MODULES", raising=False)
    with pytest.raises(SpecError, match="'own_scores' is not allowed in a deployed flow") as caught:
        Spec.checked(SPEC, is_trusted=False)
    assert [problem.path for problem in caught.value.problems] == ["objective.primary_metric"]
    (tmp_path / "own_scores.py").write_text(MODULE)
    monkeypatch.setenv("SWEEPFLOW_FUNCTION_MODULES", "own_scores")
    assert Spec.checked(SPEC, is_trusted=False).computed_metrics == ["own_scores:profit"]


def test_a_served_spec_allows_its_module(monkeypatch):
    monkeypatch.setenv("SWEEPFLOW_FUNCTION_MODULES", "other")
    Spec.checked(SPEC, is_trusted=True).allow_in_deployments()
    assert Spec.checked(SPEC, is_trusted=False)


def test_a_name_with_a_colon_that_a_command_reports_is_no_function():
    asked = {**SPEC, "trial": {"command": "python train.py --C ${{search_space.C}}"}}
    asked = {name: value for name, value in asked.items() if name != "data"}
    asked["objective"] = {"primary_metric": "val:loss", "goal": "minimize"}
    assert Spec.parse(asked).computed_metrics == []


def test_the_mark_and_the_name_are_all_that_it_takes():
    found = own_metric("own_scores:profit")
    assert (found.takes, found.takes_weight) == ("prediction", True)
    assert Metric("own_scores:surprise").kind == "probabilities"
    with pytest.raises(OwnMetricError, match="has no function 'nothing'"):
        Metric("own_scores:nothing")
