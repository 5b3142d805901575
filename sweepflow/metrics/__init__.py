"""Scikit-learn's metrics over many resamples of the rows at once, for bootstrap intervals."""

from sweepflow.metrics.metric import Kind, Metric
from sweepflow.metrics.ranking import Counts, Scorer, Values

__all__ = [
    "Counts",
    "Kind",
    "Metric",
    "Scorer",
    "Values",
    "compatibility",
    "predictions",
    "scoreboard",
    "scorers",
]
