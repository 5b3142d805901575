"""What a promotion may be asked for; the flow itself is told in tests/flows/test_promote.py."""

from typing import Any

import pytest

from sweepflow.errors import SpecError
from sweepflow.promotion import PromotionRequest


def request(metric: str, goal: str, **trial: str) -> PromotionRequest:
    sweep: dict[str, Any] = {
        "data": {"path": "t.csv", "target": "y"},
        "trial": trial,
        "search_space": {"C": {"type": "choice", "values": [1]}},
        "objective": {"primary_metric": metric, "goal": goal},
        "limits": {"max_total_trials": 1},
    }
    return PromotionRequest.parse({"name": "model", "sweep": sweep})


@pytest.mark.parametrize(("metric", "goal"), [("accuracy", "maximize"), ("log_loss", "minimize")])
def test_a_function_s_model_is_judged_by_what_scikit_learn_can_compute(metric: str, goal: str) -> None:
    assert request(metric, goal, function="a:b").sweep.objective.goal == goal


@pytest.mark.parametrize(
    ("metric", "goal"), [("my_own", "maximize"), ("accuracy", "minimize"), ("log_loss", "maximize")]
)
def test_a_metric_that_the_gate_cannot_compare_by_is_refused_before_the_sweep(metric: str, goal: str) -> None:
    with pytest.raises(SpecError, match=f"^sweep: .*the gate compares by it; got {metric} to {goal}$"):
        request(metric, goal, function="a:b")
