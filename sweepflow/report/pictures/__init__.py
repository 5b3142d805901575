"""Small still pictures of a sweep, for where there is room for an image and no script: SVG text."""

from sweepflow.report.pictures.learning_curves import learning_curves
from sweepflow.report.pictures.parallel_coordinates import parallel_coordinates

__all__ = ["learning_curves", "parallel_coordinates"]
