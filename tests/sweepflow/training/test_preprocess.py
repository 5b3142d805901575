"""What each estimator gets by default, by `trial.preprocess`, and by names in the search space."""

import json
import subprocess
import sys
from pathlib import Path

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
from sweepflow.models.model_file import save_model
from sweepflow.space.search_space import SearchSpace
from sweepflow.training import EstimatorTrial
from sweepflow.training.preprocess import Preprocess
from sweepflow.training.preprocess_choice import fitting

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


@pytest.mark.parametrize("how", [None, "native", "target", "counts"])
def test_more_categories_than_bins_are_learned_from(how, tmp_path, job):
    names = [f"k{i}" for i in range(400)]
    table = pd.DataFrame({"kind": names * 3, "y": np.tile(["a", "b"], 600)})
    table.to_parquet(tmp_path / "t.parquet")
    source = DataSource(path=str(tmp_path / "t.parquet"), target="y")
    data = prepare(source, Validation(), tmp_path, is_classifier=True)
    values = []
    trial = EstimatorTrial(estimator=BOOSTING, preprocess={"many_categories": how})
    trial.train(job(data, "accuracy"), values.append)
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
    told = "there is no such step with categories: native, numbers: native, dates: numbers"
    assert check(fixed, {"max_iter": choice(3)}, prepared("label")) == [f"trial.parameters.{FILL}: {told}"]
    drop = "preprocess__categorical__encode__drop"
    flat = {CHOICE: choice("one_hot", "ordinal"), drop: choice("first", None)}
    drawn = EstimatorTrial(estimator="sklearn.linear_model.LogisticRegression")
    told = "there is no such step with categories: ordinal, numbers: scaled, dates: cyclic"
    assert check(drawn, flat, prepared("label")) == [f"search_space.{drop}: {told}"]
    nested = {"how": choice({CHOICE: "one_hot", drop: "first"}, {CHOICE: "ordinal"})}
    assert check(drawn, nested, prepared("label")) == []


def choice(*values):
    return {"type": "choice", "values": list(values)}


@pytest.mark.parametrize(
    ("estimator", "field", "value", "rule"),
    [
        (
            "linear_model.LogisticRegression",
            "categories",
            "native",
            "ordinal, one_hot, sparse, target, counts or null",
        ),
        ("linear_model.LogisticRegression", "numbers", "native", "imputed, scaled or null"),
        (
            "ensemble.HistGradientBoostingClassifier",
            "categories",
            "sparse",
            "native, ordinal, one_hot, target, counts or null",
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


# --- columns of many categories


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """A table with a column of 150 towns, of which half say yes nearly always, and one of two colors."""
    folder, generator = tmp_path_factory.mktemp("crowded"), np.random.default_rng(4)
    town, color = generator.integers(0, 150, 1500), generator.integers(0, 2, 1500)
    label = np.where(generator.random(1500) < np.where(town % 2, 0.9, 0.1), "yes", "no")
    table = pd.DataFrame({"town": [f"t{i}" for i in town], "color": [f"c{i}" for i in color], "label": label})
    table.loc[::50, "town"] = None
    table.to_parquet(folder / "t.parquet")
    source = DataSource(path=str(folder / "t.parquet"), target="label")
    return prepare(source, Validation(), folder, is_classifier=True)


NAMES = ("ensemble.HistGradientBoostingClassifier", "tree.DecisionTreeClassifier", "svm.LinearSVC")


@pytest.mark.parametrize("name", NAMES)
def test_a_column_of_many_categories_is_encoded_by_the_target(name, crowded, job):
    values, others = [], []
    EstimatorTrial(estimator=f"sklearn.{name}").train(job(crowded, "accuracy"), values.append)
    counts = EstimatorTrial(estimator=f"sklearn.{name}", preprocess={"many_categories": "counts"})
    counts.train(job(crowded, "accuracy"), others.append)
    assert values[0]["accuracy"] > 0.75
    assert others[0]["accuracy"] < 0.7


@pytest.mark.parametrize(
    ("parameters", "categories", "many"),
    [
        ({}, "one_hot", "target"),
        ({"many_categories": "counts"}, "one_hot", "counts"),
        ({"many__encode__smooth": 5.0}, "one_hot", "target"),
        ({"categorical__encode__max_categories": 50}, "one_hot", "one_hot"),
        ({"categories": "ordinal"}, "ordinal", "ordinal"),
        ({"categories": "ordinal", "many__encode__smooth": 5.0}, "ordinal", "target"),
    ],
)
def test_many_categories_go_with_the_others_where_the_spec_speaks_of_all(
    parameters, categories, many, crowded
):
    how, _ = fitting(LogisticRegression(), crowded, parameters, None)
    assert (how.categories, how.many_categories) == (categories, many)


def test_with_many_classes_many_categories_are_counted(crowded):
    many_classes = crowded.model_copy(update={"labels": tuple(range(11))})
    assert fitting(LogisticRegression(), many_classes, {}, None)[0].many_categories == "counts"


def test_the_smoothing_of_the_means_is_searched(crowded, job):
    smooth = "preprocess__many__encode__smooth"
    trial = EstimatorTrial(estimator="sklearn.linear_model.LogisticRegression")
    assert list(trial.check(frozenset({smooth, "preprocess__many_categories"}), is_trusted=False)) == []
    assert check(trial, {smooth: choice(1.0, 100.0)}, crowded) == []
    assert "a float in the range [0.0, inf)" in trial.rules().refusal(smooth, -1.0)
    model = trial.train(job(crowded, **{smooth: 100.0}), [].append).model
    assert model["preprocess"].named_transformers_["many"]["encode"].smooth == 100.0


# --- the model file

IN_A_NEW_PROCESS = """
import json, sys
import pandas as pd
from sweepflow.models.model_file import load_model
rows = pd.DataFrame(json.loads(sys.argv[1]))
print(json.dumps([load_model(path).predict_proba(rows)[:, 1].tolist() for path in sys.argv[2:]]))
"""


def test_models_predict_in_a_new_process_what_they_have_here(crowded, job, tmp_path):
    rows = {"town": ["t1", "never seen", None], "color": ["never seen", None, "c0"]}
    expected, paths = [], []
    for how in ("native", "ordinal", "one_hot", "target", "counts"):
        trial = EstimatorTrial(
            estimator=BOOSTING, preprocess={"categories": how}, parameters={"max_iter": 3, "random_state": 0}
        )
        model = trial.train(job(crowded, "accuracy"), [].append).model
        expected.append(model.predict_proba(pd.DataFrame(rows))[:, 1].tolist())
        paths.append(str(tmp_path / f"{how}.skops"))
        save_model(model, Path(paths[-1]))
    command = [sys.executable, "-c", IN_A_NEW_PROCESS, json.dumps(rows), *paths]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(found.stdout) == expected
