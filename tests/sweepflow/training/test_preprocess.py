"""What each estimator gets by default, by `trial.preprocess`, and by names in the search space."""

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from sweepflow.data.prepare import prepare
from sweepflow.data.source import DataSource, Validation
from sweepflow.space.search_space import SearchSpace
from sweepflow.training import EstimatorTrial
from sweepflow.training.preprocess import Preprocess, fitting

BOOSTING = "sklearn.ensemble.HistGradientBoostingClassifier"
CHOICE = "preprocess__categories"
FILL, MOST = "preprocess__numeric__impute__strategy", "preprocess__categorical__encode__max_categories"


@pytest.mark.parametrize(
    ("estimator", "categories", "numbers"),
    [
        (HistGradientBoostingClassifier(), "native", "native"),
        (RandomForestClassifier(), "ordinal", "native"),
        (DecisionTreeClassifier(), "ordinal", "native"),
        (GradientBoostingClassifier(), "ordinal", "imputed"),
        (LogisticRegression(), "one_hot", "scaled"),
    ],
)
def test_an_estimator_gets_what_it_takes(estimator, categories, numbers, prepared):
    how, _ = fitting(estimator, prepared("label"), {}, None)
    assert (how.categories, how.numbers) == (categories, numbers)


@pytest.mark.parametrize(
    ("name", "value", "categories", "numbers"),
    [
        ("numeric__impute__strategy", "mean", "native", "imputed"),
        ("date__impute__strategy", "mean", "native", "imputed"),
        ("numeric__scale__with_mean", False, "native", "scaled"),
        ("categorical__impute__fill_value", "none", "ordinal", "native"),
        ("categorical__encode__max_categories", 3, "native", "native"),
        ("categorical__encode__drop", "first", "one_hot", "native"),
        ("categories", "one_hot", "one_hot", "native"),
        ("numbers", "scaled", "native", "scaled"),
        ("categories", None, "native", "native"),
    ],
)
def test_a_parameter_of_a_step_gets_that_step(name, value, categories, numbers, prepared):
    how, _ = fitting(HistGradientBoostingClassifier(), prepared("label"), {name: value}, None)
    assert (how.categories, how.numbers) == (categories, numbers)


def test_a_parameter_counts_more_than_the_fixed_choice_and_that_more_than_the_rule(prepared):
    fixed, data = Preprocess(categories="ordinal", numbers="imputed"), prepared("label")
    how, _ = fitting(RandomForestClassifier(), data, {"categories": "one_hot"}, fixed)
    assert (how.categories, how.numbers) == ("one_hot", "imputed")


@pytest.mark.parametrize(("asked", "got"), [(None, 31), (10, 10), (100, 31)])
def test_boosting_gets_at_most_as_many_categories_as_it_has_bins(asked, got, prepared):
    name = "categorical__encode__max_categories"
    given = {} if asked is None else {name: asked}
    _, steps = fitting(HistGradientBoostingClassifier(max_bins=31), prepared("label"), given, None)
    assert steps[name] == got


def test_more_categories_than_bins_are_learned_from(tmp_path, job):
    names = [f"k{i}" for i in range(400)]
    table = pd.DataFrame({"kind": names * 3, "y": np.tile(["a", "b"], 600)})
    table.to_parquet(tmp_path / "t.parquet")
    source = DataSource(path=str(tmp_path / "t.parquet"), target="y")
    data = prepare(source, Validation(), tmp_path, is_classifier=True)
    values = []
    EstimatorTrial(estimator=BOOSTING).train(job(data, "accuracy"), values.append)
    assert len(values) == 1


@pytest.mark.parametrize("how", ["native", "ordinal", "one_hot"])
@pytest.mark.parametrize("where", ["field", "parameter", "drawn"])
def test_the_choice_is_fixed_in_the_spec_or_drawn(where, how, prepared, job):
    data = prepared("label")
    trial = EstimatorTrial(
        estimator=BOOSTING,
        preprocess={"categories": how} if where == "field" else None,
        parameters={CHOICE: how} if where == "parameter" else {},
    )
    drawn = {CHOICE: how} if where == "drawn" else {}
    model = trial.train(job(data, **drawn), [].append).model
    encoder = model["preprocess"].named_transformers_["categorical"]["encode"]
    kinds = {"native": "CategoryColumns", "ordinal": "OrdinalEncoder", "one_hot": "OneHotEncoder"}
    assert type(encoder).__name__ == kinds[how]


def check(trial, space, data):
    space = TypeAdapter(SearchSpace).validate_python(space)
    found = trial.check_data(
        data,
        space=space,
        metrics=[("objective.primary_metric", "accuracy")],
        validation=Validation(),
        allows=bool,
    )
    return [f"{problem.path}: {problem.message}" for problem in found]


def test_a_step_that_the_chosen_preprocessing_lacks_is_named(prepared):
    fixed = EstimatorTrial(estimator=BOOSTING, preprocess={"numbers": "native"}, parameters={FILL: "mean"})
    told = "there is no such step with categories: native, numbers: native"
    assert check(fixed, {"max_iter": choice(3)}, prepared("label")) == [f"trial.parameters.{FILL}: {told}"]
    drop = "preprocess__categorical__encode__drop"
    flat = {CHOICE: choice("one_hot", "ordinal"), drop: choice("first", None)}
    drawn = EstimatorTrial(estimator="sklearn.linear_model.LogisticRegression")
    told = "there is no such step with categories: ordinal, numbers: scaled"
    assert check(drawn, flat, prepared("label")) == [f"search_space.{drop}: {told}"]
    nested = {"how": choice({CHOICE: "one_hot", drop: "first"}, {CHOICE: "ordinal"})}
    assert check(drawn, nested, prepared("label")) == []


def choice(*values):
    return {"type": "choice", "values": list(values)}


@pytest.mark.parametrize(
    ("estimator", "field", "value", "rule"),
    [
        ("linear_model.LogisticRegression", "categories", "native", "ordinal, one_hot, sparse or null"),
        ("linear_model.LogisticRegression", "numbers", "native", "imputed, scaled or null"),
        (
            "ensemble.HistGradientBoostingClassifier",
            "categories",
            "sparse",
            "native, ordinal, one_hot or null",
        ),
    ],
)
def test_what_an_estimator_cannot_take_is_refused(estimator, field, value, rule):
    path = f"sklearn.{estimator}"
    (problem,) = EstimatorTrial(estimator=path, preprocess={field: value}).check(frozenset(), is_trusted=True)
    assert problem.path == f"trial.preprocess.{field}"
    assert problem.message == f"must be {rule} for {path}, got '{value}'"
    refusal = EstimatorTrial(estimator=path).rules().refusal(f"preprocess__{field}", value)
    assert refusal.endswith(f"or null, got '{value}'")
