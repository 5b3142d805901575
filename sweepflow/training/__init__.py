"""How one trial trains; a new kind is one file here and one name in the union."""

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from sweepflow.training.estimator import EstimatorTrial
from sweepflow.training.function import FunctionTrial, TrainingData, trainer
from sweepflow.training.iterations import Iterations
from sweepflow.unions import AnyOf

_KINDS = ("estimator", "function")


def _kind(value: Any) -> str | None:
    has = value.__contains__ if isinstance(value, dict) else lambda name: hasattr(value, name)
    return next((f"<{name}>" for name in _KINDS if has(name)), None)


Trial = Annotated[
    Annotated[FunctionTrial, Tag("<function>")] | Annotated[EstimatorTrial, Tag("<estimator>")],
    Discriminator(
        _kind,
        custom_error_type="trial_kind",
        custom_error_message=f"must have one of: {', '.join(_KINDS)}",
    ),
    AnyOf(),
]

__all__ = ["EstimatorTrial", "FunctionTrial", "Iterations", "TrainingData", "Trial", "trainer"]
