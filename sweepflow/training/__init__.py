"""How one trial trains; a new kind is one file here and one name in the union in `kinds`.

The names are imported when they are first used: a worker imports what its own kind of trial needs, and
scikit-learn takes a second.
"""

from typing import TYPE_CHECKING

from sweepflow.importing.lazy_names import lazy_names

if TYPE_CHECKING:  # for type checkers, the same names as below
    from sweepflow.training.command import CommandTrial as CommandTrial
    from sweepflow.training.estimator import EstimatorTrial as EstimatorTrial
    from sweepflow.training.estimator import Iterations as Iterations
    from sweepflow.training.function import FunctionTrial as FunctionTrial
    from sweepflow.training.function import TrainingData as TrainingData
    from sweepflow.training.function import is_trainer as is_trainer
    from sweepflow.training.function import trainer as trainer
    from sweepflow.training.kind import TrialKind as TrialKind
    from sweepflow.training.kinds import AnyTrialKind as AnyTrialKind
    from sweepflow.training.kinds import path_fields as path_fields
    from sweepflow.training.report import Report as Report

_MODULES = {
    "AnyTrialKind": "sweepflow.training.kinds",
    "CommandTrial": "sweepflow.training.command",
    "EstimatorTrial": "sweepflow.training.estimator",
    "FunctionTrial": "sweepflow.training.function",
    "Iterations": "sweepflow.training.estimator",
    "Report": "sweepflow.training.report",
    "TrainingData": "sweepflow.training.function",
    "TrialKind": "sweepflow.training.kind",
    "is_trainer": "sweepflow.training.function",
    "path_fields": "sweepflow.training.kinds",
    "trainer": "sweepflow.training.function",
}
"""Where each name comes from."""

__all__ = [
    *_MODULES,
    "apart",
    "big_tables",
    "early_stopping",
    "fold_rows",
    "guess",
    "inputs",
    "job",
    "kind",
    "named_columns",
    "parameter_constraints",
    "preprocess",
    "preprocess_choice",
    "pipeline",
    "rounds",
    "shipped_functions",
]

__getattr__ = lazy_names("sweepflow.training", _MODULES)
