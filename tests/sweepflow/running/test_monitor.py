from datetime import timedelta

import pytest
import sqlalchemy as sa

from sweepflow.base.settings import sqlite_url
from sweepflow.errors import LedgerError
from sweepflow.ledger.ledger import Ledger
from sweepflow.running.monitor import Monitor, names_logged
from sweepflow.termination import BanditPolicy
from sweepflow.trials.objective import Objective
from sweepflow.trials.state import TrialEnd, TrialState

SWEEP = "a-sweep"
DONE = TrialEnd(TrialState.COMPLETED, None, 1.5)
BROKEN = TrialEnd(TrialState.FAILED, "ValueError: no", 1.5)
COMPLETED, TERMINATED, FAILED = TrialState.COMPLETED, TrialState.TERMINATED, TrialState.FAILED


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path):
    ledger = Ledger(sqlite_url(path))
    ledger.start_sweep(SWEEP, {}, None)
    yield ledger
    ledger.close()


@pytest.fixture
def second(path, ledger):
    """Another connection, which sees only what has been committed."""
    other = Ledger(sqlite_url(path))
    yield other
    other.close()


@pytest.fixture
def start(ledger):
    """Gives a monitor of a sweep in which three trials run."""

    def started(policy=None, goal="maximize"):
        monitor = Monitor(ledger, SWEEP, Objective(primary_metric="auc", goal=goal), policy)
        for number in range(3):
            monitor.queue(number, {"x": number})
            monitor.start(number)
        return monitor

    return started


@pytest.fixture
def monitor(start):
    return start()


@pytest.fixture
def strict(start):
    """A monitor in which trial 0 had 0.9, so that trial 1 is stopped if it reports less than 0.8."""
    monitor = start(BanditPolicy(slack_amount=0.1))
    assert monitor.report(0, {"auc": 0.9}) is False
    return monitor


def rows(ledger):
    return [(row.number, row.name, row.interval, row.value) for row in ledger.metrics(SWEEP)]


# --- reports


def test_a_report_of_the_primary_metric_is_the_next_interval(monitor, ledger):
    for value in (0.5, 0.75):
        assert monitor.report(0, {"auc": value, "loss": 1 - value}) is False
    assert monitor.history[0].values == [0.5, 0.75]
    assert rows(ledger) == [
        (0, "auc", 1, 0.5),
        (0, "loss", 1, 0.5),
        (0, "auc", 2, 0.75),
        (0, "loss", 2, 0.25),
    ]


def test_a_report_without_the_primary_metric_belongs_to_the_interval_before(monitor, ledger):
    for metrics in ({"loss": 3.0}, {"auc": 0.5}, {"loss": 2.0}, {"auc": 0.6}, {"loss": 1.0}):
        monitor.report(0, metrics)
    assert monitor.history[0].values == [0.5, 0.6]
    assert rows(ledger) == [
        (0, "loss", 0, 3.0),
        (0, "auc", 1, 0.5),
        (0, "loss", 1, 2.0),
        (0, "auc", 2, 0.6),
        (0, "loss", 2, 1.0),
    ]


def test_a_report_is_committed_before_it_is_answered(monitor, second):
    monitor.report(0, {"auc": 0.5})
    assert rows(second) == [(0, "auc", 1, 0.5)]


def test_every_state_is_committed_before_it_is_acted_upon(start, second):
    monitor = start()
    monitor.queue(3, {"x": 3})
    states = [row.state for row in second.trials(SWEEP)]
    assert states == ["running", "running", "running", "queued"]
    monitor.end(0, BROKEN)
    row = second.trials(SWEEP)[0]
    assert (row.state, row.error, row.seconds) == ("failed", "ValueError: no", 1.5)
    assert row.ended - row.started >= timedelta(0)


def test_a_report_that_cannot_be_recorded_is_an_error_and_not_an_answer(monitor, path):
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE metrics"))
    engine.dispose()
    with pytest.raises(LedgerError, match="cannot be used: no such table: metrics"):
        monitor.report(0, {"auc": 0.5})


# --- faults


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "it logged nan under the primary metric 'auc'; "),
        (float("inf"), "it logged inf under the primary metric 'auc'; "),
        (float("-inf"), "it logged -inf under the primary metric 'auc'; "),
        ("'high'", "it logged 'high' under 'auc', which is no number; "),
    ],
)
def test_a_value_that_cannot_be_ranked_under_the_primary_metric_fails_the_trial(monitor, ledger, value, said):
    assert monitor.report(0, {"auc": 0.5, "zeal": 1.0}) is False
    assert monitor.report(0, {"auc": value, "AUC_1": 1.0}) is True
    end = monitor.end(0, DONE)
    assert end == TrialEnd(FAILED, f"{said}it logged: auc, AUC_1, zeal", 1.5)
    assert monitor.reasons == {0: end.reason}
    assert [row.value for row in ledger.metrics(SWEEP)] == [0.5, 1.0]
    assert monitor.history.leader is None


def test_text_under_another_metric_fails_the_trial_too(monitor):
    assert monitor.report(0, {"auc": 0.5, "loss": "'low'"}) is True
    assert monitor.end(0, DONE) == TrialEnd(
        FAILED, "it logged 'low' under 'loss', which is no number; it logged: auc, loss", 1.5
    )


@pytest.mark.parametrize(("value", "recorded"), [(float("nan"), None), (float("inf"), float("inf"))])
def test_another_metric_may_be_nan_or_infinite(monitor, ledger, value, recorded):
    assert monitor.report(0, {"auc": 0.5, "loss": value}) is False
    assert monitor.end(0, DONE) == DONE
    assert rows(ledger)[1] == (0, "loss", 1, recorded)


@pytest.mark.parametrize(
    ("metrics", "names"), [({"loss": 1.0, "AUC": 0.5, "auc_roc": 1.0}, "AUC, auc_roc, loss"), ({}, "nothing")]
)
def test_a_trial_that_never_logged_the_primary_metric_has_failed(monitor, metrics, names):
    assert monitor.report(0, metrics) is False
    assert monitor.end(0, DONE) == TrialEnd(
        FAILED, f"it never logged the primary metric 'auc'; it logged: {names}", 1.5
    )


def test_a_trial_that_logged_nothing_says_how_it_could_have(monitor):
    assert monitor.end(0, TrialEnd(TrialState.COMPLETED, "call log_metric", 1.5)) == TrialEnd(
        FAILED, "it never logged the primary metric 'auc'; it logged: nothing; call log_metric", 1.5
    )


def test_a_crash_keeps_its_own_reason_even_if_nothing_was_logged(monitor):
    assert monitor.end(0, BROKEN) == BROKEN
    assert monitor.reasons == {0: "ValueError: no"}


def test_names_are_listed_nearest_first_in_any_letter_case_and_alphabetically_among_equals():
    assert names_logged({"b", "a", "Val_Loss", "loss", "LOSS"}, "val_loss") == (
        "it logged: Val_Loss, LOSS, loss, a, b"
    )


def test_a_name_that_differs_in_punctuation_alone_comes_first_and_odd_names_are_in_quotes():
    names = {
        "validation accuracy 1",
        "Validation-Accuracy:",
        "validationaccuracies",
        "größe",
        " x",
    }
    assert names_logged(names, "validation accuracy") == (
        "it logged: 'Validation-Accuracy:', 'validation accuracy 1', validationaccuracies, ' x', größe"
    )
    assert names_logged({"accuracy_2", "Accuracy:"}, "accuracy") == "it logged: 'Accuracy:', accuracy_2"


# --- termination


def test_a_trial_that_the_policy_stops_is_terminated_with_its_reason(strict, ledger):
    assert strict.report(1, {"auc": 0.7}) is True
    end = strict.end(1, DONE)
    assert end.state is TERMINATED
    assert end.reason.startswith("bandit: best so far 0.7 is outside the bound 0.8")
    assert end.seconds == 1.5
    assert rows(ledger)[-1] == (1, "auc", 1, 0.7)
    assert ledger.trials(SWEEP)[1].error == end.reason
    assert strict.reasons == {}


def test_a_trial_that_the_policy_leaves_alone_completes(strict):
    assert strict.report(1, {"auc": 0.8}) is False
    assert strict.end(1, DONE) == DONE


def test_the_policy_is_not_asked_about_a_report_without_the_primary_metric(strict):
    assert strict.report(1, {"loss": 9.0}) is False


def test_an_error_while_a_stopped_trial_unwinds_leaves_it_terminated(strict):
    strict.report(1, {"auc": 0.7})
    assert strict.end(1, BROKEN).state is TERMINATED


def test_what_went_wrong_after_a_trial_had_its_value_is_a_note_beside_why_it_was_stopped(strict):
    strict.report(1, {"auc": 0.7})
    strict.trained(1, {})
    found = strict.end(1, DONE._replace(reason="its model could not be kept: no space"))
    assert found.state is TERMINATED
    assert found.reason.endswith("; its model could not be kept: no space")


def test_an_error_after_a_report_that_failed_the_trial_does_not_hide_the_first_reason(monitor):
    monitor.report(0, {"auc": float("nan")})
    assert "it logged nan" in monitor.end(0, BROKEN).reason


@pytest.mark.parametrize("state", [TrialState.TIMED_OUT, TrialState.CANCELED])
def test_a_stopped_trial_that_was_killed_ends_as_its_worker_saw_it(strict, state):
    strict.report(1, {"auc": 0.7})
    end = TrialEnd(state, "killed", 1.0)
    assert strict.end(1, end) == end
    assert strict.reasons == ({1: "killed"} if state is TrialState.TIMED_OUT else {})


def test_a_failed_trial_is_no_peer_of_the_next_one(start):
    monitor = start(BanditPolicy(slack_amount=0.1))
    monitor.report(0, {"auc": 0.9})
    monitor.end(0, BROKEN)
    assert monitor.report(1, {"auc": 0.1}) is False


# --- models


@pytest.mark.parametrize("state", [TrialState.TIMED_OUT, TrialState.CANCELED])
def test_a_trial_that_was_cut_off_can_lead_and_the_best_of_the_others_keeps_its_model(monitor, state):
    monitor.report(0, {"auc": 0.9})
    monitor.end(0, TrialEnd(state, "killed", 1.0))
    monitor.report(1, {"auc": 0.7})
    assert monitor.trained(1, {}) is True
    monitor.end(1, DONE)
    assert monitor.history.leader is monitor.history[0]


def test_the_model_of_the_first_trial_to_end_is_wanted(monitor):
    monitor.report(0, {"auc": 0.1})
    assert monitor.trained(0, {}) is True


@pytest.mark.parametrize(
    ("goal", "value", "is_wanted"),
    [
        ("maximize", 0.6, True),
        ("maximize", 0.4, False),
        ("minimize", 0.4, True),
        ("minimize", 0.6, False),
    ],
)
def test_a_model_is_wanted_only_if_it_is_better_than_that_of_every_trial_that_ended(
    start, goal, value, is_wanted
):
    monitor = start(goal=goal)
    monitor.report(0, {"auc": 0.5})
    monitor.end(0, DONE)
    monitor.report(1, {"auc": value})
    assert monitor.trained(1, {}) is is_wanted


def test_of_equals_only_the_earlier_trials_model_is_wanted(monitor):
    for number in range(3):
        monitor.report(number, {"auc": 0.5})
    monitor.end(1, DONE)
    assert monitor.trained(0, {}) is True
    assert monitor.trained(2, {}) is False


def test_the_model_of_a_trial_without_a_value_is_not_wanted(monitor):
    assert monitor.trained(0, {}) is False


def test_the_model_of_a_trial_whose_report_failed_it_is_not_wanted(monitor):
    monitor.report(0, {"auc": 0.5})
    monitor.report(0, {"auc": float("nan")})
    assert monitor.trained(0, {}) is False


def test_the_model_of_a_terminated_trial_is_wanted_if_it_leads(strict):
    strict.report(1, {"auc": 0.7})
    assert strict.trained(1, {}) is True
    strict.end(1, DONE)
    assert strict.history.leader is strict.history[1]


def test_a_better_trial_that_still_runs_does_not_make_a_model_unwanted(monitor):
    monitor.report(0, {"auc": 0.9})
    monitor.report(1, {"auc": 0.5})
    assert monitor.trained(1, {}) is True


def test_further_metrics_belong_to_the_last_interval(monitor, ledger):
    monitor.report(0, {"auc": 0.5})
    monitor.report(0, {"auc": 0.6})
    monitor.trained(0, {"accuracy": 0.75})
    assert rows(ledger)[-1] == (0, "accuracy", 2, 0.75)
