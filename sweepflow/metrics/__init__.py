"""How good predictions are: scikit-learn's metrics, applicable or not, and their 95 % intervals."""

from sweepflow.metrics.metric import Kind, Metric
from sweepflow.metrics.ranking import Counts, Scorer, Values

__all__ = [
    "Counts",
    "Kind",
    "Metric",
    "Scorer",
    "Values",
    "compatibility",
    "intervals",
    "own",
    "predictions",
    "scoreboard",
    "scorers",
    "units",
    "widening",
]
