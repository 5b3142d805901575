"""The few shapes that the pictures are made of; names and texts of users are escaped."""

from collections.abc import Iterable, Sequence
from html import escape

from sweepflow.plot.text import label

Point = tuple[float, float]

GRID, INK = "#e2e8f0", "#334155"


class Picture:
    """A picture of this size in pixels, on white; later shapes are drawn over earlier ones."""

    def __init__(self, width: int, height: int) -> None:
        self._shapes = [f'<rect width="{width}" height="{height}" fill="white"/>']
        self._head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" fill="{INK}">'
        )

    def line(self, points: Sequence[Point], color: str, width: float = 1, opacity: float = 1) -> None:
        """Straight lines from point to point."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._shapes.append(
            f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{width:g}" '
            f'stroke-opacity="{opacity:g}"/>'
        )

    def crosses(self, points: Iterable[Point], color: str, size: float = 3) -> None:
        """A small x at each point."""
        down, up = f"l{2 * size:g} {2 * size:g}", f"m0 {-2 * size:g}l{-2 * size:g} {2 * size:g}"
        d = "".join(f"M{x - size:.1f} {y - size:.1f}{down}{up}" for x, y in points)
        if d:
            self._shapes.append(f'<path d="{d}" stroke="{color}" stroke-width="1.5" fill="none"/>')

    def dot(self, point: Point, color: str) -> None:
        """A small filled circle."""
        self._shapes.append(f'<circle cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="3" fill="{color}"/>')

    def text(self, point: Point, text: str, anchor: str = "start", longest: int = 60) -> None:
        """One line of text; `anchor` says which part of it lies at the point: start, middle, end."""
        escaped = escape(label(text, longest))
        self._shapes.append(
            f'<text x="{point[0]:.1f}" y="{point[1]:.1f}" text-anchor="{anchor}">{escaped}</text>'
        )

    def __str__(self) -> str:
        return "".join([self._head, *self._shapes, "</svg>"])


def place(value: float, low: float, high: float, start: float, end: float) -> float:
    """The position between start and end of a value in [low, high]; the middle if low equals high."""
    share = (value - low) / (high - low) if high > low else 0.5
    return start + min(1.0, max(0.0, share)) * (end - start)
