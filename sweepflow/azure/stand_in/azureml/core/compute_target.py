"""Compute targets, under their older name."""

from azureml.core.compute import AmlCompute, ComputeTarget, ComputeTargetException

__all__ = ["AmlCompute", "ComputeTarget", "ComputeTargetException"]
