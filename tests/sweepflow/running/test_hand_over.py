"""Whose model is handed over, and the verdict, on a table whose label only deep trees can learn."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score

from recorded import curve, ranked_row
from sweepflow.archive.folder import SweepFolder
from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import PreparedData, features_and_target, load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.models.model_file import load_model
from sweepflow.result import SelectedModel, Verdict
from sweepflow.running.hand_over import HandOver
from sweepflow.spec.spec import Spec
from sweepflow.trials.rows import RankedRow

FLAT, DEEP = {"max_depth": 1}, {"max_depth": 8}


def spec_of(**fields: Any) -> Spec:
    baseline = fields.pop("baseline", FLAT)
    return Spec.parse(
        {
            "data": {"path": "t.csv", "target": "y"},
            "trial": {
                "estimator": "sklearn.ensemble.RandomForestClassifier",
                "parameters": {"n_estimators": 10, "random_state": 0},
            },
            "search_space": {"max_depth": {"type": "choice", "values": [1, 2, 8]}},
            "objective": {"primary_metric": "accuracy", "goal": "maximize"},
            "limits": {"max_total_trials": 9},
            "baseline": baseline,
            **fields,
        }
    ).settled(7, 2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], PreparedData]:
    """Rows whose label is the exclusive or of two signs; `is_turned` turns it round in the test rows."""

    def make(is_turned: bool) -> PreparedData:
        folder = tmp_path_factory.mktemp("data")
        generator = np.random.default_rng(0)
        a, b = generator.normal(size=(2, 600))
        part = np.repeat(["train", "validation", "test"], [300, 150, 150])
        is_noise = generator.random(600) < 0.1
        y = ((a > 0) ^ (b > 0)) ^ is_noise ^ (is_turned & (part == "test"))
        table = pd.DataFrame({"a": a, "b": b, "part": part, "y": np.where(y, "yes", "no")})
        table.to_csv(folder / "t.csv", index=False)
        source = DataSource(path=str(folder / "t.csv"), target="y")
        return prepare(source, Validation(part="part"), folder / "cache", is_classifier=True)

    return make


@pytest.fixture
def folder(tmp_path: Path) -> SweepFolder:
    return SweepFolder(tmp_path, "s").create()


def row(number: int, parameters: Any, value: float, **fields: Any) -> RankedRow:
    outcome = {"value": value, "best_interval": 1, "intervals": 1}
    return ranked_row(number, **{"parameters": parameters, **outcome, **fields})


def hand_over(spec: Spec, data: PreparedData | None, folder: SweepFolder, *rows: RankedRow) -> SelectedModel:
    return HandOver(spec, data, rows, [], folder).run()


def verdict_of(found: SelectedModel) -> Verdict:
    assert found.verdict is not None
    return found.verdict


def depth(found: SelectedModel) -> Any:
    return load_model(str(found.model_path))["estimator"].max_depth


def test_a_tuned_model_that_is_better_is_handed_over_with_its_lead_on_the_test_rows(
    data: Any, folder: SweepFolder
) -> None:
    prepared = data(False)
    found = hand_over(spec_of(), prepared, folder, row(1, DEEP, 0.9), row(0, FLAT, 0.5))
    told = verdict_of(found)
    assert (found.number, depth(found), found.n_rows, told.kept) == (1, 8, 450, "tuned")
    features, truth = features_and_target(load_part(prepared.folder, "test"), prepared)
    both = pd.concat([load_part(prepared.folder, "train"), load_part(prepared.folder, "validation")])
    flat = spec_of().trial.model(FLAT, prepared).fit(*features_and_target(both, prepared))  # type: ignore[union-attr]
    models = (load_model(str(found.model_path)), flat)
    tuned, baseline = (accuracy_score(truth, model.predict(features)) for model in models)
    assert told.difference == pytest.approx(tuned - baseline)
    assert 0.1 < told.low < told.difference < told.high  # type: ignore[operator]
    assert told.text.startswith(f"tuned beats the baseline by {told.difference:.2f} (")
    assert [file.name for file in folder.path.iterdir() if "tmp" in file.name] == []


def test_a_tuned_model_that_only_looked_better_is_not(data: Any, folder: SweepFolder) -> None:
    found = hand_over(spec_of(baseline=DEEP), data(False), folder, row(1, FLAT, 0.99), row(0, DEEP, 0.9))
    told = verdict_of(found)
    assert (found.number, depth(found), told.kept, told.tuned) == (0, 8, "baseline", 1)
    assert told.difference < 0  # type: ignore[operator]
    assert told.text.startswith("tuning did not help here: the baseline is kept; on the test rows the best")


@pytest.mark.parametrize(("select", "number"), [("not_worse_than_default", 0), ("best", 1)])
def test_a_tuned_model_that_the_test_rows_prove_worse_is_not_handed_over_unless_the_best_is_asked_for(
    select: str, number: int, data: Any, folder: SweepFolder
) -> None:
    rows = row(1, DEEP, 0.9), row(0, FLAT, 0.5)
    found = hand_over(spec_of(select=select), data(True), folder, *rows)
    told = verdict_of(found)
    assert found.number == number
    assert (found.why_not_first is None) == (number == 1)
    assert depth(found) == (DEEP if number else FLAT)["max_depth"]
    assert told.high < 0  # type: ignore[operator]
    assert ("because on the test rows the tuned model is worse" in told.text) == (number == 0)
    assert ("tuned is worse than the baseline by" in told.text) == (number == 1)


def test_one_standard_error_takes_the_quickest_of_those_as_good(data: Any, folder: SweepFolder) -> None:
    rows = (
        row(2, DEEP, 0.9, seconds=9.0),
        row(3, {"max_depth": 2}, 0.899, seconds=3.0),
        row(4, {"max_depth": 2}, 0.898, state="terminated", seconds=1.0),
        row(0, FLAT, 0.5, seconds=0.5),
    )
    found = hand_over(spec_of(select="one_standard_error"), data(False), folder, *rows)
    assert found.number == 3
    assert verdict_of(found).tuned == 3
    told = "handed over is trial 3, not trial 2, the leaderboard's first: within one standard error of it"
    assert str(found.why_not_first).startswith(told)


def test_the_choice_is_made_over_the_folds_where_there_are_folds(data: Any, folder: SweepFolder) -> None:
    spec = spec_of(validation={"folds": 4})
    values = {0: [0.8, 0.6, 0.7, 0.9], 1: [0.85, 0.55, 0.75, 0.852]}
    means = {number: np.cumsum(each) / np.arange(1, 5) for number, each in values.items()}
    reports = [report for number, each in means.items() for report in curve(number, *each, name="accuracy")]
    rows = [row(number, (FLAT, DEEP)[number], means[number][-1], intervals=4) for number in (1, 0)]
    found = HandOver(spec, data(False), rows, reports, folder).run()
    assert found.verdict is not None
    # A lead of 0.0005 is less than half its error; yet the test rows prove the deep one better.
    assert found.verdict.text.endswith("though not on validation rows")
    assert (found.number, found.verdict.kept) == (1, "tuned")


def test_without_a_baseline_that_has_a_value_the_verdict_says_why(data: Any, folder: SweepFolder) -> None:
    failed = row(0, FLAT, 0.5, state="failed", error="out of memory")
    found = hand_over(spec_of(), data(False), folder, row(1, DEEP, 0.9), failed)
    assert (found.number, verdict_of(found).difference) == (1, None)
    assert verdict_of(found).text == "no verdict on the baseline: it failed (trial 0): out of memory"
    broken = row(1, DEEP, 0.9, state="failed", error="out of memory")
    left = hand_over(spec_of(), data(False), folder, row(0, FLAT, 0.5), broken)
    text = "tuning did not help here: the baseline is kept, no other trial has a value"
    assert (left.number, verdict_of(left).text, verdict_of(left).kept) == (0, text, "baseline")
    alone = hand_over(spec_of(), data(False), folder, row(0, FLAT, 0.5))
    text = "nothing was tuned: the baseline had the only trial"
    assert (alone.number, verdict_of(alone).text, verdict_of(alone).kept) == (0, text, "baseline")


def test_warnings_of_a_model_that_is_fitted_again_stay_off_the_terminal(
    data: Any, folder: SweepFolder
) -> None:
    steps = [{"select": "sklearn.feature_selection.SelectKBest"}]  # warns that there are no 10 columns
    spec = spec_of(trial={"estimator": "sklearn.tree.DecisionTreeClassifier", "steps": steps})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = hand_over(spec, data(False), folder, row(1, DEEP, 0.9), row(0, FLAT, 0.5))
    assert found.model_path is not None
    assert not caught


def test_a_function_has_no_verdict(folder: SweepFolder) -> None:
    spec = spec_of(trial={"function": "a:b"}, data=None)
    found = hand_over(spec, None, folder, row(1, DEEP, 0.9), row(0, FLAT, 0.5))
    assert found == SelectedModel(number=1)
