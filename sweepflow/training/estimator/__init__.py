"""The kind of trial that is a scikit-learn estimator: what it checks beforehand, and how it is fitted."""

from sweepflow.training.estimator.iterations import Iterations
from sweepflow.training.estimator.trial import EstimatorTrial

__all__ = ["EstimatorTrial", "Iterations"]
