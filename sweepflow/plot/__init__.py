"""The figures of a sweep: each function gives a plotly Figure, for notebooks and for the report."""

from sweepflow.plot.history import history
from sweepflow.plot.importance import importance
from sweepflow.plot.learning_curves import learning_curves
from sweepflow.plot.parallel_coordinates import parallel_coordinates
from sweepflow.plot.savings import savings
from sweepflow.plot.scatter import scatter, scatter_3d
from sweepflow.plot.slices import slices
from sweepflow.plot.timeline import timeline

__all__ = [
    "history",
    "importance",
    "learning_curves",
    "parallel_coordinates",
    "savings",
    "scatter",
    "scatter_3d",
    "slices",
    "timeline",
]
