"""What follows from a probe's findings."""

from typing import Any

from sweepflow.gating import Fall, GateDecision
from sweepflow.recurrence import Findings, Rival, Verdict, verdict

HELD = Fall(False, 0.9, 0.89, -0.03, 0.01)
FALLEN = Fall(True, 0.9, 0.8, -0.13, -0.07)
NEAR = Rival(3, {"C": 1.0}, GateDecision(False, "near", 0.004, -0.01, 0.02))
FAR = Rival(1, {"C": 0.1}, GateDecision(False, "far", -0.2, -0.3, -0.1))
PASSING = Rival(4, {"C": 2.0}, GateDecision(True, "better", 0.06, 0.03, 0.09))
BROKEN = Rival(5, {"C": 3.0}, error="ValueError: no")


def judged(fall: Fall, *rivals: Rival, tolerance: float = 0.02, **changes: Any) -> Verdict:
    facts: dict[str, Any] = {
        "champion": "the champion", "metric": "roc_auc", "tolerance": tolerance, "confidence": 0.95,
        "n_rows": 120, "fall": fall, "rivals": rivals,
    }  # fmt: skip
    return verdict(Findings(**{**facts, **changes}))


def test_no_sweep_while_the_champion_holds_and_none_passes_it() -> None:
    assert judged(HELD, NEAR, FAR, BROKEN) == Verdict(
        False,
        "the champion held on 120 new rows: roc_auc 0.9 -> 0.89, -0.01 (95 % interval -0.03 to 0.01), and "
        "none of 3 past configurations passed it; trial 3's configuration came nearest: +0.004 (interval "
        "-0.01 to 0.02)",
    )


def test_a_sweep_once_the_champion_has_fallen() -> None:
    assert judged(FALLEN, NEAR) == Verdict(
        True,
        "the champion fell on 120 new rows: roc_auc 0.9 -> 0.8, -0.1 (95 % interval -0.13 to -0.07), wholly "
        "below -0.02",
    )
    assert judged(FALLEN, NEAR, tolerance=0.0).reason.endswith(", wholly below 0")


def test_a_sweep_once_another_passes_the_champion() -> None:
    found = judged(HELD, NEAR, PASSING)
    assert found.goes_on
    assert found.reason.endswith(", but trial 4's configuration passed it: +0.06 (interval 0.03 to 0.09)")


def test_a_sweep_if_no_configuration_could_be_compared() -> None:
    found = judged(HELD, BROKEN, BROKEN)
    assert found.goes_on
    told = "none of 2 past configurations could be compared with it: ValueError: no"
    assert found.reason.endswith(told)
    assert judged(HELD).reason.endswith("the earlier sweep has none")


def test_a_loss_is_told_with_which_way_is_better() -> None:
    fallen = Fall(True, 0.3, 0.4, -0.13, -0.07, is_loss=True)
    told = "log_loss 0.3 -> 0.4 (smaller is better), -0.1 (95 % interval -0.13 to -0.07), wholly below -0.02"
    assert judged(fallen, NEAR, metric="log_loss").reason.endswith(told)
