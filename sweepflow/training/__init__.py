"""How one trial trains; a new kind is one file here and one name in the union."""

from typing import Annotated, get_args

from sweepflow.training.estimator import EstimatorTrial, Iterations
from sweepflow.training.function import FunctionTrial, TrainingData, trainer
from sweepflow.training.kind import ByKind, TrialKind, kind_of

AnyTrialKind = Annotated[EstimatorTrial | FunctionTrial, ByKind()]


def path_fields(trial: object) -> tuple[str, ...]:
    """Which fields of a trial, as it stands in a spec, hold paths; none if it is of no known kind."""
    kind = kind_of(get_args(get_args(AnyTrialKind)[0]), trial)
    return kind.paths if kind else ()


__all__ = [
    "AnyTrialKind",
    "EstimatorTrial",
    "FunctionTrial",
    "Iterations",
    "TrainingData",
    "TrialKind",
    "path_fields",
    "trainer",
]
