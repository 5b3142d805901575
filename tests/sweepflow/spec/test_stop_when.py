import pytest
from pydantic import ValidationError

from sweepflow.spec.stop_when import StopWhen
from sweepflow.trials.history import History
from sweepflow.trials.objective import MeanObjective, Objective
from sweepflow.trials.state import TrialState


def history(*values, goal="maximize", state=TrialState.COMPLETED):
    made = History(Objective(primary_metric="score", goal=goal))
    for number, value in enumerate(values):
        made.add(number, {"x": number})
        made.record(number, value)
        made.move(number, state)
    return made


@pytest.mark.parametrize(
    ("goal", "reached", "just_not"), [("maximize", 0.99, 0.989), ("minimize", 0.99, 0.991)]
)
def test_the_target_is_reached_by_itself_and_not_by_what_is_just_worse(goal, reached, just_not):
    rule = StopWhen(target=0.99)
    assert rule.reason(history(just_not, goal=goal)) is None
    assert "has reached the target 0.99" in rule.reason(history(just_not, reached, goal=goal))


def test_a_trial_reaches_the_target_when_it_ends_and_is_ranked():
    rule = StopWhen(target=0.5)
    assert rule.reason(history(0.9, state=TrialState.RUNNING)) is None
    assert rule.reason(history(0.9, state=TrialState.FAILED)) is None
    assert rule.reason(history(0.9, state=TrialState.TERMINATED)) is not None
    assert rule.reason(history()) is None


def test_so_many_trials_in_a_row_must_have_ended_without_a_new_best():
    rule = StopWhen(no_improvement_trials=2)
    assert rule.reason(history(5, 1)) is None
    assert "the last 2 trials" in rule.reason(history(5, 1, 5))  # as good is not better
    assert rule.reason(history(5, 1, 6, 1)) is None
    assert rule.reason(history(5, 1, 6, 1, 1)) is not None


def test_whichever_comes_first_ends_the_sweep():
    rule = StopWhen(target=9, no_improvement_trials=2)
    assert rule.reason(history(5, 1)) is None
    assert "target" in rule.reason(history(9))
    assert "the last 2" in rule.reason(history(5, 1, 1))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "must have target or no_improvement_trials, got neither"),
        ({"no_improvement_trials": 0}, "greater than or equal to 1"),
        ({"target": float("nan")}, "finite"),
        ({"traget": 1}, "traget"),
    ],
)
def test_what_would_never_or_always_stop_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        StopWhen(**fields)


def test_with_folds_only_a_mean_over_all_of_them_reaches_the_target():
    made = History(MeanObjective(primary_metric="score", goal="maximize", folds=2))
    made.add(0, {"x": 0})
    made.record(0, 0.9)
    made.move(0, TrialState.TERMINATED)
    assert StopWhen(target=0.5).reason(made) is None
    made.add(1, {"x": 1})
    for value in (0.5, 0.6):
        made.record(1, value)
    made.move(1, TrialState.COMPLETED)
    assert StopWhen(target=0.5).reason(made) == "the best value 0.6 has reached the target 0.5"
