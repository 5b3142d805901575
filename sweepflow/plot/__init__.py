"""The charts of a sweep: each function gives a plotly Figure, for notebooks and for the report page.

To add a chart, write a file in `charts`, mark its function with `@chart`, and add its name to `CHARTS`.
"""

from sweepflow.plot.chart import charts_of
from sweepflow.plot.charts.history import history as history
from sweepflow.plot.charts.importance import importance as importance
from sweepflow.plot.charts.learning_curves import learning_curves as learning_curves
from sweepflow.plot.charts.parallel_coordinates import parallel_coordinates as parallel_coordinates
from sweepflow.plot.charts.savings import savings as savings
from sweepflow.plot.charts.scatter import scatter as scatter
from sweepflow.plot.charts.scatter import scatter_3d as scatter_3d
from sweepflow.plot.charts.slices import slices as slices
from sweepflow.plot.charts.timeline import timeline as timeline

CHARTS = charts_of(
    (
        learning_curves,
        history,
        parallel_coordinates,
        scatter,
        scatter_3d,
        importance,
        slices,
        timeline,
        savings,
    )
)
"""All charts, in the order of the report page."""
