"""Draws docs/pictures/*.svg: what the early termination policies do with eight trials.

The real policies decide at every report: of learning curves, as in a sweep whose trials all run at once, or
of cross-validated trials that run one after another. `make docs` runs this.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from sweepflow.termination import EarlyTermination
from sweepflow.trials.history import History
from sweepflow.trials.objective import MeanObjective, Objective
from sweepflow.trials.state import TrialState

FOLDER = Path(__file__).parent / "pictures"

POLICIES: dict[str, dict[str, Any]] = {
    "bandit": {"type": "bandit", "slack_amount": 0.15},
    "bandit-delayed": {"type": "bandit", "slack_amount": 0.15, "delay_evaluation": 6},
    "median-stopping": {"type": "median_stopping", "delay_evaluation": 3},
    "truncation-selection": {
        "type": "truncation_selection",
        "truncation_percentage": 25,
        "evaluation_interval": 3,
    },
    "successive-halving": {"type": "successive_halving", "reduction_factor": 3},
    "hyperband": {"type": "hyperband", "reduction_factor": 3, "brackets": 2},
    "forgiving-folds": {"type": "forgiving_folds"},
}

_INTERVALS = 12
# The final value of each trial, how far below it the trial starts, and how many intervals it takes to learn.
# The second trial starts badly and becomes the best.
_TRIALS = [
    (0.88, 0.34, 2.2), (0.99, 0.77, 3.6), (0.83, 0.33, 2.0), (0.62, 0.22, 3.0),
    (0.72, 0.28, 2.5), (0.55, 0.20, 2.0), (0.78, 0.40, 4.0), (0.69, 0.39, 3.0),
]  # fmt: skip
# What the folds add to each trial's own value; the second and the fifth are hard ones.
_FOLDS = [
    (0.84, [0.02, -0.08, 0.05, 0.03, -0.02]), (0.72, [0.03, -0.04, 0.02, 0.01, -0.02]),
    (0.90, [0.01, -0.07, 0.04, 0.05, -0.03]), (0.80, [0.00, -0.05, 0.02, 0.04, -0.01]),
    (0.86, [0.02, -0.09, 0.05, 0.06, -0.04]), (0.68, [0.02, -0.03, 0.04, 0.01, -0.04]),
    (0.93, [-0.01, -0.05, 0.03, 0.04, -0.01]), (0.85, [0.06, -0.07, 0.04, 0.00, -0.03]),
]  # fmt: skip
_COLORS = ["#3b82f6", "#64748b", "#10b981", "#8b5cf6", "#0891b2", "#a16207", "#db2777", "#4d7c0f"]
_STOPPED = "#dc2626"
_WIDTH, _HEIGHT = 720, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 90, 58, 46
_HIGH = 1.0

OBJECTIVE = Objective(primary_metric="accuracy", goal="maximize")


class Scene(NamedTuple):
    """What the trials of a picture report, or would have reported, and how they run."""

    objective: Objective
    curves: list[list[float]]
    is_parallel: bool
    """Whether they all run at once, or one after another."""
    unit: str
    """What an interval is called."""
    low: float
    """The least value of the axis."""

    @property
    def n_intervals(self) -> int:
        """How often each trial reports."""
        return len(self.curves[0])


class Outcome(NamedTuple):
    """What a policy did: the interval at which each trial was stopped (None: never), and its bounds."""

    stopped: list[int | None]
    bounds: dict[int, float]


def scene_for(policy: Any) -> Scene:
    """Learning curves, or cross-validated trials for a policy that judges nothing else."""
    if policy.needs_folds:
        objective = MeanObjective(primary_metric="accuracy", goal="maximize", folds=5)
        return Scene(objective, [_means(*trial) for trial in _FOLDS], False, "fold", 0.6)
    return Scene(OBJECTIVE, [_curve(*trial) for trial in _TRIALS], True, "interval", 0.15)


def _curve(end: float, gain: float, slowness: float) -> list[float]:
    return [end - gain * math.exp(-step / slowness) for step in range(_INTERVALS)]


def _means(value: float, folds: list[float]) -> list[float]:
    return [value + sum(folds[:n]) / n for n in range(1, len(folds) + 1)]


def outcome(policy: Any) -> Outcome:
    """Run all trials; the policy judges every report and stops trials."""
    scene = scene_for(policy)
    numbers, intervals = range(len(scene.curves)), range(1, scene.n_intervals + 1)
    history, stopped = History(scene.objective), [None] * len(scene.curves)
    bounds: dict[int, float] = {}
    for number in numbers:
        history.add(number, {})
        history.move(number, TrialState.RUNNING)
    by_interval = [(number, interval) for interval in intervals for number in numbers]
    for number, interval in by_interval if scene.is_parallel else sorted(by_interval):
        if stopped[number] is None:
            history.record(number, scene.curves[number][interval - 1])
            if policy.decide(history, history[number], scene.objective).stop:
                history.move(number, TrialState.TERMINATED)
                stopped[number] = interval
            elif interval == scene.n_intervals:
                history.move(number, TrialState.COMPLETED)
        if number == numbers[-1] and hasattr(policy, "bound") and policy.applies_at(interval):
            best = max(peer.best[interval - 1] for peer in history.peers(interval))
            bounds[interval] = policy.bound(best, scene.objective)
    return Outcome(stopped, bounds)


def picture(fields: dict[str, Any]) -> str:
    """The picture of a policy with these fields, as SVG."""
    policy = TypeAdapter(EarlyTermination).validate_python(fields)
    scene, result = scene_for(policy), outcome(policy)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="system-ui, sans-serif" font-size="13">'
    )
    background = f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="6" fill="#ffffff"/>'
    parts = [
        head,
        background,
        *_title(fields, result, scene),
        *_frame(policy, scene),
        *_bounds(result, scene),
    ]
    for number, end in enumerate(result.stopped):
        parts += _trial(number, end, scene)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _title(fields: dict[str, Any], result: Outcome, scene: Scene) -> Iterator[str]:
    yield _text(_LEFT, 22, ", ".join(f"{name}: {value}" for name, value in fields.items()), weight=600)
    n_trained = sum(end or scene.n_intervals for end in result.stopped)
    n_all = scene.n_intervals * len(result.stopped)
    yield _text(_LEFT, 42, f"{n_trained} of {n_all} {scene.unit}s trained", color="#64748b")


def _x(interval: float, scene: Scene) -> float:
    return round(_LEFT + (interval - 1) / (scene.n_intervals - 1) * (_WIDTH - _LEFT - _RIGHT), 1)


def _y(value: float, scene: Scene) -> float:
    return round(
        _HEIGHT - _BOTTOM - (value - scene.low) / (_HIGH - scene.low) * (_HEIGHT - _TOP - _BOTTOM), 1
    )


def _text(
    x: float, y: float, text: str, anchor: str = "start", color: str = "#1f2937", weight: int = 400
) -> str:
    style = f'text-anchor="{anchor}" fill="{color}" font-weight="{weight}"'
    return f'<text x="{x}" y="{y}" {style}>{text}</text>'


def _line(points: list[tuple[float, float]], style: str) -> str:
    return f'<polyline points="{" ".join(f"{x},{y}" for x, y in points)}" fill="none" {style}/>'


def _frame(policy: Any, scene: Scene) -> Iterator[str]:
    """The axes, and a grey line at each interval at which the policy judges."""
    n, bottom = scene.n_intervals, _y(scene.low, scene)
    for interval in range(1, n + 1):
        x, is_judged = _x(interval, scene), policy.applies_at(interval)
        if is_judged:
            yield _line([(x, bottom), (x, _y(_HIGH, scene))], 'stroke="#e2e8f0" stroke-width="5"')
        yield _text(x, _HEIGHT - 24, str(interval), "middle", weight=700 if is_judged else 400)
    for tenth in range(2, 11, 2):
        if tenth / 10 >= scene.low:
            yield _text(_LEFT - 10, _y(tenth / 10, scene) + 4, f"{tenth / 10:.1f}", "end")
    ends = [(_LEFT, _y(_HIGH, scene)), (_LEFT, bottom), (_x(n, scene), bottom)]
    yield _line(ends, 'stroke="#94a3b8"')
    yield _text(_x((n + 1) / 2, scene), _HEIGHT - 7, scene.unit, "middle", "#64748b")


def _bounds(result: Outcome, scene: Scene) -> Iterator[str]:
    if result.bounds:
        points = [(_x(interval, scene), _y(bound, scene)) for interval, bound in result.bounds.items()]
        yield _line(points, f'stroke="{_STOPPED}" stroke-width="1.5" stroke-dasharray="6 4"')
        yield _text(points[-1][0] + 8, points[-1][1] + 18, "bound", color=_STOPPED)


def _trial(number: int, end: int | None, scene: Scene) -> Iterator[str]:
    """The curve up to where the trial was stopped, a cross there, and faintly the rest of the curve."""
    values = enumerate(scene.curves[number], start=1)
    points = [(_x(step, scene), _y(value, scene)) for step, value in values]
    color = f'stroke="{_COLORS[number]}"'
    yield _line(points[:end], f'{color} stroke-width="2.2"')
    if end is None:
        yield _text(points[-1][0] + 8, points[-1][1] + 4, f"trial {number}", color=_COLORS[number])
        return
    yield _line(points[end - 1 :], f'{color} stroke-width="1" stroke-dasharray="2 4" opacity="0.6"')
    x, y = points[end - 1]
    cross = f"M{x - 5:.1f} {y - 5:.1f} l10 10 m0 -10 l-10 10"
    yield f'<path d="{cross}" stroke="{_STOPPED}" stroke-width="2.4"/>'


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, fields in POLICIES.items():
        (FOLDER / f"{name}.svg").write_text(picture(fields), encoding="utf-8")
