"""The configuration of HyperDrive, under its older name."""

from azureml.train.hyperdrive import HyperDriveConfig, HyperDriveRunConfig, PrimaryMetricGoal

__all__ = ["HyperDriveConfig", "HyperDriveRunConfig", "PrimaryMetricGoal"]
