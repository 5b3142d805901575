"""The metrics by name, and which way is up for each."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import get_scorer, get_scorer_names

from sweepflow.metrics.scorers import (
    check_scorer,
    goal_of,
    is_scorer,
    objective_of,
    scorer_named,
    suspicious_goal,
    why_never_reached,
    wrong_goal,
)
from sweepflow.trials.objective import Objective

NEGATED = [name for name in get_scorer_names() if name.startswith("neg_")]


@pytest.mark.parametrize("scorer", NEGATED)
def test_every_loss_of_scikit_learn_has_its_own_name_and_sign(scorer: str) -> None:
    loss = scorer.removeprefix("neg_")
    assert is_scorer(loss)
    assert (goal_of(loss), goal_of(scorer)) == ("minimize", "maximize")
    target = (
        np.array([1.0, 2.0, 4.0, 9.0]) if "error" in loss or "deviance" in loss else np.array([0, 1, 1, 0])
    )
    model = DummyRegressor() if target.dtype == float else DummyClassifier(strategy="uniform", random_state=1)
    features = np.zeros((4, 1))
    fitted = model.fit(features, target)
    assert scorer_named(loss)(fitted, features, target) == -get_scorer(scorer)(fitted, features, target) > 0


def test_a_loss_goes_by_the_name_of_its_function_too() -> None:
    assert goal_of("brier_score_loss") == goal_of("brier_score") == "minimize"


def test_what_scikit_learn_does_not_know_has_no_goal() -> None:
    assert goal_of("my_own") is None
    assert not is_scorer("my_own")
    with pytest.raises(ValueError, match="my_own"):
        scorer_named("my_own")


def test_an_objective_of_a_metric_is_better_where_the_model_is() -> None:
    assert objective_of("log_loss").is_better(0.3, 0.4)
    assert objective_of("neg_log_loss").is_better(-0.3, -0.4)
    assert objective_of("accuracy").is_better(0.9, 0.8)


@pytest.mark.parametrize(
    ("metric", "goal", "told"),
    [
        (
            "neg_log_loss",
            "minimize",
            "neg_log_loss is greater where the model is better: write goal: maximize, or primary_metric: "
            "log_loss with goal: minimize",
        ),
        (
            "root_mean_squared_error",
            "maximize",
            "root_mean_squared_error is smaller where the model is better: write goal: minimize, or "
            "primary_metric: neg_root_mean_squared_error with goal: maximize",
        ),
        (
            "brier_score_loss",
            "maximize",
            "brier_score_loss is smaller where the model is better: write goal: minimize, or primary_metric: "
            "neg_brier_score with goal: maximize",
        ),
        ("r2", "minimize", "r2 is greater where the model is better: write goal: maximize"),
        ("log_loss", "minimize", None),
        ("neg_log_loss", "maximize", None),
        ("roc_auc", "maximize", None),
        ("my_own", "minimize", None),
        ("my_own", "maximize", None),
    ],
)
def test_a_goal_against_the_metric_is_told_with_both_ways_to_say_it(
    metric: str, goal: str, told: str | None
) -> None:
    assert wrong_goal(Objective.parse({"primary_metric": metric, "goal": goal})) == told


@pytest.mark.parametrize(
    ("metric", "goal"),
    [
        *(("val_loss", "minimize"), ("Loss", "minimize"), ("rmse", "minimize"), ("error", "minimize")),
        *(("val_acc", "maximize"), ("AUC", "maximize"), ("neg_rmse", "maximize"), ("macro_f1", "maximize")),
        *(
            ("validation_error", "minimize"),
            ("error_rate", "minimize"),
            ("nll", "minimize"),
            ("test-multi_logloss", "minimize"),
        ),
    ],
)
def test_the_name_of_a_function_s_own_metric_may_tell_its_goal(metric: str, goal: str) -> None:
    def told(chosen: str) -> str | None:
        return suspicious_goal(Objective.parse({"primary_metric": metric, "goal": chosen}))

    other = "maximize" if goal == "minimize" else "minimize"
    assert told(goal) is None
    assert str(told(other)).endswith(f"write goal: {goal}")
    assert str(told(other)).startswith(f"{metric} is {'smaller' if goal == 'minimize' else 'greater'} where")


@pytest.mark.parametrize("metric", ["score", "my_own", "reward", "seconds", "steps"])
def test_a_name_that_tells_no_goal_is_fine_with_both(metric: str) -> None:
    for goal in ("maximize", "minimize"):
        assert suspicious_goal(Objective.parse({"primary_metric": metric, "goal": goal})) is None


@pytest.mark.parametrize(
    ("metric", "target", "told"),
    [
        ("accuracy", 95, "95 is never reached, for accuracy is at most 1"),
        ("neg_log_loss", 0.3, "0.3 is never reached, for neg_log_loss is at most 0"),
        ("log_loss", -0.3, "-0.3 is never reached, for log_loss is at least 0"),
        ("accuracy", 1, None),
        ("log_loss", 0.3, None),
        ("neg_log_loss", -0.3, None),
        ("my_own", 95, None),
    ],
)
def test_a_target_beyond_the_best_possible_value_is_told(
    metric: str, target: float, told: str | None
) -> None:
    assert why_never_reached(objective_of(metric), target) == told


@pytest.mark.parametrize("metric", ["roc_auc", "log_loss", "neg_log_loss", "mean_absolute_percentage_error"])
def test_a_known_name_is_no_problem(metric: str) -> None:
    assert check_scorer(metric, "metrics.0") == []


@pytest.mark.parametrize(
    ("metric", "meant"),
    [
        ("acuracy", "accuracy"),
        ("rocauc", "roc_auc"),
        ("Accuracy", "accuracy"),
        ("ROC AUC", "roc_auc"),
        ("accuracy_score", "accuracy"),
        ("rmse", "root_mean_squared_error"),
        ("RMSE", "root_mean_squared_error"),
        ("mse", "mean_squared_error"),
        ("MAE", "mean_absolute_error"),
        ("mape", "mean_absolute_percentage_error"),
        ("logloss", "log_loss"),
        ("Log-Loss", "log_loss"),
        ("AUC", "roc_auc"),
        ("AUC_weighted", "roc_auc_ovr_weighted"),
        ("normalized_root_mean_squared_error", "root_mean_squared_error"),
        ("norm_macro_recall", "balanced_accuracy"),
        ("precision_score_weighted", "precision_weighted"),
        ("f1_score_macro", "f1_macro"),
        ("average_precision_score_weighted", "average_precision"),
        ("r2_score", "r2"),
        ("AUCWeighted", "roc_auc_ovr_weighted"),
        ("NormMacroRecall", "balanced_accuracy"),
        ("AveragePrecisionScoreWeighted", "average_precision"),
        ("PrecisionScoreWeighted", "precision_weighted"),
        ("NormalizedRootMeanSquaredError", "root_mean_squared_error"),
        ("NormalizedMeanAbsoluteError", "mean_absolute_error"),
        ("R2Score", "r2"),
        ("AUC_binary", "roc_auc"),
        ("precision_score_binary", "precision"),
        ("average_precision_score_binary", "average_precision"),
        ("val_acc", "accuracy"),
        ("validation-auc", "roc_auc"),
        ("test_multi_logloss", "log_loss"),
        ("val_rmse", "root_mean_squared_error"),
        ("neg_rmse", "neg_root_mean_squared_error"),
        ("negative_mean_squared_error", "neg_mean_squared_error"),
        ("neg_brier_score_loss", "neg_brier_score"),
        ("-log_loss", "neg_log_loss"),
        ("macro_f1", "f1_macro"),
        ("f1score", "f1"),
        ("prauc", "average_precision"),
        ("misclassification", "accuracy"),
        ("best_val_acc", "accuracy"),
    ],
)
def test_what_other_tools_call_a_metric_leads_to_its_name_and_goal(metric: str, meant: str) -> None:
    (problem,) = check_scorer(metric, "metrics.0")
    assert problem.path == "metrics.0"
    assert f"got '{metric}'; did you mean {meant}" in problem.message
    (problem,) = check_scorer(metric, "objective.primary_metric")
    assert f"; did you mean {meant} with goal: {goal_of(meant)}" in problem.message


@pytest.mark.parametrize(
    ("metric", "meant", "goal"),
    [
        ("rot_mean_squared_error", "root_mean_squared_error", "minimize"),
        ("neg_rot_mean_squared_error", "neg_root_mean_squared_error", "maximize"),
    ],
)
def test_a_hint_at_a_loss_or_its_scorer_says_which_goal_it_takes(metric: str, meant: str, goal: str) -> None:
    (problem,) = check_scorer(metric, "objective.primary_metric")
    assert f"did you mean {meant} with goal: {goal}" in problem.message


@pytest.mark.parametrize("metric", ["???", "spearman_correlation", "SpearmanCorrelation", "kappa"])
def test_a_name_like_no_other_leads_to_the_list_and_to_no_scorer_of_clusters(metric: str) -> None:
    (problem,) = check_scorer(metric, "metrics.0")
    assert problem.message.endswith("see sklearn.metrics.get_scorer_names()")
