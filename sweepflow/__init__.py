"""Hyperparameter tuning as a Prefect flow: the core, which knows no Prefect."""

from sweepflow.models import load_model
from sweepflow.training.function import TrainingData, trainer

__all__ = ["TrainingData", "load_model", "trainer"]
