"""The older way to name a script that uses scikit-learn."""

from azureml.train.estimator import Estimator


class SKLearn(Estimator):
    """A script that uses scikit-learn: the one of this environment."""


__all__ = ["SKLearn"]
