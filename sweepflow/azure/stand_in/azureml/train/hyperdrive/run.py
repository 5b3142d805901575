"""The runs of HyperDrive, under their older name."""

from azureml.train.hyperdrive import HyperDriveRun, PrimaryMetricGoal

__all__ = ["HyperDriveRun", "PrimaryMetricGoal"]
