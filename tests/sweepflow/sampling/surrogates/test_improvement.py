import numpy as np
import pytest
from scipy import stats

from sweepflow.sampling.surrogates.improvement import Improvement, log_improvement
from sweepflow.sampling.surrogates.process import Hyperparameters, Process

STREAM = np.random.default_rng(1)
CODES = STREAM.random((25, 2))
VALUES = -((CODES[:, 0] - 0.4) ** 2) - (CODES[:, 1] - 0.7) ** 2
PROCESS = Process(CODES, VALUES, Hyperparameters(np.array([0.6, 0.6]), 1.0, 1e-5), [0, 1])
IMPROVEMENT = Improvement(PROCESS, float(VALUES.max()))


@pytest.mark.parametrize("z", [-6.0, -2.0, -1.0, -0.5, 0.0, 1.0, 8.0])
def test_it_is_the_logarithm_of_what_a_normal_exceeds_zero_by(z):
    # E max(0, N(z, 1)), in the closed form that loses all digits further out.
    expected = stats.norm.pdf(z) + z * stats.norm.cdf(z)
    assert np.exp(log_improvement(np.array([z]))[0]) == pytest.approx(expected, rel=1e-6)


def test_far_out_it_still_grows_and_is_finite():
    z = -np.geomspace(0.5, 1e8, 2000)[::-1]
    found = log_improvement(z)
    assert np.isfinite(found).all()
    assert (np.diff(found) > 0).all()
    # phi(z) / z**2 to the first order.
    assert found[z < -50] == pytest.approx(stats.norm.logpdf(z[z < -50]) - 2 * np.log(-z[z < -50]), rel=1e-3)


def test_its_gradient_is_right_near_and_far():
    for best in (-0.1, 0.0, 5.0):
        improvement = Improvement(PROCESS, best)
        for code in STREAM.random((5, 2)):
            value, gradient = improvement._with_gradient(code)
            assert value == pytest.approx(improvement.at(code[None])[0], rel=1e-6)
            for axis in range(2):
                step = 1e-6 * np.eye(2)[axis]
                ahead, behind = (
                    improvement._with_gradient(code + step),
                    improvement._with_gradient(code - step),
                )
                slope = (ahead[0] - behind[0]) / 2e-6
                assert slope == pytest.approx(gradient[axis], rel=1e-2, abs=1e-2)


def test_climbing_ends_higher_and_moves_only_the_columns_it_may():
    start = np.array([0.1, 0.1])
    both = IMPROVEMENT.climb(start, [0, 1])
    assert IMPROVEMENT.at(both[None])[0] > IMPROVEMENT.at(start[None])[0]
    (first,) = IMPROVEMENT.climb(start, [0])
    assert IMPROVEMENT.at(np.array([[first, 0.1]]))[0] > IMPROVEMENT.at(start[None])[0]
    assert start.tolist() == [0.1, 0.1]
    assert IMPROVEMENT.climb(start, []).tolist() == []


def test_climbing_stays_in_the_box():
    outward = Improvement(
        Process(CODES, CODES.sum(1), Hyperparameters(np.array([2.0, 2.0]), 1, 1e-5), [0, 1]), 9
    )
    assert outward.climb(np.array([0.9, 0.9]), [0, 1]) == pytest.approx([1, 1])
