"""Whether an estimator's defaults are tried first, and with which parameters."""

from typing import Any

import pytest

from sweepflow.errors import SpecError
from sweepflow.spec.spec import Spec
from sweepflow.trials.parameters import Parameters

C = {"type": "loguniform", "min_value": -3, "max_value": 3}
WIDE = {"type": "quniform", "min_value": 50, "max_value": 500, "q": 50}


def fields_of(name: str, space: dict[str, Any], **fields: Any) -> dict[str, Any]:
    fixed = fields.pop("fixed", {})
    return {
        "data": {"path": "data/breast_cancer.csv", "target": "diagnosis"},
        "trial": {"estimator": f"sklearn.{name}", "parameters": fixed},
        "search_space": space,
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "limits": {"max_total_trials": 4},
        **fields,
    }


def settled(name: str, space: dict[str, Any], **fields: Any) -> Spec:
    return Spec.parse(fields_of(name, space, **fields)).settled(7, 2)


def choice(*values: Any) -> dict[str, Any]:
    return {"type": "choice", "values": list(values)}


@pytest.mark.parametrize(
    ("name", "space", "fixed", "expected"),
    [
        pytest.param("svm.SVC", {"C": C}, {}, {"C": 1.0}, id="inside the space"),
        pytest.param("svm.SVC", {"C": C}, {"C": 2.5, "tol": 0.1}, {"C": 2.5}, id="fixed values on top"),
        pytest.param(
            "ensemble.RandomForestClassifier", {"max_depth": WIDE}, {}, {"max_depth": None}, id="null"
        ),
        pytest.param(
            "svm.SVC",
            {"C": C, "probability": choice(True)},
            {},
            {"C": 1.0, "probability": True},
            id="the only value",
        ),
        pytest.param("svm.SVC", {"C": C, "gamma": C}, {}, {"C": 1.0}, id="no text among numbers"),
        pytest.param(
            "svm.SVC",
            {
                "kind": choice({"kernel": "linear"}, {"kernel": "rbf", "gamma": choice("auto", "scale")}),
                "C": C,
            },
            {},
            {"kind": 1, "kernel": "rbf", "gamma": "scale", "C": 1.0},
            id="in its branch",
        ),
        pytest.param(
            "svm.SVC",
            {"kind": choice({"kernel": "linear"}, {"kernel": "poly", "degree": choice(2, 4)}), "C": C},
            {},
            {"kernel": "rbf", "degree": 3, "C": 1.0},
            id="in no branch",
        ),
        pytest.param(
            "neural_network.MLPClassifier",
            {"hidden_layer_sizes": choice([20], [50, 20])},
            {},
            {"hidden_layer_sizes": [100]},
            id="a list",
        ),
        pytest.param(
            "svm.SVC",
            {"preprocess__numeric__impute__strategy": choice("mean", "median")},
            {},
            {},
            id="no name",
        ),
    ],
)
def test_the_defaults_are_recorded_by_the_names_of_the_space(
    name: str, space: dict[str, Any], fixed: Parameters, expected: Parameters
) -> None:
    spec = settled(name, space, fixed=fixed)
    assert spec.has_defaults_first
    assert spec.baseline_parameters == expected


@pytest.mark.parametrize("baseline", ["none", "None", {"C": 0.5}])
def test_who_names_a_baseline_or_none_gets_no_defaults(baseline: Any) -> None:
    spec = settled("svm.SVC", {"C": C}, baseline=baseline)
    assert not spec.has_defaults_first
    assert spec.baseline_parameters == (baseline if isinstance(baseline, dict) else None)


@pytest.mark.parametrize("trial", [{"function": "a.b:train"}, {"command": "python t.py ${{search_space.C}}"}])
def test_a_function_and_a_command_have_no_defaults(trial: dict[str, Any]) -> None:
    spec = settled("svm.SVC", {"C": C}, trial=trial)
    assert spec.baseline_parameters is None
    assert not any("baseline" in notice for notice in spec.notices(2))


def test_a_sweep_on_record_that_says_nothing_of_them_has_not_tried_them() -> None:
    assert Spec.parse(fields_of("svm.SVC", {"C": C})).baseline_parameters is None


@pytest.mark.parametrize(
    ("depths", "fields", "reason"),
    [
        (
            (2, 3, 4, 5),
            {},
            "the 4 combinations of the search space take all of limits.max_total_trials; 5 would",
        ),
        ((2, 3, 4, 5, 6), {"constraints": ["max_depth != 6"]}, "the 4 combinations of the search space"),
        ((2, 3, 4), {"constraints": ["max_depth * 2 < 20"]}, "the defaults do not satisfy constraints.0"),
        ((2, 3, 4), {}, None),
        ((2, 3, 4, 5, 6), {}, None),
        ((2, 3, 4, None), {}, None),
    ],
)
def test_where_the_defaults_are_not_tried_that_is_told(
    depths: tuple[int, ...], fields: dict[str, Any], reason: str | None
) -> None:
    asked = fields_of("ensemble.RandomForestClassifier", {"max_depth": choice(*depths)}, **fields)
    spec = Spec.parse(asked)
    told = [notice for notice in spec.notices(2) if notice.startswith("baseline: ")]
    assert spec.settled(7, 2).has_defaults_first == (reason is None)
    assert len(told) == (reason is not None)
    assert all(str(reason) in notice for notice in told)
    if reason is not None:
        with pytest.raises(SpecError, match="baseline: must not be defaults: "):
            Spec.checked({**asked, "baseline": "defaults"}, is_trusted=True)
        assert not [n for n in Spec.parse({**asked, "baseline": "none"}).notices(2) if "baseline" in n]


def test_a_word_that_is_none_of_the_two_is_refused() -> None:
    with pytest.raises(SpecError, match="baseline: must be 'defaults' or 'none', got 'nothing'"):
        settled("svm.SVC", {"C": C}, baseline="nothing")
