"""Values that the estimator would refuse are found before the first trial, wherever a spec has them."""

from typing import Any

import numpy as np
import pytest

from sweepflow.errors import SpecError
from sweepflow.spec.spec import Spec

FOREST = "sklearn.ensemble.RandomForestClassifier"
BOOSTING = "sklearn.ensemble.GradientBoostingClassifier"


def choice(*values: Any) -> dict[str, Any]:
    return {"type": "choice", "values": list(values)}


def ranged(kind: str, low: float, high: float, **more: Any) -> dict[str, Any]:
    return {"type": kind, "min_value": low, "max_value": high, **more}


def fields_of(space: dict[str, Any], estimator: str = FOREST, **changes: Any) -> dict[str, Any]:
    return {
        "data": {"path": "t.csv", "target": "y"},
        "trial": {"estimator": estimator},
        "search_space": space,
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "limits": {"max_total_trials": 2},
        **changes,
    }


def faults(space: dict[str, Any], estimator: str = FOREST, **changes: Any) -> dict[str, str]:
    try:
        Spec.checked(fields_of(space, estimator, **changes), is_trusted=True)
    except SpecError as error:
        return {problem.path: problem.message for problem in error.problems}
    return {}


def test_every_value_of_a_choice_is_looked_at_in_branches_too() -> None:
    found = faults(
        {
            "criterion": choice("gini", "ginny", "entropi"),
            "max_depth": choice("None", 3),
            "kind": choice({"max_features": "sqroot"}, {"min_samples_leaf": choice(1, 0)}),
        }
    )
    assert list(found) == [
        "search_space.criterion.values.1",
        "search_space.criterion.values.2",
        "search_space.max_depth.values.0",
        "search_space.kind.values.0.max_features",
        "search_space.kind.values.1.min_samples_leaf.values.1",
    ]
    assert found["search_space.max_depth.values.0"].endswith("got 'None', which is text; write null")
    assert found["search_space.criterion.values.1"].endswith("did you mean 'gini'?")


def test_the_words_that_a_parameter_takes_are_listed_as_one_sentence() -> None:
    found = faults({"criterion": choice("ginny")})
    assert found["search_space.criterion.values.0"].startswith("must be 'entropy', 'gini' or 'log_loss', got")


def test_a_rule_is_told_in_the_words_of_a_spec_and_in_one_line() -> None:
    trial = {"estimator": "sklearn.linear_model.LogisticRegressionCV", "parameters": {"scoring": "log_loss"}}
    (told,) = faults({"cv": choice(3)}, trial=trial).values()
    assert told.startswith("must be 'accuracy', 'adjusted_mutual_info_score', ")
    assert told.endswith("'v_measure_score' or null, got 'log_loss'; did you mean 'neg_log_loss'?")
    assert len(told) < 500
    trial = {"estimator": FOREST, "parameters": {"verbose": "no"}}
    (told,) = faults({"max_depth": choice(3)}, trial=trial).values()
    assert told == (
        "must be an int in the range [0, inf), true or false, got 'no', which is text; write false"
    )


def test_of_many_values_that_are_refused_the_first_are_told_and_the_others_counted() -> None:
    found = faults({"n_estimators": choice(*map(float, range(1, 1001)))})
    assert len(found) == 5
    *_, last = found.values()
    assert last == "must be an int in the range [1, inf), got 5.0; write 5 (and 995 more of the values)"


def test_fixed_parameters_are_looked_at_but_for_those_that_are_drawn_too() -> None:
    parameters = {"max_depth": "None", "n_estimators": -1, "criterion": "ginny"}
    found = faults({"criterion": choice("gini")}, trial={"estimator": FOREST, "parameters": parameters})
    assert list(found) == ["trial.parameters.max_depth", "trial.parameters.n_estimators"]


@pytest.mark.parametrize(
    ("name", "expression", "told"),
    [
        (
            "n_estimators",
            ranged("uniform", 10, 200),
            "must be an int in the range [1, inf), but uniform draws 104.53; quniform with q: 1 draws whole "
            "numbers",
        ),
        (
            "n_estimators",
            {"type": "loguniform", "low": 10, "high": 99},
            "; qloguniform with q: 1 draws whole numbers",
        ),
        ("n_estimators", {"type": "normal", "mu": 50, "sigma": 9}, "; qnormal with q: 1 draws whole numbers"),
        ("n_estimators", ranged("quniform", 10, 200, q=0.5), "; give a whole q"),
        ("n_estimators", ranged("quniform", 0, 200, q=1), "[1, inf), but quniform draws 0"),
        (
            "n_estimators",
            {"type": "randint", "upper": 200},
            "but randint draws 0; write {type: randint, lower: 1, upper: 200}",
        ),
        (
            "min_samples_split",
            {"type": "randint", "upper": 9},
            "write {type: randint, lower: 2, upper: 9}",
        ),
        ("max_features", ranged("uniform", 0.1, 1.5), "but uniform draws 1.5"),
    ],
)
def test_a_range_is_looked_at_from_end_to_end(name: str, expression: dict[str, Any], told: str) -> None:
    found = faults({name: expression})
    assert list(found) == [f"search_space.{name}"]
    assert found[f"search_space.{name}"].endswith(told)


def test_exponents_that_are_drawn_as_values_are_told() -> None:
    found = faults({"learning_rate": ranged("uniform", -6, -1)}, BOOSTING)
    assert found["search_space.learning_rate"] == (
        "must be a float in the range [0.0, inf), but uniform draws -3.5125; the bounds of uniform are "
        "values, exponents are those of loguniform"
    )


@pytest.mark.parametrize(
    "space",
    [
        {"max_features": ranged("uniform", 0, 1)},  # 0 itself is never drawn
        {"n_estimators": ranged("quniform", 0.5, 50, q=1)},
        {"n_estimators": {"type": "qloguniform", "low": 10, "high": 500, "q": 10}},
        {
            "min_samples_leaf": choice(1, 0.1),
            "max_depth": choice(None, 3),
            "class_weight": choice("balanced", None),
        },
        {"ccp_alpha": {"type": "lognormal", "mu": -5, "sigma": 1}},
        {"random_state": {"type": "randint", "upper": 10}},
        {"preprocess__numeric__scale__with_std": choice(True, False)},
    ],
)
def test_what_the_estimator_takes_is_fine(space: dict[str, Any]) -> None:
    assert faults(space) == {}


@pytest.mark.parametrize("upper", [20, 5000])  # all combinations, and random ones
def test_what_the_constraints_exclude_is_no_problem(upper: int) -> None:
    space = {"n_estimators": {"type": "randint", "upper": upper}, "max_depth": choice(2, 3)}
    assert faults(space, constraints=["n_estimators >= 1"]) == {}
    assert faults(space, constraints=["n_estimators >= 1", "max_depth > 2"]) == {}


def test_what_the_constraints_leave_is_looked_at() -> None:
    space = {"n_estimators": {"type": "randint", "upper": 20}, "criterion": choice("gini", "ginny")}
    both = ["search_space.n_estimators", "search_space.criterion.values.1"]
    assert list(faults(space, constraints=["n_estimators < 9"])) == both
    assert list(faults(space, constraints=["n_estimators > 0"])) == both[1:]


def test_a_normal_type_of_which_some_draws_will_fail_gets_a_notice() -> None:
    space = {"learning_rate": {"type": "normal", "mu": 0.1, "sigma": 0.05}}
    assert Spec.parse(fields_of(space, BOOSTING)).notices(2) == [
        "search_space.learning_rate: about 2.5% of the draws will be refused, and their trials fail: "
        "learning_rate must be a float in the range [0.0, inf)"
    ]
    assert faults(space, BOOSTING) == {}
    below = {"learning_rate": {"type": "normal", "mu": -1, "sigma": 0.05}}
    assert list(faults(below, BOOSTING)) == ["search_space.learning_rate"]


def test_a_baseline_in_a_tail_that_is_refused_is_an_error_and_a_text_is_told_as_one() -> None:
    space = {"learning_rate": {"type": "normal", "mu": 0.1, "sigma": 0.05}}
    assert list(faults(space, BOOSTING, baseline={"learning_rate": -0.1})) == ["baseline.learning_rate"]
    found = faults({"max_depth": choice(None, 3)}, baseline={"max_depth": "None"})
    assert found == {"baseline.max_depth": "must be one of None, 3, got 'None', which is text; write null"}


def test_numpy_s_numbers_are_taken_wherever_a_spec_made_in_python_has_them() -> None:
    fixed = {
        **{"n_estimators": np.int64(3), "bootstrap": np.bool_(True), "ccp_alpha": np.float32(0.5)},
        "class_weight": {np.int64(0): 1, np.int64(1): np.float64(2)},
    }
    trial = {"estimator": FOREST, "parameters": fixed}
    space = {"max_depth": choice(np.int64(3), np.int64(4))}
    assert faults(space, trial=trial, baseline={"max_depth": np.int64(3)}) == {}
    parameters = {"hidden_layer_sizes": np.array([50, 20])}
    network = {"estimator": "sklearn.neural_network.MLPClassifier", "parameters": parameters}
    spec = Spec.parse(fields_of({"alpha": choice(0.1)}, trial=network))
    assert spec.trial.model_dump()["parameters"] == {"hidden_layer_sizes": [50, 20]}


def test_a_function_s_texts_that_are_probably_none_get_a_notice() -> None:
    space = {"depth": choice("None", 3), "kind": choice({"name": "None"}, {"name": "tree"})}
    spec = Spec.parse(fields_of(space, trial={"function": "a:b"}))
    assert spec.notices(2) == [
        "search_space.depth.values.0: is the text 'None'; write null if that is what you mean",
        "search_space.kind.values.0.name: is the text 'None'; write null if that is what you mean",
    ]


def test_an_estimator_that_is_wrong_itself_is_one_problem() -> None:
    assert list(faults({"C": choice("x")}, "sklearn.svm.SVX")) == ["trial.estimator"]
