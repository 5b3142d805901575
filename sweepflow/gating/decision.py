"""The decision of a gate, and the bar that a challenger must clear."""

import math
from typing import NamedTuple

from sweepflow.errors import SweepflowError
from sweepflow.metrics import Metric
from sweepflow.metrics.own import OwnMetricError
from sweepflow.metrics.scorers import check_scorer

_ROUNDING = 1e-9


class GateError(SweepflowError, ValueError):
    """The gate cannot compare these predictions or scores."""


def metric_named(name: str) -> Metric:
    """The metric of this name; GateError if there is none."""
    for problem in check_scorer(name, "metric"):
        raise GateError(f"{problem.path} {problem.message}")
    try:
        return Metric(name)
    except OwnMetricError as error:
        raise GateError(f"metric: {error}") from error


class GateDecision(NamedTuple):
    """Whether to promote the challenger, and why.

    The difference and its bounds tell how much better it is than the champion, in the metric's own unit:
    challenger minus champion, and for a loss champion minus challenger.
    """

    promote: bool
    reason: str
    difference: float
    low: float
    """The lower bound of the two-sided interval: on its own it holds with confidence (1 + confidence) / 2."""
    high: float


class Bar(NamedTuple):
    """What a challenger must clear."""

    min_improvement: float
    confidence: float

    def check(self) -> None:
        """Raise GateError if the confidence or the minimum improvement is out of range."""
        if not 0 < self.confidence < 1:
            raise GateError(f"confidence must be > 0 and < 1, got {self.confidence}")
        if not 0 <= self.min_improvement < math.inf:
            raise GateError(f"min_improvement must be >= 0 and finite, got {self.min_improvement}")

    def decide(self, subject: str, difference: float, low: float, high: float) -> GateDecision:
        """Promote if the whole interval lies above the bar; up to rounding, equal is not above."""
        is_on_bar = math.isclose(low, self.min_improvement, rel_tol=_ROUNDING, abs_tol=1e-12)
        promote = low > self.min_improvement and not is_on_bar
        verdict = "which is" if promote else "which is not"
        interval = f"{100 * self.confidence:g} % interval {low:.4g} to {high:.4g}"
        reason = f"{subject}: {difference:+.4g} ({interval}), {verdict} wholly above {self.min_improvement:g}"
        return GateDecision(promote, reason, difference, low, high)
