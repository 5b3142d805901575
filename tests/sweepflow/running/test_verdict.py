"""The words and figures of a verdict."""

from typing import Any

import pytest

from sweepflow.gating.decision import GateDecision
from sweepflow.running.verdict import verdict

DEFAULTS = {"is_overruled": False, "name": "the defaults"}


def decision(difference: float, low: float, high: float) -> GateDecision:
    return GateDecision(low > 0, "", difference, low, high)


@pytest.mark.parametrize(
    ("is_tuned", "found", "text"),
    [
        (True, decision(0.0211, 0.008, 0.0342), "tuned beats the defaults by 0.021 (0.008 to 0.034)"),
        (True, decision(1234.5, 80.0, 3421.0), "tuned beats the defaults by 1,234 (80 to 3,421)"),
        (
            True,
            decision(0.004, -0.003, 0.011),
            "tuned is ahead of the defaults by 0.004 on the test rows (-0.003 to 0.011), which may be chance",
        ),
        (
            True,
            decision(-0.004, -0.013, 0.006),
            "tuned is behind the defaults by 0.004 on the test rows (-0.013 to 0.006), which may be chance",
        ),
        (True, decision(0, 0, 0), "tuned is as good as the defaults on the test rows (0 to 0)"),
        (
            False,
            decision(-0.02, -0.03, 0.01),
            "tuning did not help here: the defaults are kept; on the test rows the best tuned model differs "
            "by -0.020 (-0.030 to 0.010)",
        ),
        (False, None, "tuning did not help here: the defaults are kept"),
    ],
)
def test_a_verdict_says_in_one_sentence_whether_tuning_has_helped(
    is_tuned: bool, found: GateDecision | None, text: str
) -> None:
    options: dict[str, Any] = {"is_tuned": is_tuned, **DEFAULTS}
    assert verdict(3, 0, found, **options).text == text
