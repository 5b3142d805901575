"""Draws docs/pictures/*.svg: what the early termination policies do with eight learning curves.

The real policies decide at every report, as in a sweep whose trials all run at once. `make docs` runs this.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from sweepflow.termination import EarlyTermination
from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective
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
}

_INTERVALS = 12
# The final value of each trial, how far below it the trial starts, and how many intervals it takes to learn.
# The second trial starts badly and becomes the best.
_TRIALS = [
    (0.88, 0.34, 2.2), (0.99, 0.77, 3.6), (0.83, 0.33, 2.0), (0.62, 0.22, 3.0),
    (0.72, 0.28, 2.5), (0.55, 0.20, 2.0), (0.78, 0.40, 4.0), (0.69, 0.39, 3.0),
]  # fmt: skip
_COLORS = ["#3b82f6", "#64748b", "#10b981", "#8b5cf6", "#0891b2", "#a16207", "#db2777", "#4d7c0f"]
_STOPPED = "#dc2626"
_WIDTH, _HEIGHT = 720, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 90, 58, 46
_LOW, _HIGH = 0.15, 1.0

OBJECTIVE = Objective(primary_metric="accuracy", goal="maximize")


class Outcome(NamedTuple):
    """What a policy did: the interval at which each trial was stopped (None: never), and its bounds."""

    stopped: list[int | None]
    bounds: dict[int, float]


def curve(number: int) -> list[float]:
    """The values that the trial reports, or would have reported."""
    end, gain, slowness = _TRIALS[number]
    steps = range(_INTERVALS)
    return [end - gain * math.exp(-step / slowness) for step in steps]


def outcome(policy: Any) -> Outcome:
    """Run all trials at once; the policy judges every report and stops trials."""
    history, stopped = History(OBJECTIVE), [None] * len(_TRIALS)
    bounds: dict[int, float] = {}
    for number in range(len(_TRIALS)):
        history.add(number, {})
        history.move(number, TrialState.RUNNING)
    for interval in range(1, _INTERVALS + 1):
        for number in (number for number, end in enumerate(stopped) if end is None):
            history.record(number, curve(number)[interval - 1])
            if policy.decide(history, history[number], OBJECTIVE).stop:
                history.move(number, TrialState.TERMINATED)
                stopped[number] = interval
        if hasattr(policy, "bound") and policy.applies_at(interval):
            best = max(peer.best[interval - 1] for peer in history.peers(interval))
            bounds[interval] = policy.bound(best, OBJECTIVE)
    return Outcome(stopped, bounds)


def picture(fields: dict[str, Any]) -> str:
    """The picture of a policy with these fields, as SVG."""
    policy = TypeAdapter(EarlyTermination).validate_python(fields)
    result = outcome(policy)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="system-ui, sans-serif" font-size="13">'
    )
    background = f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="6" fill="#ffffff"/>'
    parts = [head, background, *_title(fields, result), *_frame(policy), *_bounds(result)]
    for number, end in enumerate(result.stopped):
        parts += _trial(number, end)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _title(fields: dict[str, Any], result: Outcome) -> Iterator[str]:
    yield _text(_LEFT, 22, ", ".join(f"{name}: {value}" for name, value in fields.items()), weight=600)
    n_trained = sum(end or _INTERVALS for end in result.stopped)
    n_all = _INTERVALS * len(result.stopped)
    yield _text(_LEFT, 42, f"{n_trained} of {n_all} intervals trained", color="#64748b")


def _x(interval: float) -> float:
    return round(_LEFT + (interval - 1) / (_INTERVALS - 1) * (_WIDTH - _LEFT - _RIGHT), 1)


def _y(value: float) -> float:
    return round(_HEIGHT - _BOTTOM - (value - _LOW) / (_HIGH - _LOW) * (_HEIGHT - _TOP - _BOTTOM), 1)


def _text(
    x: float, y: float, text: str, anchor: str = "start", color: str = "#1f2937", weight: int = 400
) -> str:
    style = f'text-anchor="{anchor}" fill="{color}" font-weight="{weight}"'
    return f'<text x="{x}" y="{y}" {style}>{text}</text>'


def _line(points: list[tuple[float, float]], style: str) -> str:
    return f'<polyline points="{" ".join(f"{x},{y}" for x, y in points)}" fill="none" {style}/>'


def _frame(policy: Any) -> Iterator[str]:
    """The axes, and a grey line at each interval at which the policy judges."""
    for interval in range(1, _INTERVALS + 1):
        x, is_judged = _x(interval), policy.applies_at(interval)
        ends = [(x, _y(_LOW)), (x, _y(_HIGH))]
        if is_judged:
            yield _line(ends, 'stroke="#e2e8f0" stroke-width="5"')
        yield _text(x, _HEIGHT - 24, str(interval), "middle", weight=700 if is_judged else 400)
    for tenth in range(2, 11, 2):
        yield _text(_LEFT - 10, _y(tenth / 10) + 4, f"{tenth / 10:.1f}", "end")
    yield _line([(_LEFT, _y(_HIGH)), (_LEFT, _y(_LOW)), (_x(_INTERVALS), _y(_LOW))], 'stroke="#94a3b8"')
    yield _text(_x((_INTERVALS + 1) / 2), _HEIGHT - 7, "interval", "middle", "#64748b")


def _bounds(result: Outcome) -> Iterator[str]:
    if result.bounds:
        points = [(_x(interval), _y(bound)) for interval, bound in result.bounds.items()]
        yield _line(points, f'stroke="{_STOPPED}" stroke-width="1.5" stroke-dasharray="6 4"')
        yield _text(points[-1][0] + 8, points[-1][1] + 18, "bound", color=_STOPPED)


def _trial(number: int, end: int | None) -> Iterator[str]:
    """The curve up to where the trial was stopped, a cross there, and faintly the rest of the curve."""
    points = [(_x(step), _y(value)) for step, value in enumerate(curve(number), start=1)]
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
