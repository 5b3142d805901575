"""How one trial trains; a new kind is one file here and one name in the union."""

from typing import Annotated

from sweepflow.training.estimator import EstimatorTrial
from sweepflow.training.function import FunctionTrial, TrainingData, trainer
from sweepflow.training.iterations import Iterations
from sweepflow.training.kind import ByKind, TrialKind

Trial = Annotated[EstimatorTrial | FunctionTrial, ByKind()]

__all__ = ["EstimatorTrial", "FunctionTrial", "Iterations", "TrainingData", "Trial", "TrialKind", "trainer"]
