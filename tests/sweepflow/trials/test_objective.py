import pytest
from pydantic import ValidationError

from sweepflow.fields.problems import problems
from sweepflow.trials.objective import MeanObjective, Objective

MAXIMIZE = Objective(primary_metric="auc", goal="maximize")
MINIMIZE = Objective(primary_metric="loss", goal="minimize")


def test_the_greater_value_is_better_if_it_is_maximized_and_the_smaller_if_minimized():
    assert MAXIMIZE.is_better(0.8, 0.7)
    assert not MAXIMIZE.is_better(0.7, 0.8)
    assert MINIMIZE.is_better(0.7, 0.8)
    assert not MINIMIZE.is_better(0.8, 0.7)


@pytest.mark.parametrize("objective", [MAXIMIZE, MINIMIZE])
def test_a_value_is_neither_better_nor_worse_than_itself(objective):
    assert not objective.is_better(0.5, 0.5)
    assert not objective.is_worse(0.5, 0.5)


def test_the_best_of_values_is_the_greatest_or_the_smallest():
    assert MAXIMIZE.best([-3.0, 2.0, 1.0]) == 2.0
    assert MINIMIZE.best([-3.0, 2.0, 1.0]) == -3.0


def test_there_is_no_best_of_no_values():
    with pytest.raises(ValueError, match="empty"):
        MAXIMIZE.best([])


@pytest.mark.parametrize("objective", [MAXIMIZE, MINIMIZE])
def test_value_undoes_score(objective):
    assert objective.value(objective.score(0.25)) == 0.25


def test_a_greater_score_is_always_better():
    assert (MAXIMIZE.score(2.0), MINIMIZE.score(2.0)) == (2.0, -2.0)


@pytest.mark.parametrize("bound", [0.8, -0.8, 1e-12, 1e12])
@pytest.mark.parametrize(("objective", "down"), [(MAXIMIZE, -1), (MINIMIZE, 1)])
def test_worse_is_worse_by_more_than_a_billionth_of_the_bound(objective, down, bound):
    step = down * abs(bound)
    assert not objective.is_worse(bound + 0.5e-9 * step, bound)
    assert objective.is_worse(bound + 2e-9 * step, bound)
    assert not objective.is_worse(bound - 2e-9 * step, bound)


def test_the_mean_of_three_equal_values_equals_them():
    mean = (0.8 + 0.8 + 0.8) / 3
    assert mean > 0.8
    assert not MAXIMIZE.is_worse(0.8, mean)


def test_the_goal_may_be_in_any_letter_case():
    assert Objective(primary_metric="loss", goal="Minimize") == MINIMIZE


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ({"primary_metric": "", "goal": "maximize"}, "objective.primary_metric", "at least 1"),
        ({"primary_metric": "auc", "goal": "up"}, "objective.goal", "maximize"),
        ({"primary_metric": "auc"}, "objective.goal", "required"),
        ({"goal": "maximize"}, "objective.primary_metric", "required"),
    ],
)
def test_an_objective_without_a_metric_or_a_known_goal_is_refused(fields, path, message):
    with pytest.raises(ValidationError) as caught:
        Objective.model_validate(fields)
    [problem] = problems(caught.value, "objective")
    assert problem.path == path
    assert message in problem.message


def test_a_trial_first_had_its_value_at_the_first_of_its_best_reports_or_with_folds_at_the_last():
    means = MeanObjective(primary_metric="auc", goal="maximize", folds=3)
    assert (MAXIMIZE.place([0.5, 0.8, 0.8]), MINIMIZE.place([0.5, 0.8, 0.8])) == (1, 0)
    assert means.place([0.5, 0.8, 0.8]) == 2


def test_values_whose_sum_is_no_float_have_an_average():
    assert MINIMIZE.average([1e308, 1e308]) == 1e308
    assert MINIMIZE.average([1.7e308, 1.7e308, -1.7e308]) == pytest.approx(1.7e308 / 3)
