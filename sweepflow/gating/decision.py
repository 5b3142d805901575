"""What a gate answers, and when it lets a challenger pass."""

import math
from typing import NamedTuple

from sweepflow.errors import SweepflowError
from sweepflow.metrics import Metric
from sweepflow.metrics.scorers import check_scorer

_ROUNDING = 1e-9


class GateError(SweepflowError, ValueError):
    """A gate cannot compare what it was given."""


def metric_named(name: str) -> Metric:
    """The metric of this scorer or loss; GateError if scikit-learn has none of that name."""
    for problem in check_scorer(name, "metric"):
        raise GateError(f"{problem.path} {problem.message}")
    return Metric(name)


class GateDecision(NamedTuple):
    """Whether to promote the challenger, and why; differences are how much better it is than the champion.

    They have the metric's own unit: challenger minus champion, and for a loss champion minus challenger.
    """

    promote: bool
    reason: str
    difference: float
    low: float
    """The lower bound of the two-sided interval: it holds alone with confidence (1 + confidence) / 2."""
    high: float


class Bar(NamedTuple):
    """What a challenger must clear."""

    min_improvement: float
    confidence: float

    def check(self) -> None:
        """Raise GateError if no challenger could be judged by this."""
        if not 0 < self.confidence < 1:
            raise GateError(f"confidence must be > 0 and < 1, got {self.confidence}")
        if not 0 <= self.min_improvement < math.inf:
            raise GateError(f"min_improvement must be >= 0 and finite, got {self.min_improvement}")

    def decide(self, what: str, difference: float, low: float, high: float) -> GateDecision:
        """Promote if the whole interval lies above the bar; on the bar, but for rounding, is not above it."""
        is_on_bar = math.isclose(low, self.min_improvement, rel_tol=_ROUNDING, abs_tol=1e-12)
        promote = low > self.min_improvement and not is_on_bar
        verdict = "which is" if promote else "which is not"
        interval = f"{100 * self.confidence:g} % interval {low:.4g} to {high:.4g}"
        reason = f"{what}: {difference:+.4g} ({interval}), {verdict} wholly above {self.min_improvement:g}"
        return GateDecision(promote, reason, difference, low, high)
