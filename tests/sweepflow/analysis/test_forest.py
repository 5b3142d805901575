import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor

from sweepflow.analysis.forest import Forest


@pytest.mark.parametrize("n", [60, 400])
def test_it_predicts_as_well_as_the_forest_of_scikit_learn(n):
    generator, n_all = np.random.default_rng(n), n + 2000
    table = np.column_stack([generator.random((n_all, 3)), generator.integers(2, size=n_all)])
    target = table[:, 0] ** 2 + table[:, 1] * table[:, 3] + generator.normal(0, 0.1, n_all)
    known, fresh = slice(0, n), slice(n, n_all)
    ours = Forest.fitted(table[known], target[known], 0)
    theirs = RandomForestRegressor(100, min_samples_leaf=2, oob_score=True, random_state=0)
    theirs.fit(table[known], target[known])

    def explained(predicted):
        return 1 - np.mean((predicted - target[fresh]) ** 2) / np.var(target[fresh])

    assert explained(ours.predict(table[fresh])) > explained(theirs.predict(table[fresh])) - 0.03
    assert ours.explained == pytest.approx(theirs.oob_score_, abs=0.05)


def test_equal_rows_get_the_mean_of_what_they_have_shown():
    table, target = np.array([[0.0]] * 20 + [[1.0]] * 20), np.array([0.0, 2.0] * 10 + [10.0, 20.0] * 10)
    assert Forest.fitted(table, target, 0).predict(np.array([[0.0], [1.0]])) == pytest.approx(
        [1, 15], abs=0.8
    )


def test_values_that_it_has_not_seen_go_with_the_nearest():
    table = np.linspace(0, 1, 100)[:, None]
    forest = Forest.fitted(table, table[:, 0], 0)
    low, middle, high = forest.predict(np.array([[-1e300], [0.503], [1e300]]))
    assert low < 0.05
    assert middle == pytest.approx(0.5, abs=0.05)
    assert high > 0.95
