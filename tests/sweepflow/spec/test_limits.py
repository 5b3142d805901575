import pytest
from pydantic import ValidationError

from sweepflow.fields.problems import problems
from sweepflow.spec.limits import Limits, failure
from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective
from sweepflow.trials.state import TrialState

FAILED, DONE, LATE = TrialState.FAILED, TrialState.COMPLETED, TrialState.TIMED_OUT


def history_of(*states):
    history = History(Objective(primary_metric="auc", goal="maximize"))
    for number, state in enumerate(states):
        history.add(number, {})
        history.move(number, state)
    return history


def limits(**fields):
    return Limits(max_total_trials=100, **fields)


@pytest.mark.parametrize(
    ("concurrent", "total", "cores", "slots"),
    [(None, 20, 4, 4), (2, 20, 4, 2), (8, 20, 4, 8), (8, 3, 4, 3), (None, 1, 4, 1)],
)
def test_as_many_trials_run_at_once_as_asked_else_one_a_core_and_never_more_than_there_are(
    concurrent, total, cores, slots
):
    assert Limits(max_total_trials=total, max_concurrent_trials=concurrent).slots(cores) == slots


@pytest.mark.parametrize(("n_failed", "fails"), [(2, False), (3, True)])
def test_the_sweep_fails_when_more_trials_have_failed_than_it_may(n_failed, fails):
    found = failure(limits(max_failed_trials=2), history_of(DONE, *[FAILED] * n_failed), slots=1)
    assert found == ("3 trials have failed, more than max_failed_trials (2)" if fails else None)


def test_not_one_trial_may_fail_if_the_limit_is_zero():
    assert failure(limits(max_failed_trials=0), history_of(DONE), slots=1) is None
    assert failure(limits(max_failed_trials=0), history_of(DONE, FAILED), slots=1) is not None


def test_any_number_may_fail_without_a_limit_once_one_of_the_first_has_not():
    assert failure(limits(), history_of(FAILED, FAILED, DONE, *[FAILED] * 50), slots=1) is None


@pytest.mark.parametrize(
    ("slots", "n_failed", "fails"), [(1, 2, False), (1, 3, True), (5, 4, False), (5, 5, True)]
)
def test_the_sweep_fails_at_once_if_the_first_three_or_all_the_first_at_once_fail(slots, n_failed, fails):
    found = failure(limits(), history_of(*[FAILED] * n_failed, TrialState.RUNNING), slots)
    assert found == (f"the first {n_failed} trials all failed" if fails else None)


@pytest.mark.parametrize("other", [state for state in TrialState if state is not FAILED])
def test_the_first_trials_have_not_all_failed_if_one_is_in_any_other_state(other):
    assert failure(limits(), history_of(FAILED, other, FAILED), slots=1) is None


def test_trials_that_were_killed_at_their_timeout_are_not_failed_ones():
    assert failure(limits(max_failed_trials=0), history_of(LATE, LATE, LATE), slots=1) is None


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ({}, "limits.max_total_trials", "is required"),
        ({"max_total_trials": 0}, "limits.max_total_trials", "must be >= 1, got 0"),
        ({"max_total_trials": True}, "limits.max_total_trials", "must be a number, got True"),
        ({"max_total_trials": 2.5}, "limits.max_total_trials", "must be a whole number, got 2.5"),
        (
            {"max_total_trials": 1, "max_concurrent_trials": 0},
            "limits.max_concurrent_trials",
            "must be >= 1, got 0",
        ),
        ({"max_total_trials": 1, "timeout": 0}, "limits.timeout", "must be > 0, got 0"),
        ({"max_total_trials": 1, "timeout": True}, "limits.timeout", "must be a number, got True"),
        (
            {"max_total_trials": 1, "trial_timeout": float("inf")},
            "limits.trial_timeout",
            "must be finite, got inf",
        ),
        (
            {"max_total_trials": 1, "max_failed_trials": -1},
            "limits.max_failed_trials",
            "must be >= 0, got -1",
        ),
        ({"max_total_trials": 1, "retries": -1}, "limits.retries", "must be >= 0, got -1"),
        ({"max_total_trials": 1, "retries": 0.5}, "limits.retries", "must be a whole number, got 0.5"),
        ({"max_total_trials": 1, "trial_memory": 0}, "limits.trial_memory", "must be > 0, got 0"),
        (
            {"max_total_trials": 1, "trial_memory": "2GB"},
            "limits.trial_memory",
            "must be a whole number, got '2GB'",
        ),
        ({"max_total_trials": 1, "trial_memory": True}, "limits.trial_memory", "must be a number, got True"),
    ],
)
def test_a_limit_that_limits_nothing_is_refused(fields, path, message):
    with pytest.raises(ValidationError) as caught:
        Limits.model_validate(fields)
    assert problems(caught.value, "limits") == [(path, message)]


def test_no_trial_runs_again_and_none_is_weighed_unless_that_is_asked_for():
    assert (limits().retries, limits().trial_memory) == (0, None)
    assert limits(retries=0, trial_memory=2e9).trial_memory == 2_000_000_000
