"""Guesses what a sweep trains from the text of its spec, before that is parsed."""

import re

from sweepflow.training.estimator import EstimatorTrial
from sweepflow.training.kind import TrialKind

_ESTIMATOR = re.compile(rb"""\bestimator["']?\s*:\s*["']?(sklearn(?:\.\w+)+)""")


def guessed_trial(spec: bytes) -> TrialKind | None:
    """The trial if it looks as if one of scikit-learn's estimators were trained; None if it does not."""
    found = _ESTIMATOR.search(spec)
    return EstimatorTrial(estimator=found[1].decode()) if found else None
