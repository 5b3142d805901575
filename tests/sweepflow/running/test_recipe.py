"""What a card tells of how its model can be built again."""

from typing import Any

from sklearn.ensemble import RandomForestClassifier  # the recipe names it
from sklearn.linear_model import LogisticRegression

from sweepflow.data.roles import RoleColumns
from sweepflow.running.recipe import recipe
from sweepflow.training.estimator import EstimatorTrial


def test_a_recipe_has_the_rounds_the_columns_and_what_is_done_to_them(prepared: Any, job: Any) -> None:
    data = prepared("label")
    trial = EstimatorTrial.model_validate(
        {
            "estimator": "sklearn.ensemble.RandomForestClassifier",
            "parameters": {"random_state": 0},
            "iterations": {"parameter": "n_estimators", "step": 2},
        }
    )
    work = job(data, n_estimators=8, max_depth=3)
    told = recipe(trial.refit(work, 2), data, ("id",))
    built: RandomForestClassifier = eval(told.split("```")[1].removeprefix("python"))
    assert (built.n_estimators, built.max_depth, built.random_state) == (4, 3, 0)
    for column in (*data.numeric, *data.categorical):
        assert column.replace("_", "&#95;") in told or column in told
    assert "numeric columns" in told
    assert "SimpleImputer(" in told
    assert "- dropped: id" in told


def test_a_time_that_is_learned_from_is_told_from_one_that_is_not(prepared: Any, job: Any) -> None:
    data = prepared("label")
    trial = EstimatorTrial.model_validate({"estimator": "sklearn.ensemble.RandomForestClassifier"})
    model = trial.refit(job(data, n_estimators=2), 2)

    def told(*time: str) -> str:
        return recipe(model, data.model_copy(update={"roles": RoleColumns(time=time)})).splitlines()[-1]

    assert told(*data.numeric[:2]) == f"- a feature and the time: {', '.join(data.numeric[:2])}"
    assert told("year", "month") == "- no feature, but the time: year, month"


def test_a_recipe_has_the_rounds_of_a_model_that_stopped_early(prepared: Any, job: Any) -> None:
    data = prepared("label")
    stops = {"early_stopping": True, "n_iter_no_change": 2, "max_iter": 200, "random_state": 0}
    trial = EstimatorTrial(estimator="sklearn.ensemble.HistGradientBoostingClassifier", parameters=stops)
    stopped, last = trial.fit_again(job(data), 1), trial.refit(job(data), 1)
    assert f"- rounds: {stopped[-1].n_iter_} of at most 200" in recipe(stopped, data)
    assert f"max_iter={last[-1].n_iter_}" in recipe(last, data)
    assert "rounds:" not in recipe(last, data)


def test_a_model_of_another_form_has_none(prepared: Any) -> None:
    assert recipe(LogisticRegression(), prepared("label")) == ""
