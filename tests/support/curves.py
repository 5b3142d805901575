"""Histories made of plain lists, for the tests of the early termination policies."""

from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective
from sweepflow.trials.state import TrialState

MAXIMIZE = Objective(primary_metric="auc", goal="maximize")
MINIMIZE = Objective(primary_metric="loss", goal="minimize")


def history_of(*curves, objective=MAXIMIZE):
    """A history in which a trial runs for each curve."""
    history = History(objective)
    for number, curve in enumerate(curves):
        history.add(number, {})
        history.move(number, TrialState.RUNNING)
        for value in curve:
            history.record(number, value)
    return history


def stops(policy, curve, *others, objective=MAXIMIZE):
    """Whether the policy stops the trial with that curve at its last interval."""
    history = history_of(curve, *others, objective=objective)
    return policy.decide(history, history[0], objective).stop
