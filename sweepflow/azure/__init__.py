"""What was written for Azure Machine Learning, run on this machine."""

from typing import TYPE_CHECKING

from sweepflow.importing.lazy_names import lazy_names

if TYPE_CHECKING:  # for type checkers, the same name as below
    from sweepflow.azure.sweep_job import run as run

_MODULES = {"run": "sweepflow.azure.sweep_job"}

__all__ = [*_MODULES]

__getattr__ = lazy_names("sweepflow.azure", _MODULES)
