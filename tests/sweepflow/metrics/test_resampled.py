import numpy as np
import pytest

from sweepflow.metrics import resampled
from sweepflow.metrics.resampled import resampled_values
from sweepflow.metrics.units import units_of


@pytest.mark.parametrize("n_rows", [7, 300, 30_000])
def test_resamples_are_the_same_however_many_are_drawn_together(monkeypatch, n_rows):
    numbers = np.random.default_rng(3).normal(size=n_rows)

    def found():
        return resampled_values(lambda counts: counts @ numbers, units_of(n_rows), np.random.default_rng(0))

    at_once = found()
    monkeypatch.setattr(resampled, "_MOST_COUNTS", 3 * n_rows)
    np.testing.assert_allclose(found(), at_once, rtol=1e-9)


def test_many_rows_are_not_counted_for_all_resamples_together():
    n_rows, largest = 200_000, []

    def scorer(counts):
        largest.append(counts.nbytes)
        return counts[:, 0].astype(float)

    assert len(resampled_values(scorer, units_of(n_rows), np.random.default_rng(0))) == 100
    assert max(largest) <= 16_000_000
