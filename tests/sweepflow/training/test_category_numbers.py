"""Categories as means of the target, and as counts."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold
from sklearn.preprocessing import TargetEncoder

from sweepflow.training.category_numbers import CategoryCounts, TargetMeans

N = 200
GENERATOR = np.random.default_rng(3)
KIND = np.array([f"k{i}" for i in GENERATOR.integers(0, 30, N)], dtype=object)
KIND[::19] = np.nan
TABLE = pd.DataFrame({"kind": KIND, "place": [f"p{i}" for i in GENERATOR.integers(0, 4, N)]})
ASKED = pd.DataFrame({"kind": ["k1", None, "never seen"], "place": ["p1", "p2", "never seen"]})
TARGETS = {
    "continuous": GENERATOR.normal(size=N),
    "binary": GENERATOR.choice(["no", "yes"], N),
    "multiclass": GENERATOR.choice(["a", "b", "c"], N),
}


@pytest.mark.parametrize("smooth", ["auto", 10.0])
@pytest.mark.parametrize("kind", list(TARGETS))
def test_means_are_those_of_scikit_learn(kind, smooth):
    theirs = TargetEncoder(target_type=kind, smooth=smooth)
    columns, table = TARGETS[kind], TABLE.astype(object)
    ours = TargetMeans(has_classes=kind != "continuous", smooth=smooth).fit(TABLE, columns)
    expected = theirs.fit(table, columns).transform(ASKED.astype(object).fillna(np.nan))
    np.testing.assert_allclose(ours.transform(ASKED), expected)
    assert len(ours.get_feature_names_out()) == expected.shape[1]


@pytest.mark.parametrize("kind", list(TARGETS))
def test_a_training_row_gets_the_means_of_rows_of_other_folds(kind):
    target, has_classes = TARGETS[kind], kind != "continuous"
    found = TargetMeans(has_classes=has_classes).fit_transform(TABLE, target)
    for others, fold in KFold(5, shuffle=True, random_state=0).split(TABLE):
        of_others = TargetMeans(has_classes=has_classes).fit(TABLE.iloc[others], target[others])
        np.testing.assert_allclose(found[fold], of_others.transform(TABLE.iloc[fold]))


def test_a_column_with_a_text_of_its_own_in_each_row_tells_nothing_of_the_target():
    table = pd.DataFrame({"id": [f"r{i}" for i in range(N)]})
    found = TargetMeans(has_classes=True).fit_transform(table, TARGETS["binary"])
    assert len(np.unique(found)) <= 5  # the mean of the other folds, for each fold


@pytest.mark.parametrize("n_rows", [1, 2, 3])
def test_few_rows_have_means_too(n_rows):
    found = TargetMeans().fit_transform(TABLE[:n_rows], np.arange(n_rows))
    assert np.isfinite(found).all()


def test_several_targets_have_a_mean_each():
    target = np.column_stack([TARGETS["continuous"], -TARGETS["continuous"]])
    found = TargetMeans().fit(TABLE, target).transform(ASKED)
    np.testing.assert_allclose(found[:, [0, 2]], -found[:, [1, 3]])


def test_counts_are_of_training_rows_with_the_same_text_or_none():
    found = CategoryCounts().fit(TABLE).transform(ASKED)
    missing = int(TABLE["kind"].isna().sum())
    known = [
        int((TABLE[name] == text).sum()) for name, text in (("kind", "k1"), ("place", "p1"), ("place", "p2"))
    ]
    assert found.tolist() == [[known[0], known[1]], [missing, known[2]], [0, 0]]
