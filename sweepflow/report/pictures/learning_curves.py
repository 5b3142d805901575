"""The learning curves as a static picture."""

from collections.abc import Iterable, Mapping

from sweepflow.archive.sweep import Sweep
from sweepflow.plot.charts.learning_curves import Curve, curves_of
from sweepflow.plot.style import BEST_COLOR, STATE_COLORS, best_number, metric_range
from sweepflow.plot.ticks import ticks
from sweepflow.report.pictures.svg import GRID, Picture, Point, place
from sweepflow.trials.state import TrialState

_WIDTH, _HEIGHT = 760, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 740, 40, 335
_MOST_POINTS = 60
_MOST_CURVES = 150


def learning_curves(sweep: Sweep) -> str:
    """SVG with a line per trial, an x where the policy stopped it, and the best trial on top.

    Of more than 150 trials only the best and the latest are drawn; long curves are thinned out.
    """
    curves = _selected(sweep)
    picture = Picture(_WIDTH, _HEIGHT)
    if not curves:
        picture.text((_WIDTH / 2, _HEIGHT / 2), "No trial has reported the primary metric yet.", "middle")
        return str(picture)
    axes = _Axes(sweep, curves)
    axes.draw(picture, sweep.spec.objective.primary_metric)
    states = {row.number: row.state for row in sweep.rows}
    for number, curve in curves.items():
        _draw(picture, axes.curve(curve), STATE_COLORS[states[number]])
    stopped = [number for number in curves if states[number] is TrialState.TERMINATED]
    picture.crosses((axes.point(curves[n][-1]) for n in stopped), STATE_COLORS[TrialState.TERMINATED])
    best = best_number(sweep)
    if best is not None and best in curves:
        _draw(picture, axes.curve(curves[best]), BEST_COLOR, is_best=True)
    _legend(picture, [states[number] for number in curves], best)
    return str(picture)


class _Axes:
    def __init__(self, sweep: Sweep, curves: Mapping[int, Curve]) -> None:
        values = [value for curve in curves.values() for _, value in curve]
        self._low, self._high = metric_range(sweep, values)
        self._longest = max(interval for curve in curves.values() for interval, _ in curve)

    def point(self, report: tuple[float, float]) -> Point:
        interval, value = report
        x = place(interval, 1, self._longest, _LEFT, _RIGHT)
        return x, place(value, self._low, self._high, _BOTTOM, _TOP)

    def curve(self, curve: Curve) -> list[Point]:
        step = max(1, len(curve) // _MOST_POINTS)
        return [self.point(report) for report in [*curve[:-1:step], curve[-1]]]

    def draw(self, picture: Picture, metric: str) -> None:
        for value in ticks(self._low, self._high):
            y = place(value, self._low, self._high, _BOTTOM, _TOP)
            picture.line([(_LEFT, y), (_RIGHT, y)], GRID)
            picture.text((_LEFT - 6, y + 4), f"{value:.6g}", "end")
        for interval in ticks(1, self._longest, 8):
            if interval == round(interval):
                x = place(interval, 1, self._longest, _LEFT, _RIGHT)
                picture.text((x, _BOTTOM + 18), f"{interval:g}", "middle")
        picture.line([(_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)], GRID)
        picture.text(((_LEFT + _RIGHT) / 2, _HEIGHT - 8), "interval", "middle")
        picture.text((8, 20), metric)


def _selected(sweep: Sweep) -> dict[int, Curve]:
    """The curves of the better half and of the latest trials, in the order of their numbers."""
    reporting = [row.number for row in sweep.rows if row.intervals]
    if len(reporting) <= _MOST_CURVES:
        return curves_of(sweep)
    drawn = {*reporting[: _MOST_CURVES // 2], *sorted(reporting)[-_MOST_CURVES // 2 :]}
    curves = curves_of(sweep, drawn)
    return {number: curves[number] for number in sorted(drawn)}


def _draw(picture: Picture, points: list[Point], color: str, *, is_best: bool = False) -> None:
    if len(points) == 1:
        picture.dot(points[0], color)
    else:
        picture.line(points, color, width=3 if is_best else 1.2, opacity=1 if is_best else 0.6)


def _legend(picture: Picture, states: Iterable[TrialState], best: int | None) -> None:
    states_drawn = set(states)
    entries = {state.words: color for state, color in STATE_COLORS.items() if state in states_drawn}
    if best is not None:
        entries[f"best: trial {best}"] = BEST_COLOR
    x = _LEFT + 130
    for name, color in entries.items():
        picture.line([(x, 16), (x + 18, 16)], color, width=3)
        picture.text((x + 24, 20), name)
        x += 45 + 7 * len(name)
