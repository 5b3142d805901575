"""Hyperparameter tuning as a Prefect flow: the core, which knows no Prefect.

The public names are imported when they are first used: scikit-learn takes a second, and `sweepflow --help`
needs none of it.
"""

from sweepflow.importing.safe_path import leave_working_directory

leave_working_directory()
# isort: split
from importlib import import_module  # noqa: E402
from typing import TYPE_CHECKING, Any  # noqa: E402

if TYPE_CHECKING:
    from sweepflow import plot
    from sweepflow.archive.sweep import Sweep, load
    from sweepflow.gating import GateDecision, fold_gate, gate
    from sweepflow.labelled import LabelledModel, with_labels
    from sweepflow.models.model_file import load_model
    from sweepflow.models.registry import Registry
    from sweepflow.training.function import TrainingData, trainer

__all__ = [
    "GateDecision",
    "LabelledModel",
    "Registry",
    "Sweep",
    "TrainingData",
    "fold_gate",
    "gate",
    "load",
    "load_model",
    "plot",
    "trainer",
    "with_labels",
]

_MODULES = {
    "GateDecision": "sweepflow.gating",
    "LabelledModel": "sweepflow.labelled",
    "Registry": "sweepflow.models.registry",
    "Sweep": "sweepflow.archive.sweep",
    "TrainingData": "sweepflow.training.function",
    "fold_gate": "sweepflow.gating",
    "gate": "sweepflow.gating",
    "load": "sweepflow.archive.sweep",
    "load_model": "sweepflow.models.model_file",
    "trainer": "sweepflow.training.function",
    "with_labels": "sweepflow.labelled",
}


_SUBMODULES = ("plot",)


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return import_module(f"sweepflow.{name}")
    if name not in _MODULES:
        raise AttributeError(f"module 'sweepflow' has no attribute '{name}'")
    return getattr(import_module(_MODULES[name]), name)
