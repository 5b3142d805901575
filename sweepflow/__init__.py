"""Hyperparameter tuning as a Prefect flow: the core, which knows no Prefect.

The public names are imported when they are first used: scikit-learn takes a second, and `sweepflow --help`
needs none of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sweepflow import plot
    from sweepflow.archive import Sweep, load
    from sweepflow.models import load_model
    from sweepflow.training.function import TrainingData, trainer

__all__ = ["Sweep", "TrainingData", "load", "load_model", "plot", "trainer"]

_MODULES = {
    "Sweep": "sweepflow.archive",
    "TrainingData": "sweepflow.training.function",
    "load": "sweepflow.archive",
    "load_model": "sweepflow.models",
    "trainer": "sweepflow.training.function",
}


_SUBMODULES = ("plot",)


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return import_module(f"sweepflow.{name}")
    if name not in _MODULES:
        raise AttributeError(f"module 'sweepflow' has no attribute '{name}'")
    return getattr(import_module(_MODULES[name]), name)
