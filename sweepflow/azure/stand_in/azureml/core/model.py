"""Models under a name: those that a notebook has registered, or what a trial gets in their place."""

from __future__ import annotations

from typing import Any

from azureml import _trial
from azureml._cloud import absent


def __getattr__(name: str) -> Any:
    if name != "Model":
        return absent(__name__, name)
    if _trial.metrics_path() is None:
        from sweepflow.azure.hyperdrive.registered import Model

        return Model
    from azureml.core._trial_model import TrialModel

    return TrialModel
