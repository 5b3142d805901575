"""Small static pictures of a sweep as SVG text, for places that show images but run no scripts."""

from sweepflow.report.pictures.learning_curves import learning_curves
from sweepflow.report.pictures.parallel_coordinates import parallel_coordinates

__all__ = ["learning_curves", "parallel_coordinates"]
