"""How one trial trains; a new kind is one file here and one name in the union in `kinds`.

The names are imported when they are first used: a worker imports what its own kind of trial needs, and
scikit-learn takes a second.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for type checkers, the same names as below
    from sweepflow.training.estimator import EstimatorTrial as EstimatorTrial
    from sweepflow.training.estimator import Iterations as Iterations
    from sweepflow.training.function import FunctionTrial as FunctionTrial
    from sweepflow.training.function import TrainingData as TrainingData
    from sweepflow.training.function import trainer as trainer
    from sweepflow.training.kind import TrialKind as TrialKind
    from sweepflow.training.kinds import AnyTrialKind as AnyTrialKind
    from sweepflow.training.kinds import path_fields as path_fields

_MODULES = {
    "AnyTrialKind": "kinds",
    "EstimatorTrial": "estimator",
    "FunctionTrial": "function",
    "Iterations": "estimator",
    "TrainingData": "function",
    "TrialKind": "kind",
    "path_fields": "kinds",
    "trainer": "function",
}
"""Where each name comes from."""

__all__ = [*_MODULES, "job", "kind", "named_columns", "parameter_constraints", "pipeline"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'sweepflow.training' has no attribute '{name}'")
    return getattr(import_module(f"sweepflow.training.{_MODULES[name]}"), name)
