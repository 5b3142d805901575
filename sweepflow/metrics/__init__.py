"""How good predictions are: scikit-learn's metrics, applicable or not, and their 95 % intervals.

The names are imported when they are first used: a sweep of functions needs no scikit-learn.
"""

from typing import TYPE_CHECKING

from sweepflow.importing.lazy_names import lazy_names

if TYPE_CHECKING:  # for type checkers, the same names as below
    from sweepflow.metrics.metric import Kind as Kind
    from sweepflow.metrics.metric import Metric as Metric
    from sweepflow.metrics.ranking import Counts as Counts
    from sweepflow.metrics.ranking import Scorer as Scorer
    from sweepflow.metrics.ranking import Values as Values

_MODULES = {
    "Counts": "sweepflow.metrics.ranking",
    "Kind": "sweepflow.metrics.metric",
    "Metric": "sweepflow.metrics.metric",
    "Scorer": "sweepflow.metrics.ranking",
    "Values": "sweepflow.metrics.ranking",
}
"""Where each name comes from."""

__all__ = [
    *_MODULES,
    "compatibility",
    "intervals",
    "notes",
    "own",
    "predictions",
    "scoreboard",
    "scorer_names",
    "scorers",
    "units",
    "widening",
]

__getattr__ = lazy_names("sweepflow.metrics", _MODULES)
