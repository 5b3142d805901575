"""The kind of trial that is a scikit-learn estimator: how it is checked before the sweep, and fitted."""

from sweepflow.training.estimator.iterations import Iterations
from sweepflow.training.estimator.trial import EstimatorTrial

__all__ = ["EstimatorTrial", "Iterations"]
