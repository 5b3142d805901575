"""Preprocessing by weight: a row of weight three is three equal rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import features_and_target, load_part, load_roles
from sweepflow.data.roles import NO_ROLES, RoleColumns
from sweepflow.data.source import DataSource, Validation
from sweepflow.metrics.scorers import objective_of
from sweepflow.models.model_file import load_model, save_model
from sweepflow.training import EstimatorTrial
from sweepflow.training.job import Job
from sweepflow.training.pipeline import fit_preprocess
from sweepflow.training.preprocess import Preprocess
from sweepflow.training.preprocessor import unfitted
from sweepflow.training.weighted import weighted_median

N_ROWS = 400
VALUES = st.lists(st.tuples(st.integers(-5, 5), st.integers(1, 4)), min_size=1, max_size=20)


@given(values=VALUES)
def test_the_median_by_weight_is_that_of_repeated_values(values):
    numbers, weights = np.array(values).T.astype(float)
    expected = np.median(np.repeat(numbers, weights.astype(int)))
    assert weighted_median(numbers, weights) == expected


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    generator = np.random.default_rng(0)
    x = generator.normal(size=N_ROWS)
    table = pd.DataFrame(
        {
            "x": np.where(generator.random(N_ROWS) < 0.2, np.nan, x.round(2)),
            "flag": generator.random(N_ROWS) < 0.3,
            "kind": generator.choice(list("abcde"), N_ROWS),
            "street": [f"s{n}" for n in generator.integers(0, 130, N_ROWS)],
            "w": generator.integers(0, 5, N_ROWS),
            "y": x + generator.normal(0, 0.5, N_ROWS),
        }
    )
    path = tmp_path_factory.mktemp("weighted") / "t.csv"
    table.to_csv(path, index=False)
    source = DataSource(path=str(path), target="y", weight="w")
    return prepare(source, Validation(), path.parent / "cache", is_classifier=False)


def rows_of(data):
    """The training rows, their targets and their roles."""
    table, target = features_and_target(load_part(data.folder, "train"), data)
    return table, target, load_roles(data, "train")


def repeated(table, target, roles):
    times = np.repeat(np.arange(len(target)), roles.weight.astype(int))
    return table.iloc[times].reset_index(drop=True), target[times]


@pytest.mark.parametrize(
    ("how", "parameters"),
    [
        ({"categories": "one_hot", "many_categories": "counts", "numbers": "scaled"}, {}),
        ({"categories": "target", "many_categories": "target", "numbers": "imputed"}, {}),
        ({"categories": "counts", "many_categories": "counts", "numbers": "scaled"}, {}),
        (
            {"categories": "native", "many_categories": "native", "numbers": "native"},
            {"categorical__encode__max_categories": 20, "categorical__encode__min_frequency": 6},
        ),
        ({"categories": "ordinal", "numbers": "imputed"}, {"numeric__impute__strategy": "mean"}),
        ({"categories": "ordinal", "numbers": "imputed"}, {"numeric__impute__strategy": "most_frequent"}),
    ],
)
def test_the_preprocessing_of_weighted_rows_is_that_of_repeated_ones(data, how, parameters):
    table, target, roles = rows_of(data)
    weighted = unfitted(data, parameters, Preprocess(**how))
    fit_preprocess(weighted, table, target, roles, 0)
    bare = data.model_copy(update={"roles": RoleColumns()})
    plain = unfitted(bare, parameters, Preprocess(**how))
    fit_preprocess(plain, *repeated(table, target, roles), NO_ROLES, 0)
    ours, theirs = (np.asarray(each.transform(table), dtype=float) for each in (weighted, plain))
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("steps", [[], [{"curve": "sklearn.preprocessing.SplineTransformer"}]])
def test_a_model_of_weighted_rows_is_that_of_repeated_ones_and_comes_back_from_its_file(
    data, steps, tmp_path
):
    trial = EstimatorTrial(
        estimator="sklearn.linear_model.Ridge",
        preprocess={"many_categories": "counts"},
        steps=steps,
        parameters={"curve__knots": "quantile"} if steps else {},
    )
    objective = objective_of("r2")
    job = Job(parameters={}, data=data, objective=objective, metrics=("r2",))
    model = trial.train(job, lambda _: None).model
    table, target, roles = rows_of(data)
    bare = data.model_copy(update={"roles": RoleColumns()})
    plain: Pipeline = trial.model({}, bare).fit(*repeated(table, target, roles))
    np.testing.assert_allclose(model.predict(table), plain.predict(table), atol=1e-8)
    save_model(model, tmp_path / "model.skops")
    found = load_model(tmp_path / "model.skops").predict(table)
    np.testing.assert_allclose(found, model.predict(table))
