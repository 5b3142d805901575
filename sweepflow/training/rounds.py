"""What a fitted model's own rounds tell: how many it has, and whether it would have had more."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from sklearn.pipeline import Pipeline

from sweepflow.training.boosters import Booster
from sweepflow.training.early_stopping import learner_of, stops_early_with, takes_held_out_rows
from sweepflow.training.threshold import ThresholdClassifier

__all__ = ["Ending", "ending", "rounds_line", "unconverged"]

_ITERATIVE = ("MLPClassifier", "MLPRegressor", "SGDClassifier", "SGDRegressor", "Perceptron")
_ITERATIVE_TOO = ("LogisticRegression", "PassiveAggressiveClassifier", "PassiveAggressiveRegressor")


class Ending(NamedTuple):
    """How the training of a model ended that can stop early."""

    ceiling: str
    """The parameter that limits its rounds."""
    is_cut_off: bool
    """Whether that ended it, and not that it got no better."""


def ending(model: Any, given: Mapping[str, Any], n_trained: int) -> Ending | None:
    """How the training ended; None if the estimator does not stop early.

    `given` are its parameters in the spec and in the trial, `n_trained` is on how many rows the trial fitted
    it: the model itself may be fitted again, for a number of rounds that is known.
    """
    learner = _learner(model)
    if isinstance(learner, Booster):
        return (
            Ending(learner.rounds_name, learner.rounds_ >= learner.n_rounds) if learner.stops_early else None
        )
    if not takes_held_out_rows(learner):
        return None
    default = type(learner)()
    if not stops_early_with(given.get("early_stopping", default.early_stopping), n_trained):
        return None
    return Ending("max_iter", learner.n_iter_ >= given.get("max_iter", default.max_iter))


def unconverged(model: Any) -> str | None:
    """The parameter that ended the iterations before they came to an end by themselves; None if none did."""
    learner = _learner(model)
    if type(learner).__name__ not in (*_ITERATIVE, *_ITERATIVE_TOO) or not hasattr(learner, "n_iter_"):
        return None
    if getattr(learner, "tol", None) is None:  # then it always has all of them
        return None
    return "max_iter" if int(np.max(learner.n_iter_)) >= learner.max_iter else None


def rounds_line(model: Any) -> str | None:
    """How many rounds a model has that stopped early; None of any other."""
    learner = _learner(model)
    if isinstance(learner, Booster):
        n_rounds, at_most = learner.rounds_, learner.n_rounds
    elif takes_held_out_rows(learner):
        n_rounds, at_most = learner.n_iter_, learner.max_iter
    else:
        return None
    return f"rounds: {n_rounds} of at most {at_most}" if n_rounds < at_most else None


def _learner(model: Any) -> Any:
    last = model[-1] if isinstance(model, Pipeline) else model
    return learner_of(last.classifier if isinstance(last, ThresholdClassifier) else last)
