"""A trial that breaks a requirement is not ranked, wherever trials are ranked, and says why."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgers import ledger_of
from recorded import curve, metric_row, trial
from sweepflow.archive.ranking import ranked
from sweepflow.archive.requirements import unmet
from sweepflow.errors import SpecError
from sweepflow.ledger.ledger import Ledger
from sweepflow.running.monitor import Monitor
from sweepflow.space.constraints import Constraint
from sweepflow.spec.spec import Spec
from sweepflow.trials.objective import Objective
from sweepflow.trials.state import TrialEnd, TrialState

OBJECTIVE = Objective(primary_metric="auc", goal="maximize")
QUICK = (Constraint("predict_ms <= 2"),)
DONE = TrialEnd(TrialState.COMPLETED, None, 1.0)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with ledger_of(tmp_path) as ledger:
        ledger.start_sweep("s", {})
        yield ledger


def monitor_of(ledger: Ledger) -> Monitor:
    """Two trials have ended: the better one is too slow."""
    monitor = Monitor(ledger, "s", OBJECTIVE, None, require=QUICK)
    for number, (auc, milliseconds) in enumerate([(0.9, 3.5), (0.8, 1.5)]):
        monitor.queue(number, {"x": number})
        monitor.start(number)
        monitor.report(number, {"auc": auc})
        keeps = monitor.trained(number, {"cost.predict_ms": milliseconds})
        assert keeps is (number == 1)
        monitor.end(number, DONE)
    return monitor


@pytest.mark.parametrize(
    ("condition", "metrics", "reason"),
    [
        ("predict_ms <= 2", {"predict_ms": 2.0}, None),
        ("predict_ms <= 2", {"predict_ms": 3.5}, "it does not meet predict_ms <= 2: predict_ms is 3.5"),
        ("f1 > 0.5 and recall > 0.9", {"f1": 0.7, "recall": 0.95}, None),
        ("predict_ms <= 2", {"auc": 1.0}, "it has no predict_ms, which require asks for: predict_ms <= 2"),
        ("predict_ms <= 2", {"predict_ms": None}, "it has no predict_ms"),
    ],
)
def test_a_trial_meets_a_condition_or_says_by_how_much_not(
    condition: str, metrics: dict[str, float | None], reason: str | None
) -> None:
    told = unmet([Constraint(condition)], metrics)
    assert told is None if reason is None else str(told).startswith(reason)


def test_the_best_of_those_that_meet_it_comes_first_and_the_others_last_with_the_reason() -> None:
    trials = [trial(number) for number in range(3)]
    costs = {0: 3.5, 1: 1.5, 2: 0.5}
    reports = [*curve(0, 0.9), *curve(1, 0.8), *curve(2, 0.7)]
    reports += [metric_row(number, cost, 1, "cost.predict_ms") for number, cost in costs.items()]
    rows = ranked(trials, reports, OBJECTIVE, QUICK)
    assert [row.number for row in rows] == [1, 2, 0]
    assert (rows[2].value, rows[2].ranked_value) == (0.9, None)
    assert rows[2].error == "not ranked: it does not meet predict_ms <= 2: predict_ms is 3.5"
    assert [row.number for row in ranked(trials, reports, OBJECTIVE)] == [0, 1, 2]


def test_a_running_sweep_leads_with_and_keeps_the_model_of_a_trial_that_meets_it(ledger: Ledger) -> None:
    leader = monitor_of(ledger).history.leader
    assert leader is not None
    assert leader.number == 1


def test_a_resumed_sweep_ranks_as_before(ledger: Ledger) -> None:
    monitor_of(ledger)
    history = Monitor.restored(ledger, "s", OBJECTIVE, None, require=QUICK).history
    assert history.leader is not None
    assert history.leader.number == 1
    assert history[0].unmet == "it does not meet predict_ms <= 2: predict_ms is 3.5"


@pytest.mark.parametrize(
    ("require", "path", "words"),
    [
        ("predict_ms <=", "require.0", "is no condition"),
        ("1 < 2", "require.0", "must name a metric or a cost"),
        ("predict_s <= 2", "require.0", "no trial records 'predict_s'; did you mean 'predict_ms'?"),
        ("max_depth <= 2", "require.0", "no trial records 'max_depth'"),
    ],
)
def test_a_requirement_that_cannot_be_checked_is_an_error_in_the_spec(
    require: str, path: str, words: str
) -> None:
    with pytest.raises(SpecError) as failure:
        Spec.checked(spec([require]), is_trusted=True)
    (problem,) = failure.value.problems
    assert problem.path == path
    assert words in problem.message


def test_metrics_and_costs_may_be_required() -> None:
    conditions = ["predict_ms <= 2", "model_bytes < 1e6 and fit_seconds < 60", "accuracy > 0.5"]
    assert [each.text for each in Spec.checked(spec(conditions), is_trusted=True).require] == conditions


def test_a_metric_of_ones_own_is_required_by_its_name() -> None:
    condition = Constraint("my.scores:profit >= 10 and 'a:b' == 'a:b'")
    assert condition.names == {"my.scores:profit"}
    assert unmet([condition], {"my.scores:profit": 12.0}) is None
    told = "it does not meet my.scores:profit >= 10 and 'a:b' == 'a:b': my.scores:profit is 8"
    assert unmet([condition], {"my.scores:profit": 8.0}) == told


def test_a_trial_that_breaks_it_stops_no_other(ledger: Ledger) -> None:
    monitor = monitor_of(ledger)
    assert [peer.number for peer in monitor.history.peers(1)] == [1]


def spec(require: list[str]) -> dict[str, object]:
    return {
        "data": {"path": "data/breast_cancer.csv", "target": "diagnosis"},
        "trial": {"estimator": "sklearn.svm.SVC"},
        "search_space": {"C": {"type": "choice", "values": [1, 2]}},
        "objective": {"primary_metric": "roc_auc", "goal": "maximize"},
        "metrics": ["accuracy"],
        "limits": {"max_total_trials": 2},
        "require": require,
    }
