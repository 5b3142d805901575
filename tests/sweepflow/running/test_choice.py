"""How far the best must be ahead of the baseline."""

import pytest

from sweepflow.running.choice import Lead, fold_values, lead_over_folds
from sweepflow.trials.objective import Objective


@pytest.mark.parametrize(
    ("difference", "error", "is_enough"),
    [(0.1, 0.19, True), (0.1, 0.21, False), (0.0, 0.0, False), (1e-9, 0.0, True), (-0.1, 0.0, False)],
)
def test_half_of_its_standard_error_is_enough(difference: float, error: float, is_enough: bool) -> None:
    assert Lead(difference, error).is_enough == is_enough


def test_the_values_of_folds_come_back_from_the_means_so_far() -> None:
    assert fold_values([0.5, 0.75, 0.5]) == pytest.approx([0.5, 1.0, 0.0])
    assert fold_values([]) == []


@pytest.mark.parametrize(("goal", "sign"), [("maximize", 1), ("minimize", -1)])
def test_a_lead_is_over_the_folds_that_both_have(goal: str, sign: int) -> None:
    objective = Objective.model_validate({"primary_metric": "m", "goal": goal})
    found = lead_over_folds([0.5, 0.5, 0.5], [0.75, 0.5], objective)
    assert found == pytest.approx((sign * 0.125, 0.125))
