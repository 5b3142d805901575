"""Which estimator a first spec tunes is decided on rows of the table, never on those of the test."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import PreparedData
from sweepflow.data.source import DataSource, Validation
from sweepflow.starter import Comparison, Family, Task, compare, families, plan
from sweepflow.starter.comparison import trial_of
from sweepflow.training.job import Job
from sweepflow.trials.objective import Objective

REGRESSION = Task(
    is_classification=False, n_classes=0, n_rows=400, is_uneven=False, n_columns=4, has_many_rows=False
)
LINEAR = ("ridge regression", "logistic regression")
CLASSES = REGRESSION._replace(is_classification=True, n_classes=2)


def prepared(folder: Path, target: str, n_rows: int = 200, **features: object) -> PreparedData:
    generator = np.random.default_rng(0)
    table = pd.DataFrame(generator.normal(size=(n_rows, 4)), columns=list("abcd"))
    table["line"] = table.a + 2 * table.b - table.c + generator.normal(size=n_rows) / 10
    table["step"] = np.sign(table.a * table.b) + np.sign(table.c) + generator.normal(size=n_rows) / 10
    table["coin"] = generator.choice(["yes", "no"], size=n_rows)
    table["both"] = table.line + table.step
    table["curve"] = table.a**2 + table.b + generator.normal(size=n_rows) / 3
    table["class"] = np.where(table.a * table.b + generator.normal(size=n_rows) / 3 > 0, "yes", "no")
    table = table[[*"abcd", target]].assign(**features)
    table.to_csv(folder / "t.csv", index=False)
    source = DataSource(path=str(folder / "t.csv"), target=target)
    return prepare(source, Validation(), folder / "cache", is_classifier=target in ("class", "coin"))


def few(task: Task) -> list[Family]:
    """Those of the families that take little time."""
    return [family for family in families(task) if family.name in ("gradient boosting", *LINEAR)]


def best(comparison: Comparison) -> str:
    assert comparison.best
    return comparison.best.name


def test_the_family_that_fits_the_table_comes_first(tmp_path: Path) -> None:
    line = compare(few(REGRESSION), prepared(tmp_path, "line"), "r2", 5, 0)
    assert line.tried[0].family.estimator.endswith(("Ridge", "VotingRegressor"))
    step = compare(few(REGRESSION), prepared(tmp_path, "step"), "r2", None, 0)
    assert best(step) != "ridge regression"
    values = [tried.value for tried in line.tried if tried.value is not None]
    assert values == sorted(values, reverse=True)
    assert (line.n_rows, line.n_folds) == (160, 5)


def test_curves_are_found_and_tuned_with_splines_before_the_estimator(tmp_path: Path) -> None:
    found = compare(families(REGRESSION), prepared(tmp_path, "curve"), "r2", None, 0)
    assert best(found) == "ridge regression with splines"
    assert found.best
    planned = plan(found.best, REGRESSION)
    assert planned.family.estimator == "sklearn.linear_model.Ridge"
    assert "SplineTransformer" in (planned.steps or "")
    assert [name for name, _, _ in planned.space] == ["curve__n_knots", "alpha"]


def test_the_comparison_is_the_same_every_time_and_does_not_read_the_test_rows(tmp_path: Path) -> None:
    data = prepared(tmp_path, "class")
    first = compare(few(CLASSES), data, "roc_auc", None, 0)
    Path(data.folder, "test.arrow").unlink()
    assert compare(few(CLASSES), data, "roc_auc", None, 0) == first


def test_of_many_rows_a_part_is_tried(tmp_path: Path) -> None:
    linear, data = few(REGRESSION)[-1:], prepared(tmp_path, "line", 20_000)
    assert compare(linear, data, "r2", None, 0).n_rows == pytest.approx(15_000, abs=2)
    assert compare(linear, data, "r2", 5, 0).n_rows == pytest.approx(3000, abs=2)


def test_an_estimator_that_cannot_learn_from_the_table_comes_last_with_the_reason(tmp_path: Path) -> None:
    linear = few(REGRESSION)[-1]
    broken = linear._replace(name="broken", parameters={"alpha": -1})
    found = compare([broken, linear], prepared(tmp_path, "line"), "r2", None, 0)
    assert best(found) == linear.name
    assert "alpha" in found.tried[1].problem
    alone = compare([broken], prepared(tmp_path, "line"), "r2", None, 0)
    assert alone.best is None


def test_of_many_classes_none_is_boosted() -> None:
    assert "gradient boosting" in {family.name for family in families(CLASSES._replace(n_classes=20))}
    assert "gradient boosting" not in {family.name for family in families(CLASSES._replace(n_classes=21))}


def test_boosting_is_also_tried_as_it_is_usually_tuned(tmp_path: Path) -> None:
    boosting = families(CLASSES)[0]
    found = compare([boosting], prepared(tmp_path, "class"), "roc_auc", None, 0)
    assert {tried.name for tried in found.tried} == {"gradient boosting", "gradient boosting, small steps"}
    assert [tried.family for tried in found.tried] == [boosting, boosting]
    assert found.tried[0].value != found.tried[1].value


def test_a_blend_is_told_with_the_value_that_it_has_where_it_is_better_than_each_alone(
    tmp_path: Path,
) -> None:
    data = prepared(tmp_path, "both")
    found = compare(few(REGRESSION), data, "r2", 5, 0)
    blended, alone = found.tried[0], found.tried[1]
    assert blended.name == "a blend of gradient boosting and ridge regression"
    assert (blended.value or 0) > (alone.value or 1)
    assert [sorted(part) for part in blended.family.parameters["estimators"]] == [["boosting"], ["linear"]]
    assert blended.family.parameters["weights"] == [each.weight for each in blended.family.members]
    spec = trial_of(blended.family.estimator, blended.family.parameters)
    objective = Objective(primary_metric="r2", goal="maximize")
    reports: list[float] = []
    job = Job(parameters={}, data=data, objective=objective, metrics=(), folds=5, seed=0)
    spec.train(job, lambda metrics: reports.append(float(str(metrics["r2"]))))
    assert reports[-1] == pytest.approx(blended.value)


def test_boosting_in_a_blend_does_not_stop_by_rows_of_the_same_groups(tmp_path: Path) -> None:
    prepared(tmp_path, "both", visit=np.arange(200) // 4)
    source = DataSource(path=str(tmp_path / "t.csv"), target="both", group="visit")
    data = prepare(source, Validation(folds=5), tmp_path / "cache", is_classifier=False)
    found = compare(few(REGRESSION), data, "r2", 5, 0)
    (blended,) = [tried.family for tried in found.tried if tried.family.members]
    boosting, linear = (part for each in blended.parameters["estimators"] for part in each.values())
    assert boosting["parameters"]["early_stopping"] is False
    assert "parameters" not in linear


def test_a_blend_of_classes_is_of_their_probabilities(tmp_path: Path) -> None:
    found = compare(few(CLASSES), prepared(tmp_path, "class", words=["a", "b"] * 100), "roc_auc", 5, 0)
    for tried in found.tried:
        if tried.family.members:
            assert tried.family.parameters["voting"] == "soft"
    assert all(tried.value is not None for tried in found.tried)


def test_a_class_that_a_fold_lacks_is_no_matter_for_warnings(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    table = pd.DataFrame(generator.normal(size=(150, 2)), columns=["a", "b"])
    table["visit"] = np.arange(150) // 15
    table["y"] = np.where(table.visit >= 7, "late", generator.choice(["yes", "no"], size=150))
    table.to_csv(tmp_path / "t.csv", index=False)
    source = DataSource(path=str(tmp_path / "t.csv"), target="y", group="visit")
    data = prepare(source, Validation(folds=5), tmp_path / "cache", is_classifier=True)
    found = compare(few(CLASSES)[1:], data, "balanced_accuracy", 5, 0)
    assert [tried.problem for tried in found.tried] == [""]


def test_on_one_split_nothing_is_blended(tmp_path: Path) -> None:
    found = compare(few(REGRESSION), prepared(tmp_path, "both"), "r2", None, 0)
    assert not any(tried.family.members for tried in found.tried)


def test_of_many_rows_boosting_comes_first_unless_another_is_better_by_more_than_chance(
    tmp_path: Path,
) -> None:
    coin = compare(few(CLASSES), prepared(tmp_path, "coin", 6000), "roc_auc", None, 0)
    assert best(coin) == "gradient boosting"
    assert max(tried.value or 0 for tried in coin.tried) > (coin.tried[0].value or 1)
    line = compare(few(REGRESSION), prepared(tmp_path, "line", 6000), "r2", None, 0)
    assert best(line) == "ridge regression"
