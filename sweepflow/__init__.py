"""Hyperparameter tuning as a Prefect flow: the core, which knows no Prefect.

The public names are imported when they are first used: scikit-learn takes a second, and `sweepflow --help`
needs none of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sweepflow.models import load_model
    from sweepflow.training.function import TrainingData, trainer

__all__ = ["TrainingData", "load_model", "trainer"]

_MODULES = {
    "TrainingData": "sweepflow.training.function",
    "load_model": "sweepflow.models",
    "trainer": "sweepflow.training.function",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'sweepflow' has no attribute '{name}'")
    return getattr(import_module(_MODULES[name]), name)
